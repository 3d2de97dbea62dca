"""A policy as it applies to targets: with what they and the run set, whatever its entries say of that."""

from dataclasses import replace

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.needs import Setting
from certgate.checks.framework.subjects import CertificatePath
from certgate.judge.apply import apply
from certgate.judge.binding import bind
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Outcome, Severity
from certgate.model.target import Endpoint, Revocation, Target
from certgate.policy.model import BoundRule, Entry, Policy, Rule
from certgate.policy.packs import load_policy
from certgate.policy.target_policy import TargetPolicies
from certgate.x509.certificate import parse_certificate

KEY = "ab" * 32
PATH = CertificatePath((parse_certificate(issue("a.example").der),))
ITS_KEY = PATH.leaf.key.sha256
TARGET = Target(id="a.example:443", ordinal=0, source=Endpoint("a.example", 443))


def rule_for(policy, id, target=TARGET, **run):
    """The rule of this id as it applies to the target; None where it judges nothing."""
    return next((rule for rule in TargetPolicies(policy, **run).of(target).rules if rule.id == id), None)


def denying(policy, key):
    """trust.denied of the policy in a run that denies the key."""
    return rule_for(policy, "trust.denied", settings={Setting.DENIED_KEYS: (key,)})


def denied(tmp_path, written, key):
    """What trust.denied says of the path under a policy with this entry, if the run denies the key."""
    (tmp_path / "p.yaml").write_text(f"rules:\n  - {{rule: trust.denied, {written}}}\n")
    bound = bind(denying(load_policy("p.yaml", tmp_path), key), PATH, "path", CLOCK)
    assert isinstance(bound, BoundRule)
    return [finding.outcome for finding in apply(bound, PATH, "path", CLOCK)]


def test_an_entry_that_depends_on_the_certificate_does_not_take_back_a_denied_key(tmp_path):
    (tmp_path / "p.yaml").write_text(
        "rules:\n  - {rule: trust.denied, severity: error}\n"
        "  - {rule: trust.denied, when: {key_type: [EC]}, severity: warning}\n"
    )
    bound = bind(denying(load_policy("p.yaml", tmp_path), KEY), PATH, "path", CLOCK)
    assert bound.severity == "warning"
    assert bound.parameters["keys"] == (KEY,)


def test_the_questions_are_those_of_every_entry_and_row_that_may_apply(tmp_path):
    (tmp_path / "p.yaml").write_text(
        "rules:\n  - {rule: tls.accepts-version, allowed: [TLSv1.2, TLSv1.3]}\n"
        "  - rule: tls.accepts-version\n    when: {key_type: [RSA]}\n"
        "    allowed: [{issued_before: 2027-01-01, value: [TLSv1.3]}, {value: [TLSv1.2]}]\n"
        "  - {rule: tls.accepts-version, when: {target: other.*}, allowed: [TLSv1.1]}\n"
    )
    asked = TargetPolicies(load_policy("p.yaml", tmp_path)).of(TARGET).questions
    old = "SSLv3, TLSv1, TLSv1.1"

    assert [question.what for question in asked] == [old, f"{old}, TLSv1.2", "TLSv1.3"]


@pytest.mark.parametrize("condition", ["", ", when: {key_type: EC}", ", when: {target: a.*}"])
def test_hard_requires_an_answer_whatever_an_entry_says_of_that(tmp_path, condition):
    (tmp_path / "p.yaml").write_text(f"rules:\n  - {{rule: rev.status, required: false{condition}}}\n")
    policy = load_policy("p.yaml", tmp_path)
    required = {}
    for asked in (Revocation.SOFT, Revocation.HARD):
        rule = rule_for(policy, "rev.status", replace(TARGET, revocation=asked))
        required[asked] = bind(rule, PATH, "path", CLOCK).required
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
def test_a_key_that_the_run_denies_is_denied_where_the_policy_does_not_apply_the_rule(tmp_path, written):
    assert denied(tmp_path, written, ITS_KEY) == [Outcome.FAIL]
    assert denied(tmp_path, written, KEY) == [Outcome.PASS]


@pytest.mark.parametrize(
    "written", [f"keys: [{ITS_KEY}], when: {{key_type: RSA}}", f"keys: [{ITS_KEY}], disabled: no use"]
)
def test_what_the_policy_denies_elsewhere_is_not_denied_by_denying_another(tmp_path, written):
    assert denied(tmp_path, written, KEY) == [Outcome.PASS]


def policy(**entries):
    """A policy with rules of these ids, a dot written as two underscores and a hyphen as one."""
    found = []
    for name, keys in entries.items():
        entry = Entry({"severity": "info", "required": False, **keys})
        found.append(Rule.merge(all_checks()[name.replace("__", ".").replace("_", "-")], [entry], [entry]))
    return Policy("p", tuple(found))


def applied(policy, target=TARGET, **run):
    """Severity and whether an answer is required, by rule."""
    return {rule.id: (rule.severity, rule.required) for rule in TargetPolicies(policy, **run).of(target).rules}


def test_what_adds_a_rule_leaves_it_as_the_policy_has_it_and_what_replaces_it_does_not():
    target = replace(TARGET, revocation=Revocation.SOFT, policy_oids=("1.2.3",))
    found = applied(policy(rev__status={}, policy__expected={}), target)
    assert found["rev.status"] == (Severity.INFO, False)
    assert found["policy.expected"] == found["crl.fresh"] == (Severity.ERROR, True)
    assert set(found) == {"rev.status", "policy.expected", "crl.fresh", "crl.scope", "ocsp.nonce"}


def test_an_answer_that_is_insisted_on_is_required_as_severe_as_the_policy_has_it():
    found = applied(policy(rev__status={}), replace(TARGET, revocation=Revocation.HARD))
    assert found["rev.status"] == (Severity.INFO, True)


def test_what_a_run_sets_is_added_to_the_lists_of_the_rules_that_take_it():
    own = policy(trust__denied={"keys": ["aa"]}, ct__sct_valid={}, chain__depth={})
    settings = {Setting.DENIED_KEYS: ("bb",), Setting.CT_LOGS: "{}"}
    rules = TargetPolicies(own, settings=settings).of(TARGET).rules
    own_rules = rules[:3]
    assert [r.parameters.get("keys", r.parameters.get("log_list")) for r in own_rules] == [("aa", "bb"), "{}", None]
    assert [dict(rule.run_parameters) for rule in own_rules] == [{"keys": ("bb",)}, {"log_list": "{}"}, {}]


def test_what_is_left_out_is_no_rule_even_if_the_target_switches_it_on():
    target = replace(TARGET, policy_oids=("1.2.3",))
    assert applied(policy(chain__depth={}), target, keeps={"chain.depth"}.__contains__).keys() == {"chain.depth"}


def test_what_certgate_itself_sets_is_made_only_where_a_rule_takes_it():
    made = []
    built_in = {Setting.PUBLIC_CAS: lambda: made.append("made") or ("aa",)}
    taking = next(check for check in all_checks().values() if Setting.PUBLIC_CAS in check.binds.values())
    TargetPolicies(policy(chain__depth={}), built_in=built_in).of(TARGET)
    assert made == []
    entries = [Entry({})]
    own = Policy("p", (Rule.merge(taking, entries, entries),))
    (rule,) = TargetPolicies(own, built_in=built_in).of(TARGET).rules
    assert ("aa",) in rule.run_parameters.values()


def test_targets_that_set_the_same_share_one_policy_whatever_the_values():
    policies = TargetPolicies(policy(chain__depth={}))
    one, two = (policies.of(replace(TARGET, policy_oids=(oid,))) for oid in ("1.2.3", "1.2.4"))
    assert one is two
    assert one is not policies.of(TARGET)


def test_a_policy_with_a_rule_of_spiffe_judges_the_leaves_of_the_targets_that_it_applies_to_as_svids(tmp_path):
    (tmp_path / "p.yaml").write_text("rules: [{rule: spiffe.single-uri, when: {target: 'a.*'}}]")
    policies = TargetPolicies(load_policy("p.yaml", tmp_path))
    assert policies.is_spiffe(TARGET)
    assert not policies.is_spiffe(replace(TARGET, id="b.example:443"))
