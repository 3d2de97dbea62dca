"""Policies: the shipped packs, files that extend them, and every mistake with its place."""

from datetime import date

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.reserved import TARGET_OBSERVED
from certgate.policy.mistakes import InvalidFile
from certgate.policy.model import Dated
from certgate.policy.packs import load_policy, read_text, shipped_packs
from certgate.policy.validate_policy import validate_policy
from certgate.policy.yaml import load_yaml, read_yaml


def policy(tmp_path, text, name="team.yaml"):
    (tmp_path / name).write_text(text)
    return load_policy(name, tmp_path)


def wrong(tmp_path, text):
    with pytest.raises(InvalidFile) as caught:
        policy(tmp_path, text)
    return [(m.place.line, m.place.column, m.message) for m in caught.value.mistakes]


def rule(policy, id):
    return next(r for r in policy.rules if r.id == id)


@pytest.mark.parametrize("name", shipped_packs())
def test_a_shipped_pack_is_held_against_the_shape_that_others_are(name):
    path = shipped_packs()[name]
    validate_policy(load_yaml(read_text(path), path.name), {})
    assert load_policy(name).name == name


@pytest.mark.parametrize("name", shipped_packs())
def test_a_shipped_pack_says_the_same_to_the_fast_reader_as_to_the_one_for_files_of_users(name):
    path = shipped_packs()[name]
    assert load_yaml(read_text(path), path.name) == read_yaml(read_text(path), path.name)


def mistakes(text):
    try:
        return read_yaml(text, "x").mistakes
    except InvalidFile as invalid:
        return invalid.mistakes


@pytest.mark.parametrize("text", ["a: 1\na: 2\n", "a: &b 1\n", "a: !!str 1\n", "a: [\n", "a:\n", "\ta: 1\n"])
def test_the_fast_reader_refuses_what_the_other_one_does(text):
    with pytest.raises(InvalidFile) as refused:
        load_yaml(text, "x")
    assert tuple(refused.value.mistakes) == tuple(mistakes(text))


@pytest.mark.parametrize("name", shipped_packs())
def test_no_shipped_pack_fails_open(name):
    rules = {r.id: r for r in load_policy(name).rules}
    for id in ("trust.anchor", "chain.signature", "validity.expired", TARGET_OBSERVED):
        assert (rules[id].severity, rules[id].required) == (Severity.ERROR, True)
    optional = {"rev.status", "trust.engines-agree"} | ({"tls.certificates"} if "modern" in name else set())
    assert {id for id, r in rules.items() if not r.required} <= optional


def test_the_lifetime_table_of_webpki_public_is_that_of_the_baseline_requirements():
    assert rule(load_policy("webpki-public"), "validity.max-lifetime").parameters["max_days"] == Dated(
        (
            (date(2018, 3, 1), 1188),
            (date(2020, 9, 1), 825),
            (date(2026, 3, 15), 398),
            (date(2027, 3, 15), 200),
            (date(2029, 3, 15), 100),
            (None, 47),
        )
    )


def test_every_policy_holds_the_reserved_rule_first(tmp_path):
    assert [r.id for r in policy(tmp_path, "rules: [{rule: chain.depth}]").rules] == [TARGET_OBSERVED, "chain.depth"]


def test_an_entry_merges_over_the_inherited_one_and_keeps_its_position(tmp_path):
    own = policy(
        tmp_path,
        "name: payments\nextends: internal-pki\nrules:\n"
        "  - {rule: validity.max-lifetime, severity: warning}\n"
        "  - {rule: chain.depth, max_intermediates: 2}\n"
        "  - {rule: validity.no-expiry}\n",
    )
    inherited = load_policy("internal-pki")
    assert own.name == "payments"
    assert [r.id for r in own.rules] == [*(r.id for r in inherited.rules), "validity.no-expiry"]
    assert rule(own, "validity.max-lifetime").severity is Severity.WARNING
    assert rule(own, "validity.max-lifetime").parameters["max_days"] == 825
    assert rule(own, "chain.depth").parameters == {"max_intermediates": 2}
    assert rule(own, "chain.depth").place.line == 5


def test_a_file_can_extend_several_and_a_file_beside_it(tmp_path):
    policy(tmp_path, "rules: [{rule: chain.depth, max_intermediates: 1}]", "base.yaml")
    own = policy(tmp_path, "extends: [internal-pki, base.yaml]\n")
    assert rule(own, "chain.depth").parameters == {"max_intermediates": 1}


def test_a_parameter_can_be_a_dated_table(tmp_path):
    own = policy(
        tmp_path,
        "rules: [{rule: validity.max-lifetime, max_days: [{issued_before: 2026-03-15, value: 398}, {value: 9}]}]",
    )
    assert rule(own, "validity.max-lifetime").parameters["max_days"] == Dated(((date(2026, 3, 15), 398), (None, 9)))


def test_every_mistake_comes_with_line_column_and_the_nearest_word(tmp_path):
    text = """\
name: 5
extend: internal-pki
rules:
  - rule: chain.dept
  - rule: chain.depth
    max_intermediate: 2
    severity: fatal
  - rule: chain.depth
  - rule: validity.max-lifetime
    max_days: many
  - rule: target.observed
    severity: info
  - severity: error
"""
    assert wrong(tmp_path, text) == [
        (1, 7, "must be text (in quotes where YAML sees a number or a date)"),
        (2, 1, 'unknown key "extend"; did you mean "extends"?'),
        (4, 11, 'there is no rule "chain.dept"; did you mean "chain.depth"?'),
        (6, 5, 'unknown key "max_intermediate"; did you mean "max_intermediates"?'),
        (7, 15, "must be 'error', 'warning' or 'info'"),
        (8, 11, "chain.depth appears twice, first on line 5"),
        (10, 15, "must be a whole number, without quotes"),
        (11, 11, "target.observed belongs to every policy and cannot be set"),
        (13, 5, 'key "rule" is missing (or "id", for a rule of your own)'),
    ]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("[{value: 1}, {issued_before: 2026-03-15, value: 2}]", "only the last row may have no issued_before"),
        (
            "[{issued_before: 2027-01-01, value: 1}, {issued_before: 2026-01-01, value: 2}]",
            "the rows must be in the order of issued_before, each day once",
        ),
        ("[{issued_before: soon, value: 1}]", "must be a date (YYYY-MM-DD), without quotes"),
        ("[{issued_before: 2026-01-01}]", 'key "value" is missing'),
        ("[{issued: 2026-01-01, value: 1}]", 'unknown key "issued"; did you mean "issued_before"?'),
    ],
)
def test_a_dated_table_with_a_mistake_is_refused(tmp_path, table, message):
    text = f"rules:\n  - rule: validity.max-lifetime\n    max_days: {table}\n"
    assert [m for _, _, m in wrong(tmp_path, text)] == [message]


def test_an_unknown_policy_names_the_nearest_one(tmp_path):
    with pytest.raises(
        UsageError, match='there is no policy "webpki", shipped or as a file; did you mean "webpki-public"'
    ):
        load_policy("webpki", tmp_path)


def test_a_policy_that_extends_itself_is_refused(tmp_path):
    policy_text = "extends: [team.yaml]\n"
    with pytest.raises(UsageError, match="extends itself"):
        policy(tmp_path, policy_text)


def test_an_empty_file_is_no_policy(tmp_path):
    assert wrong(tmp_path, "") == [(1, 1, "a policy is a mapping with the keys name, extends, rules")]


def test_every_check_of_the_shipped_packs_exists_and_has_its_words():
    for name in shipped_packs():
        for entry in load_policy(name).rules:
            assert entry.check is all_checks()[entry.id]
            assert all((entry.check.doc.title, entry.check.doc.why, entry.check.doc.fix))
