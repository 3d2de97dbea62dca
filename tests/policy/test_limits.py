"""A policy of any size is accepted or refused after a bounded amount of work: counted here, and not timed."""

import pytest

from certgate.model.errors import UsageError
from certgate.policy import declared_checks, mistakes, validate_policy
from certgate.policy.limits import (
    MAX_EXTENDS,
    MOST_ENTRIES,
    MOST_EXTENDED,
    MOST_MISTAKES,
    MOST_OWN,
    MOST_PLUGINS,
    MOST_WORDS,
    POLICY,
    Budget,
    Limits,
)
from certgate.policy.mistakes import InvalidFile
from certgate.policy.packs import load_policy
from certgate.policy.yaml import read_yaml
from certgate.sources.config import load_config

SMALL = Limits("a test", 100, 10)


def wrong(tmp_path, text):
    (tmp_path / "team.yaml").write_text(text)
    with pytest.raises(InvalidFile) as caught:
        load_policy("team.yaml", tmp_path)
    return caught.value.mistakes


def messages(tmp_path, text):
    return [m.message for m in wrong(tmp_path, text)]


@pytest.fixture
def counted(monkeypatch):
    """`counted(module, name)` counts the calls of a function from now on."""

    def count(module, name):
        calls = []
        function = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *a, **k: calls.append(a) or function(*a, **k))
        return calls

    return count


# --- reading ---


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("[a, b, c, d, e, f, g, h]", 1, 23),
        ("{a: 1, b: 2, c: 3, d: 4}", 1, 23),
        ("- a\n" * 9, 8, 3),
        ("[[[[[[[[[[", 1, 9),
        ("{? [a, a, a, a, a, a, a] : b}", 1, 23),
    ],
    ids=["list", "mapping", "lines", "nested", "passed over"],
)
def test_reading_ends_with_the_first_value_too_many(text, line, column):
    with pytest.raises(InvalidFile) as caught:
        read_yaml(text + "\n", "x.yaml", Budget(SMALL))
    last = caught.value.mistakes[-1]
    assert last.message == "a test may hold at most 10 keys and values"
    assert (last.place.line, last.place.column) == (line, column)


def test_exactly_as_much_as_allowed_is_read():
    assert read_yaml("[a, b, c, d, e, f, g]", "x.yaml", Budget(SMALL)).value == list("abcdefg")
    assert read_yaml("a" * 100, "x.yaml", Budget(SMALL)).value == "a" * 100
    with pytest.raises(InvalidFile, match="a test may have at most 100 characters"):
        read_yaml("a" * 101, "x.yaml", Budget(SMALL))


def test_files_that_belong_together_have_one_budget():
    budget = Budget(Limits("a test", 100, 12))
    read_yaml("[a, b, c]", "x.yaml", budget)
    with pytest.raises(InvalidFile, match="at most 12 keys and values"):
        read_yaml("[a, b, c, d, e]", "y.yaml", budget)
    assert budget.is_spent


@pytest.mark.parametrize("line", ["k{}:\n", "a: {}\n", "k{}: &x 1\n", "k{}: 0x1\n"])
def test_reading_ends_with_so_many_mistakes_that_nobody_corrects_more(line):
    with pytest.raises(InvalidFile) as caught:
        read_yaml("".join(line.format(n) for n in range(5000)), "x.yaml")
    assert len(caught.value.mistakes) == MOST_MISTAKES
    assert str(caught.value).endswith("\nonly the first 100 mistakes are shown")


# --- a million of anything ---


@pytest.mark.parametrize(
    "text",
    [
        "plugins: [" + "a," * 1_000_000 + "]\n",
        "rules:\n" + "  - rule: chain.depth\n" * 80_000,
        "extends: [" + "a.yaml," * 100_000 + "]\n",
        "name: " + "a" * 1_000_000 + "\n",
        "a" * 1_000_000 + ": 1\n",
        "# a comment\n" * 100_000,
        "waivers:\n" + "  - {rule: chain.depth, target: a, reason: b, owner: c, expires: 2027-01-01}\n" * 10_000,
    ],
    ids=["plugins", "rules", "extends", "name", "key", "comments", "waivers"],
)
def test_what_is_far_too_large_is_refused_unread(tmp_path, text):
    assert messages(tmp_path, text) == ["a policy, with all that it extends, may have at most 524,288 characters"]


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("plugins: [" + "a," * (MOST_PLUGINS + 1) + "]\n", MOST_PLUGINS),
        ("extends: [" + "internal-pki," * (MOST_EXTENDED + 1) + "]\n", MOST_EXTENDED),
        ("rules: [{rule: key.curve, allowed: [" + "P-25," * (MOST_WORDS + 1) + "]}]\n", MOST_WORDS),
        ("rules: [{rule: trust.pin, pins: [" + "a," * (MOST_WORDS + 1) + "]}]\n", MOST_WORDS),
        ("rules: [{rule: chain.depth, when: {target: [" + "a," * (MOST_WORDS + 1) + "]}}]\n", MOST_WORDS),
    ],
    ids=["plugins", "extends", "words", "pins", "globs"],
)
def test_a_list_has_a_length_that_somebody_may_have_meant(tmp_path, text, most):
    assert f"must have at most {most:,} entries" in messages(tmp_path, text)


@pytest.mark.slow
def test_the_nearest_right_word_is_looked_for_no_more_often_than_it_is_shown(tmp_path, counted):
    looked_for = counted(mistakes, "get_close_matches")
    for text in (
        "rules:\n" + "".join(f"  - rule: chain.dept{n}\n" for n in range(5000)),
        "rules:\n  - rule: chain.depth\n" + "".join(f"    k{n}: 1\n" for n in range(5000)),
        "waivers:\n" + "".join(f"  - {{rule: chan{n}, k: 1}}\n" for n in range(2000)),
        "rules: [{rule: key.type, allowed: [" + ",".join(f"RS{n}" for n in range(MOST_WORDS + 1)) + "]}]\n",
        "extends: [" + ",".join(f"internal-pk{n}" for n in range(5000)) + "]\n",
    ):
        looked_for.clear()
        found = wrong(tmp_path, text)
        assert len(found) <= MOST_MISTAKES + MOST_EXTENDED
        assert len(looked_for) <= MOST_MISTAKES + MOST_EXTENDED


def test_the_shape_of_a_rule_is_made_once_however_often_the_rule_is_named(tmp_path, counted):
    made = counted(validate_policy, "entry_model")
    (tmp_path / "team.yaml").write_text(
        "rules:\n" + "".join(f"  - {{rule: chain.depth, when: {{target: a{n}}}}}\n" for n in range(2000))
    )
    assert len(load_policy("team.yaml", tmp_path).rules) == 2
    assert len(made) == 1


def test_a_long_line_or_key_is_shown_in_part(tmp_path):
    key = "k" * 100_000
    [mistake] = wrong(tmp_path, f"? {key}\n: 1\n")
    assert mistake.message.startswith('unknown key "kkkk')
    assert mistake.message.endswith("known: extends, name, plugins, rules, waivers")
    assert len(str(mistake)) < 1000


# --- policies that extend others ---


def write(tmp_path, **files):
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text)


def test_a_file_that_is_extended_on_many_ways_is_read_once(tmp_path, counted):
    held = counted(validate_policy, "validate_policy")
    for level in range(4):
        below = f"extends: [c{level + 1}.yaml, d{level + 1}.yaml]\n" if level < 3 else ""
        text = f"{below}rules: [{{rule: chain.depth, max_intermediates: {level}}}]\n"
        write(tmp_path, **{f"c{level}": text, f"d{level}": text})
    write(tmp_path, team="extends: [c0.yaml, d0.yaml]\n")
    [rule] = [r for r in load_policy("team.yaml", tmp_path).rules if r.id == "chain.depth"]
    assert rule.parameters["max_intermediates"] == 0
    assert len(rule.entries) == 2 + 4 + 8 + 16
    assert len(held) == 9


def test_files_that_are_laid_over_each_other_again_and_again_come_to_an_end(tmp_path):
    entries = "".join(f"  - {{rule: chain.depth, when: {{target: a{n}}}}}\n" for n in range(100))
    write(tmp_path, c0=f"rules:\n{entries}", d0=f"rules:\n{entries}")
    for level in range(1, MAX_EXTENDS - 1):
        text = f"extends: [c{level - 1}.yaml, d{level - 1}.yaml]\n"
        write(tmp_path, **{f"c{level}": text, f"d{level}": text})
    [message] = set(messages(tmp_path, f"extends: [c{level}.yaml, d{level}.yaml]\n"))
    assert message == f"has more than {MOST_ENTRIES:,} entries with those it extends; extend each policy once"


@pytest.mark.slow
def test_what_a_policy_extends_counts_to_its_size_and_shipped_policies_do_not(tmp_path):
    entries = "".join(f"  - {{rule: chain.depth, when: {{target: a{n}}}}}\n" for n in range(1000))
    for number in range(5):
        write(tmp_path, **{f"big{number}": f"extends: internal-pki\nrules:\n{entries}"})
    names = [f"big{number}.yaml" for number in range(5)]
    write(tmp_path, two=f"extends: [{', '.join(names[:2])}]\n")
    load_policy("two.yaml", tmp_path)
    found = wrong(tmp_path, f"extends: [{', '.join(names)}]\n")
    assert [m.message for m in found] == [
        f"a policy, with all that it extends, may hold at most {POLICY.values:,} keys and values"
    ]


# --- rules of one's own ---


def declaring(count, expression):
    return "rules:\n" + "".join(f"  - {{id: acme.x{n}, cel: '{n} == {expression}'}}\n" for n in range(count))


def test_a_policy_may_declare_so_many_rules_of_its_own(tmp_path, counted):
    asked = counted(declared_checks, "compile_problem")
    assert messages(tmp_path, declaring(MOST_OWN + 1, "1")) == [
        f"a policy may declare at most {MOST_OWN} rules of its own"
    ]
    assert len(asked) == MOST_OWN


def test_expressions_are_compiled_up_to_so_many_mistakes(tmp_path, counted):
    asked = counted(declared_checks, "compile_problem")
    assert len(wrong(tmp_path, declaring(MOST_OWN, "nothing"))) == MOST_MISTAKES
    assert len(asked) <= MOST_MISTAKES + 1


def test_after_an_expression_that_takes_too_long_no_other_is_compiled(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(declared_checks, "compile_problem", lambda text: asked.append(text) or declared_checks.TOO_MUCH)
    assert messages(tmp_path, declaring(20, "1")) == [declared_checks.TOO_MUCH.message]
    assert asked == ["0 == 1"]


# --- configurations ---


@pytest.mark.slow
def test_a_configuration_may_be_larger_and_its_mistakes_are_bounded_too(tmp_path, counted):
    looked_for = counted(mistakes, "get_close_matches")
    path = tmp_path / "certgate.yaml"
    path.write_text("targets:\n" + "".join(f"  - {{host: h{n}.example, nmae: a}}\n" for n in range(3000)))
    with pytest.raises(UsageError, match='unknown key "nmae"; did you mean "name"'):
        load_config(path)
    assert len(looked_for) <= MOST_MISTAKES
    path.write_text("targets:\n" + "".join(f"  - host: h{n}.example\n" for n in range(7000)))
    assert len(load_config(path).targets) == 7000
