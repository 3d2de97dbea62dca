"""`certgate policy`: what a policy comes to, how two differ, and what in one is hardly meant, at 80 columns."""

import json
from pathlib import Path

import pytest

from certgate.cli.main import run
from certgate.policy.schema import config_schema, policy_schema

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
