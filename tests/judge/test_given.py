"""What the run sets holds for every certificate, whatever the entries of a policy say of it."""

from dataclasses import replace

import pytest

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.subjects import CertificatePath
from certgate.judge.effective import for_subject
from certgate.judge.rules import apply
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Outcome
from certgate.model.target import Endpoint, Revocation, Target
from certgate.policy.effective import TargetPolicies
from certgate.policy.packs import load_policy
from certgate.policy.settings import demanding, with_demands, with_settings
from certgate.x509.certificate import parse_certificate

KEY = "ab" * 32
PATH = CertificatePath((parse_certificate(issue("a.example").der),))
ITS_KEY = PATH.leaf.key.sha256
TARGET = Target(id="a.example:443", ordinal=0, source=Endpoint("a.example", 443))


def denying(policy, key):
    """The policy in a run that denies the key."""
    return with_settings(with_demands(policy, {Setting.DENIED_KEYS}), {Setting.DENIED_KEYS: (key,)})


def denied(tmp_path, written, key):
    """What trust.denied says of the path under a policy with this entry, if the run denies the key."""
    (tmp_path / "p.yaml").write_text(f"rules:\n  - {{rule: trust.denied, {written}}}\n")
    policy = TargetPolicies(load_policy("p.yaml", tmp_path)).of(TARGET)
    (rule,) = [r for r in denying(policy, key).rules if r.id == "trust.denied"]
    assert rule.is_on
    return [finding.outcome for finding in apply(rule, PATH, "path", CLOCK)]


def test_an_entry_that_depends_on_the_certificate_does_not_take_back_a_denied_key(tmp_path):
    (tmp_path / "p.yaml").write_text(
        "rules:\n  - {rule: trust.denied, severity: error}\n"
        "  - {rule: trust.denied, when: {key_type: [EC]}, severity: warning}\n"
    )
    policy = denying(load_policy("p.yaml", tmp_path), KEY)
    rule = next(r for r in policy.rules if r.id == "trust.denied")
    held = for_subject(rule, PATH)
    assert held.severity == "warning"
    assert held.parameters["keys"] == (KEY,)


@pytest.mark.parametrize("condition", ["", ", when: {key_type: EC}", ", when: {target: a.*}"])
def test_hard_requires_an_answer_whatever_an_entry_says_of_that(tmp_path, condition):
    (tmp_path / "p.yaml").write_text(f"rules:\n  - {{rule: rev.status, required: false{condition}}}\n")
    policy = TargetPolicies(load_policy("p.yaml", tmp_path)).of(TARGET)
    required = {}
    for asked in (Revocation.SOFT, Revocation.HARD):
        rules = with_demands(policy, demanding(replace(TARGET, revocation=asked))).rules
        (rule,) = [r for r in rules if r.id == "rev.status"]
        required[asked] = for_subject(rule, PATH).required
    assert required == {Revocation.SOFT: False, Revocation.HARD: True}


@pytest.mark.parametrize("written", [
    f"keys: [{ITS_KEY}]",
    f"keys: [{ITS_KEY}], when: {{key_type: EC}}",
    f"keys: [{ITS_KEY}], when: {{target: a.*}}",
    f"keys: [{{value: [{ITS_KEY}]}}]",
])  # fmt: skip
def test_denying_a_key_takes_back_none_that_the_policy_denies(tmp_path, written):
    assert denied(tmp_path, written, KEY) == [Outcome.FAIL]


@pytest.mark.parametrize("written", [
    "since: {issued: 2030-01-01}",
    "until: {clock: 2020-01-01}",
    "disabled: not now",
    "when: {key_type: RSA}",
    "when: {target: b.*}",
    f"keys: [{{issued_before: 2020-01-01, value: [{KEY}]}}]",
])  # fmt: skip
def test_a_key_that_the_run_denies_is_denied_where_the_policy_does_not_hold_the_rule(tmp_path, written):
    assert denied(tmp_path, written, ITS_KEY) == [Outcome.FAIL]
    assert denied(tmp_path, written, KEY) == [Outcome.PASS]


@pytest.mark.parametrize(
    "written", [f"keys: [{ITS_KEY}], when: {{key_type: RSA}}", f"keys: [{ITS_KEY}], disabled: no use"]
)
def test_what_the_policy_denies_elsewhere_is_not_denied_by_denying_another(tmp_path, written):
    assert denied(tmp_path, written, KEY) == [Outcome.PASS]
