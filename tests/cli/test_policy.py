"""`certgate policy`: what a policy comes to, how two differ, and what in one is hardly meant, at 80 columns."""

import json
from pathlib import Path

import pytest

from certgate.cli.main import run
from certgate.lab.pki import issue, pem
from certgate.policy.schema import policy_schema
from certgate.sources.config_schema import config_schema

BASE = """\
name: base
rules:
  - rule: chain.depth
    max_intermediates: 4
  - rule: name.cn-in-san
    severity: warning
  - rule: tls.version
    allowed: [TLSv1.2, TLSv1.3]
"""
TEAM = """\
name: payments
extends: [base.yaml]
rules:
  - rule: chain.depth
    max_intermediates: 2
    severity: warning
    when: {labels: {tier: edge}}
  - rule: name.cn-in-san
    disabled: clients of the old tills read the CN until 2027
  - rule: key.rsa-min
    min_bits: 3072
    when: {role: issuer}
  - rule: validity.max-lifetime
    max_days: [{issued_before: 2027-01-01, value: 398}, {value: 90}]
    since: {issued: 2025-01-01}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "team.yaml").write_text(TEAM)
    return tmp_path


def golden(name):
    return (Path(__file__).parent / "golden" / name).read_text()


def said(capsys, *arguments, code=0):
    assert run(["policy", *arguments]) == code
    return capsys.readouterr().out


def test_show_prints_every_value_with_the_file_and_line_it_comes_from(capsys):
    assert said(capsys, "show", "team.yaml") == golden("policy_show.txt")


def test_diff_prints_what_the_second_policy_says_otherwise(capsys):
    assert said(capsys, "diff", "base.yaml", "team.yaml") == golden("policy_diff.txt")


def test_a_policy_does_not_differ_from_itself(capsys):
    assert said(capsys, "diff", "team.yaml", "team.yaml") == "payments → payments: 0 rules differ\n"


def test_what_is_taken_away_and_set_back_stands_in_the_difference(capsys, folder):
    (folder / "other.yaml").write_text("extends: base.yaml\nrules: [{rule: chain.depth, max_intermediates: 3}]\n")
    assert said(capsys, "diff", "team.yaml", "other.yaml") == golden("policy_diff_back.txt")


def test_a_wide_place_leaves_half_of_the_line_to_the_text(capsys, folder):
    deep = folder / ("d" * 60)
    deep.mkdir()
    (deep / "p.yaml").write_text("rules: [{rule: chain.depth}]")
    line = said(capsys, "show", f"{deep.name}/p.yaml").splitlines()[4]
    assert line == f"chain.depth                             {deep.name}/p.yaml:1"


def test_a_policy_with_mistakes_is_a_usage_error_that_names_them(capsys, folder):
    (folder / "wrong.yaml").write_text("rules: [{rule: chain.dept}]")
    assert run(["policy", "show", "wrong.yaml"]) == 2
    assert 'wrong.yaml:1:16: there is no rule "chain.dept"; did you mean "chain.depth"?' in capsys.readouterr().err


@pytest.mark.parametrize(("of", "schema"), [("policy", policy_schema), ("config", config_schema)])
def test_schema_prints_the_schema(capsys, of, schema):
    assert json.loads(said(capsys, "schema", of)) == json.loads(json.dumps(schema()))


def test_lint_says_so_when_there_is_nothing_to_remark(capsys, folder):
    (folder / "fine.yaml").write_text("extends: internal-pki\nrules: [{rule: chain.depth, max_intermediates: 2}]\n")
    assert said(capsys, "lint", "fine.yaml") == "fine.yaml: no remarks.\n"


def test_lint_prints_remarks_with_their_places(capsys, folder):
    (folder / "odd.yaml").write_text("extends: internal-pki\nrules: [{rule: chain.depth}]\n")
    assert said(capsys, "lint", "odd.yaml", code=1) == (
        "odd.yaml:2:9: chain.depth changes nothing that is inherited\nodd.yaml: 1 remark.\n"
    )


def test_lint_takes_several_files_and_certgate_yaml(capsys, folder):
    (folder / "fine.yaml").write_text("extends: internal-pki\n")
    (folder / "odd.yaml").write_text("extends: internal-pki\nrules: [{rule: chain.depth}]\n")
    (folder / "certgate.yaml").write_text("policy: fine.yaml\ntargets: [{host: a.example}]\n")
    assert said(capsys, "lint", "odd.yaml", "certgate.yaml", code=1).splitlines()[1:] == [
        "odd.yaml: 1 remark.",
        "certgate.yaml: no remarks.",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("targets: [{hst: a.example}]\n", "certgate.yaml:1:11: one of the keys"),
        ("policy: odd.yaml\n", "odd.yaml:1:"),
        ("policy: missing.yaml\n", "missing.yaml"),
    ],
)
def test_lint_finds_what_is_wrong_with_certgate_yaml_and_its_policy(capsys, folder, text, message):
    (folder / "odd.yaml").write_text("extend: internal-pki\n")
    (folder / "certgate.yaml").write_text(text)
    assert run(["policy", "lint", "certgate.yaml"]) == 2
    assert message in capsys.readouterr().err


CASES = """\
cases:
  - name: a fourth CA at the edge is a warning
    lab: too-deep
    labels: {tier: edge}
    rules: chain.depth
    expect: [{rule: chain.depth, severity: warning, subject: path}]
  - name: a good chain is fine
    lab: good-ecdsa
    rules: chain.depth
    expect: [{rule: chain.depth, outcome: pass}]
  - name: our own till
    pem: till.pem
    at: 2026-06-15
    trust: root.pem
    expect: []
"""


@pytest.fixture
def cases(folder):
    root = issue("Root", ca=True, days=3650)
    (folder / "root.pem").write_bytes(pem(root))
    (folder / "till.pem").write_bytes(pem(issue("a.example", issuer=root, sans=["a.example"])))
    (folder / "team.test.yaml").write_text(CASES)
    return folder / "team.test.yaml"


@pytest.mark.usefixtures("cases")
def test_the_tests_of_a_policy_pass_if_each_case_gives_what_it_must(capsys):
    assert said(capsys, "test", ".") == "3 of 3 cases pass.\n"


def test_a_case_that_gives_something_else_fails_and_says_what(capsys, cases):
    cases.write_text(CASES.replace("severity: warning", "severity: info").replace("outcome: pass", "outcome: fail"))
    assert (
        said(capsys, "test", "team.yaml", code=1)
        == """\
FAILED team.test.yaml:2:5: a fourth CA at the edge is a warning
    missing     chain.depth (path): fail, info
    unexpected  chain.depth (path): fail, warning: 4 intermediates, at most 2 allowed
FAILED team.test.yaml:7:5: a good chain is fine
    missing     chain.depth: fail
1 of 3 cases pass.
"""
    )


def test_a_case_of_a_scenario_that_there_is_not_is_a_usage_error(capsys, cases):
    cases.write_text(CASES.replace("too-deep", "too-deap"))
    assert run(["policy", "test", "."]) == 2
    assert 'team.test.yaml:2:5: there is no scenario "too-deap"; did you mean "too-deep"?' in capsys.readouterr().err
