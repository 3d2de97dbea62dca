"""Rules that a policy brings along: how they are written, what is refused, and how they meet all that rules meet."""

import json
import re
from pathlib import Path

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.subjects import TargetFacts
from certgate.cli.main import run
from certgate.lab.pki import CLOCK, issue, pem
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.policy.mistakes import InvalidFile
from certgate.policy.packs import load_policy

OWN = """\
name: payments
rules:
  - id: acme.our-names
    cel: leaf.dns_names.all(n, n.endsWith(".acme.example"))
    severity: error
    message: every name must end in .acme.example
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    root = issue("Root", ca=True, days=3650)
    Path("root.pem").write_bytes(pem(root))
    for name in ("a.acme.example", "b.other.example"):
        Path(f"{name[0]}.pem").write_bytes(pem(issue(name, issuer=root, sans=[name])))
    return tmp_path


def written(text, name="team.yaml"):
    Path(name).write_text(text)
    return name


def mistakes(text):
    with pytest.raises(InvalidFile) as error:
        load_policy(written(text))
    return [(m.place.line, m.place.column, m.message) for m in error.value.mistakes]


def check(file, *options):
    """The exit code, and the findings by rule."""
    code = run(["check", file, "--trust", "root.pem", "--at", CLOCK.isoformat(), "--report", "json=r.json", *options])
    if code == 2:
        return 2, {}
    (target,) = json.loads(Path("r.json").read_text())["targets"]
    return code, {f["rule"]: (f["outcome"], f["message"]) for f in target["findings"] if f["rule"] != "target.observed"}


FAILED = {"acme.our-names": ("fail", "every name must end in .acme.example")}


def test_an_expression_is_a_rule_like_any_other():
    policy = written(OWN)
    assert check("a.pem", "--policy", policy) == (0, {})
    assert check("b.pem", "--policy", policy) == (1, FAILED)
    rules = json.loads(Path("r.json").read_text())["rules"]
    assert rules["acme.our-names"] == {
        "title": "every name must end in .acme.example",
        "citation": "team.yaml:3:5",
        "why": "the policy requires it (team.yaml:3:5)",
        "fix": "see what the policy requires",
    }


@pytest.mark.parametrize("form", ["sarif", "junit", "markdown", "gitlab", "csv", "openmetrics"])
def test_every_report_knows_it(form):
    assert check("b.pem", "--policy", written(OWN), "--report", f"{form}=out")[0] == 1
    text = Path("out").read_text()
    assert "acme.our-names" in text or form == "gitlab"
    assert "every name must end in .acme.example" in text or form == "openmetrics"


def test_its_words_are_those_of_every_rule():
    more = "    note: names of others are not ours\n    docs: https://wiki.acme.example/names\n    required: false\n"
    rule = load_policy(written(OWN + more)).rules[1]
    assert (rule.severity, rule.required, rule.check.subject) == (Severity.ERROR, False, TargetFacts)
    assert (rule.check.doc.why, rule.check.doc.fix) == (
        "names of others are not ours",
        "see https://wiki.acme.example/names",
    )
    assert rule.check.doc.page == "https://wiki.acme.example/names"


def test_it_has_no_page_where_docs_is_missing_or_would_end_a_link():
    assert load_policy(written(OWN)).rules[1].check.doc.page == ""
    odd = written(OWN + '    docs: "https://wiki.acme.example/<a>"\n')
    assert load_policy(odd).rules[1].check.doc.page == ""


def test_conditions_dates_and_later_entries_hold_for_it():
    policy = written(OWN + '    when: {target: "b.*"}\n')
    assert check("a.pem", "--policy", policy)[1] == {}
    assert check("b.pem", "--policy", policy) == (1, FAILED)
    policy = written(OWN + "  - rule: acme.our-names\n    severity: warning\n    when: {key_type: EC}\n")
    assert check("b.pem", "--policy", policy) == (0, FAILED)
    policy = written(OWN + "    since: {clock: 2999-01-01}\n")
    told = {"acme.our-names": ("not-effective", "effective for judging since 2999-01-01")}
    assert check("b.pem", "--policy", policy, "-v") == (3, told)


def test_a_policy_that_extends_it_may_say_otherwise_and_switch_it_off():
    written(OWN, "base.yaml")
    child = "extends: base.yaml\nrules:\n  - rule: acme.our-names\n    cel: leaf.version == 3\n    message: other\n"
    assert check("b.pem", "--policy", written(child)) == (0, {})
    child = "extends: base.yaml\nrules:\n  - rule: acme.our-names\n    disabled: nobody minds\n"
    assert "acme.our-names" not in check("b.pem", "--policy", written(child))[1]


def test_an_extended_rule_may_differ_by_condition_and_be_waived_by_the_file_that_extends_it():
    written(OWN, "base.yaml")
    written("extends: base.yaml\n", "middle.yaml")
    entry = "extends: [middle.yaml]\nrules:\n  - rule: acme.our-names\n"
    softer = "    severity: warning\n    message: not one of ours\n    when: {target: 'b.*'}\n"
    assert check("b.pem", "--policy", written(entry + softer)) == (0, {"acme.our-names": ("fail", "not one of ours")})
    assert check("b.pem", "--policy", written(entry + softer.replace("b.*", "a.*"))) == (1, FAILED)
    off = "    disabled: theirs until spring\n    when: {target: 'b.*'}\n"
    assert check("b.pem", "--policy", written(entry + off)) == (3, {})  # and nothing else is held
    waiver = "waivers:\n  - {rule: acme.our-names, target: b.pem, reason: r, owner: o, expires: 2999-01-01}\n"
    assert check("b.pem", "--policy", written(entry + "    note: ours\n" + waiver)) == (0, FAILED)


def test_an_extended_rule_is_held_against_the_language_where_it_is_said_otherwise():
    written(OWN, "base.yaml")
    entry = "extends: base.yaml\nrules:\n  - rule: acme.our-names\n    cel: leaf.dns_nams == []\n    mesage: x\n"
    compiler = "undefined field 'dns_nams' not found in 'Certificate'; did you mean \"dns_names\"?"
    assert mistakes(entry) == [(4, 15, compiler), (5, 5, 'unknown key "mesage"; did you mean "message"?')]


@pytest.mark.parametrize("family", ["key", "waiver", "target"])
def test_the_word_of_an_id_is_no_family_of_certgates(family):
    assert mistakes(f"rules:\n  - id: {family}.ours\n    cel: 'true'\n") == [
        (2, 9, f"{family} is a family of certgate's rules; choose another word for {family}.ours")
    ]


def test_it_can_be_waived_selected_and_left_out():
    waiver = "waivers:\n  - {rule: acme.*, target: b.pem, reason: r, owner: o, expires: 2999-01-01}\n"
    assert check("b.pem", "--policy", written(OWN + waiver)) == (0, FAILED)
    both = written("extends: internal-pki\n" + OWN.removeprefix("name: payments\n"))
    assert check("b.pem", "--policy", both, "--select", "acme.*") == (1, FAILED)
    assert "acme.our-names" not in check("b.pem", "--policy", both, "--ignore", "acme.our-names")[1]


def test_what_has_no_answer_leaves_the_target_incomplete_unless_it_is_not_required():
    asked = OWN.replace('leaf.dns_names.all(n, n.endsWith(".acme.example"))', "leaf.path_length > 0")
    told = {"acme.our-names": ("not-checked", 'the expression has no result: Key not found in map : "path_length"')}
    assert check("a.pem", "--policy", written(asked)) == (3, told)
    both = "extends: internal-pki\n" + asked.removeprefix("name: payments\n") + "    required: false\n"
    assert check("a.pem", "--policy", written(both), "--select", "acme.*", "--select", "key.*")[0] == 0


@pytest.mark.parametrize(
    ("entry", "mistake"),
    [
        ("cel: leaf.dns_nams == []", (3, 15, "undefined field 'dns_nams' not found in 'Certificate'")),
        ('cel: "leaf.dns_nams == []"', (3, 16, "undefined field 'dns_nams' not found in 'Certificate'")),
        ("cel: chan == []", (3, 10, "undeclared reference to 'chan'; did you mean \"chain\"?")),
        ("cel: |\n      true &&\n        leaf.key.bitz > 1", (5, 18, "undefined field 'bitz' not found in 'Key'")),
        (
            "cel: >\n      true &&\n      leaf.key.bitz > 1",
            (
                3,
                10,
                "undefined field 'bitz' not found in 'Key'; did you mean \"bits\"? (line 1, column 18 of the expression)",
            ),
        ),
        ("cel: leaf.dns_names", (3, 10, "is list<string>, where true or false is expected")),
        ("cel: 1", (3, 10, "must be text (in quotes where YAML sees a number or a date)")),
        ("cel: ' '", (3, 10, '"cel" is empty; write a value, or remove the key')),
        ("cel: 'true'\n    mesage: x", (4, 5, 'unknown key "mesage"; did you mean "message"?')),
        ("message: x", (2, 5, "must have either cel or opa")),
        ("cel: 'true'\n    rule: key.rsa-min", (2, 5, "must have either rule or id")),
        ("opa: {url: ftp://x.example, path: a}", (3, 16, "must be an address (https://…)")),
        ("opa: {url: 'http://u@x.example', path: a}", (3, 16, "must be a server's address")),
        ("opa: {url: 'http://x.example:99999', path: a}", (3, 16, "must be a server's address")),
        ("opa: {url: http://x.example, path: ../a}", (3, 40, "must be the path of a rule")),
        ("opa: {url: http://x.example}", (3, 10, 'key "path" is missing')),
        ("opa: {url: https://x.example, path: a, client_key: k}", (3, 10, "client_key needs client_certificate")),
        (
            "opa: {url: https://x.example, path: a, token_env: T, token_file: t}",
            (3, 10, "must have token_env or token_file, not both"),
        ),
        (
            "opa: {url: http://x.example, path: a, token_env: T}",
            (3, 10, "token_env can only be used with a url that begins with https://"),
        ),
        (
            "opa: {url: https://x.example, path: a, token_env: a-b}",
            (3, 55, "must be the name of an environment variable"),
        ),
        ("opa: {url: https://x.example, path: a, token: s3cret}", (3, 44, 'unknown key "token"; did you mean')),
    ],
)
def test_what_is_written_wrong_is_told_with_its_place(entry, mistake):
    found = mistakes(f"rules:\n  - id: acme.x\n    {entry}\n")
    line, column, message = mistake
    assert any((line, column) == place[:2] and message in place[2] for place in found), found


@pytest.mark.parametrize("id", ["acme", "Acme.x", "acme.", "acme..x", ".x", "acme.x y", "a." + "x" * 79])
def test_an_id_is_a_word_and_a_name(id):
    (found,) = mistakes(f"rules:\n  - id: {id}\n    cel: 'true'\n")
    assert found == (2, 9, "must be a prefix, a dot and a name (acme.our-names), at most 80 characters")


def test_ids_of_shipped_rules_are_taken_and_each_id_stands_once():
    assert mistakes("rules:\n  - id: key.rsa-min\n    cel: 'true'\n") == [
        (2, 9, "key.rsa-min is a rule of certgate's; choose another id")
    ]
    twice = "rules:\n  - {id: acme.x, cel: 'true'}\n  - {id: acme.x, cel: 'false'}\n"
    assert mistakes(twice) == [(3, 10, "acme.x is already declared (team.yaml:2:5); change it with `rule: acme.x`")]
    written("rules:\n  - {id: acme.x, cel: 'true'}\n", "base.yaml")
    assert mistakes("extends: base.yaml\nrules:\n  - {id: acme.x, cel: 'true'}\n") == [
        (3, 10, "acme.x is already declared (base.yaml:2:5); change it with `rule: acme.x`")
    ]


def test_a_file_that_is_reached_on_two_ways_declares_its_rules_once_and_two_files_may_not_declare_one():
    written(OWN, "base.yaml")
    for name in ("one", "two"):
        written("extends: base.yaml\n", f"{name}.yaml")
    assert [r.id for r in load_policy(written("extends: [one.yaml, two.yaml]\n")).rules][1:] == ["acme.our-names"]
    written(OWN, "other.yaml")
    assert mistakes("extends: [one.yaml, other.yaml]\n") == [
        (1, 10, "acme.our-names is declared twice: base.yaml:3:5 and other.yaml:3:5")
    ]


def test_two_policies_of_one_run_may_not_mean_two_things_by_one_id():
    from certgate.gate import prepare
    from certgate.model.target import FileSource, Target

    written(OWN, "one.yaml")
    written(OWN, "two.yaml")
    targets = [
        Target(id=name, ordinal=n, source=FileSource("a.pem"), policy=f"{name}.yaml", trust=("root.pem",))
        for n, name in enumerate(("one", "two"))
    ]
    with pytest.raises(UsageError, match=re.escape("declared in two ways, at one.yaml:3:5 and two.yaml:3:5")):
        prepare(targets)


def test_rules_of_ones_own_do_not_become_certgates():
    policy = load_policy(written(OWN))
    assert "acme.our-names" not in all_checks()
    assert policy.rules[-1].check.doc.citation == "team.yaml:3:5"


def test_show_names_its_values_and_their_places(capsys):
    assert run(["policy", "show", written(OWN)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert 'cel: leaf.dns_names.all(n, n.endsWith(".acme.example")) team.yaml:4' in out
    assert "message: every name must end in .acme.example team.yaml:6" in out


def test_without_the_library_an_expression_is_a_mistake_that_says_what_to_install(monkeypatch):
    from certgate.custom.cel import CelMissing
    from certgate.policy import declared_checks

    def missing(_):
        raise CelMissing("No module named 'cel_expr_python'")

    monkeypatch.setattr(declared_checks, "compile_problem", missing)
    told = "CEL is not installed (No module named 'cel_expr_python'): pip install 'certgate[cel]'"
    assert mistakes(OWN) == [(4, 5, told)]
    assert check("a.pem", "--policy", "team.yaml") == (2, {})


def test_the_tests_of_a_policy_may_expect_it(capsys):
    written(OWN, "team.yaml")
    case = "cases:\n  - {name: theirs, pem: b.pem, trust: [root.pem], at: 2026-06-15, expect: [{rule: RULE}]}\n"
    Path("team.test.yaml").write_text(case.replace("RULE", "acme.our-names, outcome: fail"))
    assert run(["policy", "test", "."]) == 0, capsys.readouterr().out
    Path("team.test.yaml").write_text(case.replace("RULE", "acme.our-name, outcome: fail"))
    assert run(["policy", "test", "."]) == 2
    assert 'there is no rule "acme.our-name"; did you mean "acme.our-names"?' in capsys.readouterr().err


def test_explain_knows_it_by_its_policy(capsys):
    assert run(["explain", "acme.our-names", "--policy", written(OWN)]) == 0
    page = " ".join(capsys.readouterr().out.split())
    assert page.startswith("acme.our-names · every name must end in .acme.example checks the view; team.yaml:3:5")
    assert run(["explain", "acme.our-names"]) == 2
    target = ["--target", "b.pem", "--policy", "team.yaml", "--trust", "root.pem", "--at", CLOCK.isoformat()]
    assert run(["explain", "acme.our-names", *target]) == 0
    assert "every name must end in .acme.example" in capsys.readouterr().out
    assert run(["explain", "acme.our-name", *target]) == 2
    assert 'there is no rule "acme.our-name"; did you mean "acme.our-names"?' in capsys.readouterr().err
