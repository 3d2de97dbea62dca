"""One cause is one error, and what depends on it is never a pass."""

from datetime import timedelta

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.judge.dependent import Causes, on_anchor
from certgate.judge.exceptions import Baseline, violations, waive
from certgate.judge.judge import Judge
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import HandshakeFacts, Observation, Observed
from certgate.model.target import FileSource, Target
from certgate.model.verdict import Verdict
from certgate.model.waiver import Waiver
from certgate.policy.model import TargetPolicy, TargetRule
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True, days=3650)
MIDDLE = issue("Middle", issuer=ROOT, ca=True, days=1000)
LEAF = issue("a.example", issuer=MIDDLE, sans=["a.example"])
STORE = TrustStore("test", (parse_certificate(ROOT.der),))
TARGET = Target(id="a.pem", ordinal=0, source=FileSource("a.pem"), names=("a.example",))
TRUST = ("chain.complete", "trust.anchor")
ORDER = ("chain.leaf-first", "chain.order", "trust.anchor", "name.host-match")


def policy(*ids, **severities):
    checks = [all_checks()[id] for id in ("target.observed", *ids)]
    return TargetPolicy(
        "test",
        tuple(
            TargetRule(
                check=check,
                severity=severities.get(check.id.replace(".", "_"), Severity.ERROR),
                required=True,
                parameters={name: parameter.default for name, parameter in check.parameters.items()},
            )
            for check in checks
        ),
    )


def judged(policy, *credentials, store=STORE, **facts):
    observation = Observation(observed_at=CLOCK, presented=tuple(c.der for c in credentials), **facts)
    return Judge(policy, store).judge(Observed(TARGET, (observation,)), CLOCK)


def wrong(result):
    return {f.rule: (f.outcome, f.message) for f in result.findings if f.outcome is not Outcome.PASS}


def waiver(*rules):
    return [
        Waiver(rule=rule, target="a.pem", reason="r", owner="o", expires=(CLOCK + timedelta(days=9)).date())
        for rule in rules
    ]


STOPS = "the chain stops at CN=a.example, issued by CN=Middle, which was neither sent nor is trusted"


def test_a_missing_intermediate_is_one_error_and_trust_depends_on_it():
    result = judged(policy(*TRUST), LEAF)

    assert result.verdict is Verdict.VIOLATED
    assert wrong(result) == {
        "chain.complete": (Outcome.FAIL, f"{STOPS}: send the intermediate, or trust CN=Middle"),
        "trust.anchor": (Outcome.NOT_CHECKED, "depends on chain.complete"),
    }


def test_a_root_that_was_sent_and_is_not_trusted_is_one_error_of_trust():
    result = judged(policy(*TRUST), LEAF, MIDDLE, ROOT, store=TrustStore("empty", ()))

    message = "no path to a trusted root: the chain stops at CN=Root, which is self-signed and not trusted"
    assert wrong(result) == {"trust.anchor": (Outcome.FAIL, message)}


def test_a_forged_signature_is_one_error():
    forged = issue("a.example", issuer=MIDDLE, signing_key=LEAF.key)
    found = wrong(judged(policy("chain.signature", *TRUST), forged, MIDDLE))

    assert {rule: outcome for rule, (outcome, _) in found.items()} == {
        "chain.signature": Outcome.FAIL,
        "trust.anchor": Outcome.NOT_CHECKED,
    }


@pytest.mark.parametrize(
    "policy",
    [policy("trust.anchor"), policy(*TRUST, chain_complete=Severity.WARNING)],
    ids=["the rule is not in the policy", "the rule is only a warning"],
)
def test_trust_fails_by_itself_where_no_error_reports_the_cause(policy):
    result = judged(policy, LEAF)

    assert result.verdict is Verdict.VIOLATED
    assert wrong(result)["trust.anchor"] == (Outcome.FAIL, f"no path to a trusted root: {STOPS}")


def test_what_depends_on_a_waived_error_is_no_pass_until_it_is_waived_too():
    result = judged(policy(*TRUST), LEAF)

    assert waive(result, waiver("chain.complete"), Severity.ERROR)[0].verdict is Verdict.INCOMPLETE
    assert waive(result, waiver("trust.anchor"), Severity.ERROR)[0].verdict is Verdict.VIOLATED
    assert waive(result, waiver(*TRUST), Severity.ERROR)[0].verdict is Verdict.COMPLIANT


@pytest.mark.parametrize("cause", [Severity.WARNING, Severity.ERROR])
def test_a_warning_that_depends_on_another_finding_stays_without_effect_on_the_verdict(cause):
    result = judged(policy(*TRUST, "validity.expired", chain_complete=cause, trust_anchor=Severity.WARNING), LEAF)

    assert wrong(result)["trust.anchor"] == (Outcome.NOT_CHECKED, "depends on chain.complete")
    assert waive(result, waiver("chain.complete"), Severity.ERROR)[0].verdict is Verdict.COMPLIANT


def test_a_baseline_knows_an_error_with_what_depends_on_it():
    result = judged(policy(*TRUST), LEAF)
    known = list(violations(result, Severity.ERROR))

    assert [entry.rule for entry in known] == list(TRUST)
    assert Baseline(known).apply(result, Severity.ERROR).verdict is Verdict.COMPLIANT
    assert Baseline(known[:1]).apply(result, Severity.ERROR).verdict is Verdict.INCOMPLETE


@pytest.mark.parametrize("chain", [(ROOT, MIDDLE, LEAF), (MIDDLE, LEAF), (MIDDLE, LEAF, ROOT)])
def test_a_leaf_that_is_not_first_is_found_and_judged_and_the_order_is_the_one_error(chain):
    result = judged(policy(*ORDER, "validity.expired"), *chain)

    assert result.certificates[0].subject == "CN=a.example"
    assert [rule for rule, (outcome, _) in wrong(result).items() if outcome is Outcome.FAIL] == ["chain.order"]
    assert {rule: said for rule, (outcome, said) in wrong(result).items() if outcome is Outcome.NOT_CHECKED} == {
        "chain.leaf-first": "depends on chain.order",
        "trust.anchor": "depends on chain.order",
        "name.host-match": "depends on chain.order",
    }


@pytest.mark.parametrize("ids", [ORDER, ("trust.anchor",), ("name.host-match",), ("chain.order", "chain.leaf-first")])
def test_a_wrong_order_is_never_a_pass_whether_it_is_waived_or_not_in_the_policy(ids):
    result = judged(policy(*ids), ROOT, MIDDLE, LEAF)

    waived, _ = waive(result, waiver("chain.*"), Severity.ERROR)
    assert waived.verdict is Verdict.INCOMPLETE


def test_a_wrong_order_hides_no_failure():
    found = wrong(judged(policy(*ORDER), MIDDLE, issue("b.example", issuer=MIDDLE, sans=["b.example"]), ROOT))

    assert found["name.host-match"] == (Outcome.FAIL, "no name matches a.example; found b.example")


def test_the_first_certificate_of_a_completed_handshake_is_the_leaf_whatever_it_issued():
    handshake = HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384")
    result = judged(policy(*ORDER), MIDDLE, LEAF, handshake=handshake)

    assert result.certificates[0].subject == "CN=Middle"
    assert wrong(result)["chain.leaf-first"] == (
        Outcome.FAIL,
        "the first certificate is not the leaf: it issued certificate 2 (a.example)",
    )
    assert wrong(result)["name.host-match"][0] is Outcome.FAIL


LEAF_RULES = ("bc.leaf", "validity.max-lifetime", "name.san-present", "name.host-match", "eku.server-auth")


def dependent(result):
    """What each answer that is missing depends on, by rule."""
    return {f.rule: f.evidence["depends_on"] for f in result.findings if "depends_on" in f.evidence}


def failed(result):
    return {f.rule for f in result.findings if f.outcome is Outcome.FAIL}


def test_a_ca_as_a_leaf_is_one_error_and_waiving_it_is_no_pass():
    result = judged(policy(*LEAF_RULES), MIDDLE)

    assert failed(result) == {"bc.leaf"}
    assert dependent(result) == dict.fromkeys(LEAF_RULES[1:], "bc.leaf")
    assert waive(result, waiver("bc.leaf"), Severity.ERROR)[0].verdict is Verdict.INCOMPLETE
    assert waive(result, waiver(*LEAF_RULES), Severity.ERROR)[0].verdict is Verdict.COMPLIANT


def test_what_is_wrong_with_a_ca_as_a_leaf_besides_stays_an_error():
    other = issue("b.example", issuer=ROOT, ca=True, sans=["b.example"], days=90)

    assert failed(judged(policy(*LEAF_RULES, "validity.expired"), other)) == {"bc.leaf", "name.host-match"}


def test_without_the_rule_that_names_the_cause_every_consequence_is_an_error_of_its_own():
    result = judged(policy(*LEAF_RULES[1:4]), MIDDLE)

    assert failed(result) == {"validity.max-lifetime", "name.san-present"}
    assert dependent(result) == {"name.host-match": "name.san-present"}


def test_causes_are_followed_to_the_first_one():
    own = issue("a.example", ca=True, sans=["a.example"])
    ids = ("chain.self-signed-leaf", "bc.leaf", "ku.ec-leaf", "ct.sct-count", "trust.anchor")
    result = judged(policy(*ids), own)

    assert failed(result) == {"chain.self-signed-leaf"}
    assert dependent(result) == dict.fromkeys(ids[1:], "chain.self-signed-leaf")


def test_a_cause_that_is_only_a_warning_hides_no_error():
    own = issue("a.example", ca=True, sans=["a.example"])
    result = judged(
        policy("chain.self-signed-leaf", "trust.anchor", **{"chain_self-signed-leaf": Severity.WARNING}), own
    )

    assert failed(result) == {"chain.self-signed-leaf", "trust.anchor"}


def test_a_fault_of_one_certificate_explains_nothing_of_another():
    middle = issue("Middle", issuer=ROOT, ca=True, days=1000, version=1)
    leaf = issue("a.example", issuer=middle, sans=[])
    result = judged(policy("cert.version", "name.san-present", "ku.ca"), leaf, middle)

    assert failed(result) == {"cert.version", "name.san-present"}
    assert dependent(result) == {"ku.ca": "cert.version"}


def test_what_cannot_be_read_names_the_rule_that_says_so_and_is_never_excused():
    leaf = issue("a.example", issuer=MIDDLE, sans=(), raw_extensions=[("2.5.29.17", False, b"\x30\x80")])
    result = judged(policy("ext.form", "name.san-present", "name.host-match"), leaf, MIDDLE)

    assert failed(result) == {"ext.form"}
    assert dependent(result) == {"name.san-present": "ext.form", "name.host-match": "ext.form"}
    assert all("cannot be read" in f.message or "ext.form: " in f.message for f in result.findings if f.not_checked)
    everything = waiver("ext.form", "name.san-present", "name.host-match")
    assert waive(result, everything, Severity.ERROR)[0].verdict is Verdict.INCOMPLETE


def test_causes_that_lead_in_a_circle_leave_every_failure_as_it_is():
    one, other = (
        Finding(rule=rule, subject="leaf", outcome=Outcome.FAIL, severity=Severity.ERROR, cause=cause)
        for rule, cause in (("a.b", "c.d"), ("c.d", "a.b"))
    )

    assert Causes((), Severity.ERROR).once((one, other)) == (one, other)


def test_failures_of_one_rule_with_several_causes_name_each_its_own():
    def failure(rule, key="", cause=""):
        severity = Severity.ERROR
        return Finding(rule=rule, subject="leaf", outcome=Outcome.FAIL, severity=severity, key=key, cause=cause)

    found = Causes((), Severity.ERROR).once(
        (
            failure("a.b"),
            failure("c.d"),
            failure("e.f", "1", "a.b"),
            failure("e.f", "2", "c.d"),
            failure("g.h", "", "e.f"),
        )
    )

    assert [f.evidence.get("depends_on") for f in found] == [None, None, "a.b", "c.d", "e.f"]


def test_of_an_anchor_the_rules_on_its_trust_do_not_apply_but_a_crash_is_told():
    known = {"subject": "path", "severity": Severity.ERROR}
    found = [
        Finding(rule="trust.anchor", outcome=Outcome.FAIL, message="no path", cause="chain.complete", **known),
        Finding(rule="trust.engines-agree", outcome=Outcome.FAIL, key="openssl", **known),
        Finding(rule="trust.engines-agree", outcome=Outcome.FAIL, key="cryptography", **known),
        Finding(rule="chain.complete", outcome=Outcome.CRASHED, **known),
        Finding(rule="bc.ca", outcome=Outcome.FAIL, **known),
    ]
    told = on_anchor(tuple(found), {"trust.anchor", "trust.engines-agree", "chain.complete"})
    assert [(one.rule, str(one.outcome), one.cause) for one in told] == [
        ("trust.anchor", "not-applicable", ""),
        ("trust.engines-agree", "not-applicable", ""),
        ("chain.complete", "crashed", ""),
        ("bc.ca", "fail", ""),
    ]
    assert on_anchor(tuple(found), ()) == tuple(found)
