"""`certgate explain RULE --target T`: why a rule did or did not apply, which value is from where, what was seen."""

import re
from datetime import timedelta

import pytest

from certgate.cli.main import run
from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK, issue, pem
from certgate.lab.scenarios import chosen

TEAM = """\
name: payments
extends: internal-pki
rules:
  - rule: chain.depth
    max_intermediates: 0
    severity: warning
    when: {labels: {tier: edge}}
  - rule: key.curve
    allowed: [P-384]
    when: {role: issuer}
  - rule: name.cn-in-san
    disabled: old tills
"""
AT = ("--at", f"{CLOCK:%Y-%m-%d}")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = issue("Root", ca=True, days=3650, not_before=CLOCK - timedelta(days=30))
    middle = issue("Middle", issuer=root, ca=True, days=1000, not_before=CLOCK - timedelta(days=30))
    leaf = issue("a.example", issuer=middle, sans=["a.example"], not_before=CLOCK - timedelta(days=10))
    (tmp_path / "root.pem").write_bytes(pem(root))
    (tmp_path / "a.pem").write_bytes(pem(leaf, middle))
    (tmp_path / "team.yaml").write_text(TEAM)
    return tmp_path


def explained(capsys, rule, *arguments):
    code = run(["explain", rule, "--target", *arguments])
    out = capsys.readouterr()
    assert code == 0, out.err
    return [re.sub(r"internal-pki\S*\.yaml:\d+", "internal-pki.yaml:N", line) for line in out.out.splitlines()]


def of_file(capsys, rule):
    return explained(capsys, rule, "a.pem", "--policy", "team.yaml", "--trust", "root.pem", *AT)


def test_it_says_which_entries_hold_which_value_is_from_where_and_what_was_seen(capsys):
    assert of_file(capsys, "chain.depth") == [
        "chain.depth for a.pem, policy payments, evaluated as of 2026-06-15 00:00:00 UTC",
        "",
        "What the policy says:",
        "  internal-pki.yaml:N: applies everywhere",
        "  team.yaml:4: when labels.tier is edge: does not apply, labels.tier is not set",
        "",
        "What applies to this target:",
        "  severity: error (default)",
        "  max_intermediates: 3 (internal-pki.yaml:N)",
        "",
        "What was found:",
        "  path: pass",
    ]


def test_entries_for_certificates_are_told_with_what_they_change(capsys):
    assert of_file(capsys, "key.curve")[2:] == [
        "What the policy says:",
        "  internal-pki.yaml:N: applies everywhere",
        "  team.yaml:8: when role is issuer: applies for certificates that match",
        "",
        "What applies to this target:",
        "  severity: error (default)",
        "  allowed: P-256, P-384, P-521 (internal-pki.yaml:N)",
        "  when role is issuer",
        "    allowed: P-384 (team.yaml:9)",
        "",
        "What was found:",
        "  leaf: pass",
        "  issuer 1: fail, error: curve P-256, P-384 required",
    ]


def test_an_outcome_that_counts_for_nothing_has_no_severity(capsys):
    assert of_file(capsys, "key.rsa-min")[-2:] == [
        "  leaf: not-applicable: the key type is EC",
        "  issuer 1: not-applicable: the key type is EC",
    ]


def test_a_rule_that_is_off_says_why(capsys):
    assert of_file(capsys, "name.cn-in-san")[6:] == [
        "What applies to this target:",
        "  nothing: the rule is off: old tills",
        "",
        "What was found:",
        "  nothing: the rule was not evaluated",
    ]


def test_a_rule_that_the_policy_does_not_hold_says_so(capsys):
    assert of_file(capsys, "ct.sct-count")[2:] == [
        "What the policy says:",
        "  nothing: no entry names this rule",
        "",
        "What applies to this target:",
        "  nothing: the rule is not in the policy; these have it: webpki-public",
        "",
        "What was found:",
        "  nothing: the rule was not evaluated",
    ]


def test_a_declared_target_is_observed_with_its_own_words(capsys, folder):
    with Lab(chosen(["good-ecdsa"])) as lab:
        (endpoint,) = lab.endpoints
        config = lab.config().replace("policy: webpki-public", f"policy: {folder}/team.yaml")
        lab.config_file.write_text(config.replace("labels: {", "labels: {tier: edge, "))
        name = f"{endpoint.address}#{endpoint.scenario.host}"
        lines = explained(capsys, "chain.depth", name, "--config", str(lab.config_file), *AT)
    assert lines[4].endswith("team.yaml:4: when labels.tier is edge: applies")
    assert lines[-1] == "  path: fail, warning: 1 intermediate, at most 0 allowed"


def test_a_target_of_a_list_is_observed_with_the_words_of_its_line(capsys, folder):
    with Lab(chosen(["good-ecdsa"])) as lab:
        (endpoint,) = lab.endpoints
        name = f"{endpoint.address}#{endpoint.scenario.host}"
        trust = f"trust={lab.folder}/public-root.pem"
        (folder / "hosts.txt").write_text(f"x.example\n{name} policy=team.yaml {trust} label.tier=edge\n")
        lines = explained(capsys, "chain.depth", name, "--targets", "hosts.txt", *AT)
        unknown = explained(capsys, "rev.status", name, "--targets", "hosts.txt", *AT)
    assert lines[4].endswith("team.yaml:4: when labels.tier is edge: applies")
    assert lines[-1] == "  path: fail, warning: 1 intermediate, at most 0 allowed"
    assert unknown[-1].startswith("  leaf: not-checked, error, not required: no OCSP response was stapled")


def test_a_target_that_cannot_be_observed_is_3_and_says_why(capsys):
    assert run(["explain", "chain.depth", "--target", "127.0.0.1:1", "--policy", "internal-pki"]) == 3
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("  nothing: there was no chain to check: refused: ")


def test_a_saved_observation_is_explained_without_observing_again(capsys):
    words = ("--policy", "team.yaml", "--trust", "root.pem", *AT)
    assert run(["check", "a.pem", "--save", "seen.jsonl", *words]) in {0, 1, 3}
    capsys.readouterr()
    assert explained(capsys, "chain.depth", "a.pem", "--saved", "seen.jsonl", *AT)[-1] == "  path: pass"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--trust", "root.pem"], "--config, --targets, --saved, --trust and --at need --target"),
        (["--target", "b", "--saved", "none.jsonl"], "none.jsonl: cannot be read: No such file or directory"),
        (["--target", "a b"], '"a b" is not a host name'),
    ],
)
def test_a_target_that_there_is_not_is_a_usage_error(capsys, arguments, message):
    assert run(["explain", "chain.depth", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_target_that_the_configuration_does_not_declare_names_the_nearest(capsys, folder):
    (folder / "certgate.yaml").write_text("targets: [{host: api.example}]")
    assert run(["explain", "chain.depth", "--target", "apy.example:443", "--config", "certgate.yaml"]) == 2
    assert 'there is no target "apy.example:443"; did you mean "api.example:443"?' in capsys.readouterr().err
    (folder / "hosts.txt").write_text("api.example\n")
    assert run(["explain", "chain.depth", "--target", "apy.example", "--targets", "hosts.txt"]) == 2
    assert 'hosts.txt: there is no target "apy.example"; did you mean "api.example:443"?' in capsys.readouterr().err
