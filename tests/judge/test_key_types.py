"""Chains that a server has for several types of keys, each with its own findings."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from cryptography.x509 import AccessDescription, AuthorityInformationAccess, UniformResourceIdentifier
from cryptography.x509.oid import AuthorityInformationAccessOID

from certgate.checks.framework.catalogue import all_checks
from certgate.judge.exceptions import Baseline, waive
from certgate.judge.judge import Judge
from certgate.judge.key_types import first_handshake
from certgate.judge.matrix import trust_matrix
from certgate.lab.pki import CLOCK, issue
from certgate.model.baseline import Known
from certgate.model.finding import Outcome, Severity
from certgate.model.observation import HandshakeFacts, Observed, vantage_labels
from certgate.model.probe import OTHER_KEY_TYPES, ProbeAnswer, ProbeOutcome
from certgate.model.target import Revocation
from certgate.model.vantage_label import seen_at
from certgate.model.verdict import Verdict
from certgate.model.waiver import Waiver
from certgate.policy.model import TargetRule
from certgate.x509.certificate import parse_certificate
from tests.judge.addresses import GOOD, MIDDLE, OLD, POLICY, REFUSED, ROOT, STORE, TARGET, A, B, at

KNOWN = ProbeAnswer(what=f"{OTHER_KEY_TYPES}EC, RSA", outcome=ProbeOutcome.REFUSED)
RSA = issue("a.example", issuer=MIDDLE, sans=["a.example"], key="RSA-2048")
PAST = {"not_before": CLOCK - timedelta(days=99), "days": 89}
OLD_RSA = issue("a.example", issuer=MIDDLE, sans=["a.example"], key="RSA-2048", **PAST)
OLD_MIDDLE = issue("Old middle", issuer=ROOT, ca=True, path_length=0, **PAST)
UNDER_OLD = issue("a.example", issuer=OLD_MIDDLE, sans=["a.example"], key="RSA-2048")
RULES = ("tls.certificates", "expected.served", "expected.reloaded", "key.type")


def rule(id):
    check = all_checks()[id]
    parameters = {name: parameter.default for name, parameter in check.parameters.items()}
    return TargetRule(check=check, severity=Severity.ERROR, required=True, parameters=parameters)


WITH_RULE = replace(POLICY, rules=(*POLICY.rules, *map(rule, RULES)))


def further(address, *chain, key_type="RSA", version="TLSv1.2", **facts):
    seen = at(address, *chain, handshake=HandshakeFacts(version, "x"), **facts)
    return replace(seen, vantage=replace(seen.vantage, key_type=key_type))


def first(address, *chain, **facts):
    return at(address, *chain, probes=(KNOWN,), **facts)


def judged(*observations, deployed=(), policy=WITH_RULE):
    expected = tuple(parse_certificate(one.der) for one in deployed)
    return Judge(policy, STORE).judge(Observed(TARGET, observations), CLOCK, expected)


def wrong(result):
    return [(f.rule, f.subject, f.vantage) for f in result.wrong]


def of(result, id):
    return [(f.outcome, f.vantage) for f in result.findings if f.rule == id]


def test_an_expired_chain_beside_a_good_one_is_a_violation_that_names_its_type_of_key():
    result = judged(first(A, GOOD, MIDDLE), further(A, OLD_RSA, MIDDLE))

    assert result.verdict is Verdict.VIOLATED
    assert wrong(result) == [("validity.expired", "leaf", "with RSA key")]


def test_the_findings_on_the_first_chain_are_what_they_are_without_the_other():
    alone = judged(first(A, OLD, MIDDLE))
    together = judged(first(A, OLD, MIDDLE), further(A, OLD_RSA, MIDDLE))

    assert [f for f in together.findings if not f.vantage] == list(alone.findings)
    assert {alone.fingerprint(f) for f in alone.findings} <= {together.fingerprint(f) for f in together.findings}
    assert wrong(together) == [("validity.expired", "leaf", ""), ("validity.expired", "leaf", "with RSA key")]


def test_what_both_chains_share_is_told_once():
    old_ec = issue("a.example", issuer=OLD_MIDDLE, sans=["a.example"])

    result = judged(first(A, old_ec, OLD_MIDDLE), further(A, UNDER_OLD, OLD_MIDDLE))

    assert wrong(result) == [("validity.expired", "issuer 1", "")]
    shown = [(c.label, c.vantage) for c in result.certificates]
    assert shown == [("leaf", ""), ("issuer 1", ""), ("anchor", ""), ("leaf", "with RSA key")]


def test_an_issuer_of_one_chain_alone_is_told_with_its_type_of_key():
    result = judged(first(A, GOOD, MIDDLE), further(A, UNDER_OLD, OLD_MIDDLE))

    (finding,) = result.wrong
    assert (finding.rule, finding.subject, finding.vantage) == ("validity.expired", "issuer 1", "with RSA key")
    (certificate,) = result.certificates_of(finding)
    assert certificate.subject == "CN=Old middle"


def test_a_handshake_that_was_narrowed_to_a_type_of_key_is_not_judged():
    result = judged(first(A, GOOD, MIDDLE), further(A, RSA, MIDDLE, version="TLSv1"))

    assert of(result, "tls.version") == [(Outcome.PASS, "")]
    assert result.verdict is Verdict.COMPLIANT


def test_a_chain_without_any_other_problem_adds_only_answers_that_differ():
    alone, together = judged(first(A, GOOD, MIDDLE)), judged(first(A, GOOD, MIDDLE), further(A, RSA, MIDDLE))

    assert together.findings == alone.findings
    assert together.verdict is Verdict.COMPLIANT


def test_a_look_that_broke_after_it_showed_a_chain_is_incomplete():
    result = judged(first(A, GOOD, MIDDLE), further(A, RSA, MIDDLE, failure=REFUSED))

    assert wrong(result) == [("target.observed", "target", "with RSA key")]
    assert result.verdict is Verdict.INCOMPLETE


def test_a_saved_chain_is_judged_by_a_policy_that_does_not_ask_for_it_too():
    result = judged(first(A, GOOD, MIDDLE), further(A, OLD_RSA, MIDDLE), policy=POLICY)

    assert wrong(result) == [("validity.expired", "leaf", "with RSA key")]


def test_addresses_and_types_of_keys_go_together():
    result = judged(
        first(A, GOOD, MIDDLE), first(B, GOOD, MIDDLE), further(A, OLD_RSA, MIDDLE), further(B, RSA, MIDDLE)
    )

    assert wrong(result) == [("validity.expired", "leaf", f"{A} with RSA key")]
    (finding,) = result.wrong
    (certificate,) = result.certificates_of(finding)
    assert certificate.sha256 == parse_certificate(OLD_RSA.der).sha256


def test_labels_name_the_type_of_key_after_the_place():
    looks = [at(A, GOOD), further(A, RSA), at(B, GOOD)]

    assert vantage_labels(looks) == (A, f"{A} with RSA key", B)
    assert vantage_labels(looks[:2]) == ("", "with RSA key")
    assert [seen_at(label) for label in vantage_labels(looks[:2])] == ["", " with RSA key"]
    assert seen_at(f"{A} with RSA key") == f" at {A} with RSA key"


@pytest.mark.parametrize(
    ("deployed", "served"),
    [
        (RSA, [(Outcome.PASS, "with RSA key"), (Outcome.NOT_APPLICABLE, "")]),
        (GOOD, [(Outcome.PASS, "")]),
        (OLD_RSA, [(Outcome.FAIL, "with RSA key"), (Outcome.NOT_APPLICABLE, "")]),
    ],
)
def test_the_expected_chain_is_expected_for_its_type_of_key(deployed, served):
    looks = first(A, GOOD, MIDDLE), further(A, RSA, MIDDLE)

    found = of(judged(*looks, deployed=(deployed, MIDDLE)), "expected.served")

    assert {one for one in found if one[0] is not Outcome.NOT_APPLICABLE} == {
        one for one in served if one[0] is not Outcome.NOT_APPLICABLE
    }


def test_an_expected_chain_of_a_type_that_is_not_served_is_missed_at_the_first_chain():
    ed25519 = issue("a.example", issuer=MIDDLE, sans=["a.example"], key="Ed25519")

    result = judged(first(A, GOOD, MIDDLE), further(A, RSA, MIDDLE), deployed=(ed25519, MIDDLE))

    assert (Outcome.FAIL, "") in of(result, "expected.served")


def test_a_waiver_for_one_certificate_does_not_excuse_the_other():
    result = judged(first(A, OLD, MIDDLE), further(A, OLD_RSA, MIDDLE))
    key = parse_certificate(OLD.der).key.sha256
    waiver = Waiver(
        rule="validity.expired", target="*", reason="known", owner="me", expires=date(2030, 1, 1), certificate=key
    )

    waived, _ = waive(result, [waiver], Severity.ERROR)

    assert [(f.vantage, f.excused) for f in waived.wrong] == [("", True), ("with RSA key", False)]
    assert waived.verdict is Verdict.VIOLATED


def test_a_baseline_entry_for_the_first_chain_does_not_excuse_the_other():
    alone = judged(first(A, OLD, MIDDLE))
    known = [Known.of(TARGET.id, finding) for finding in alone.wrong]
    result = judged(first(A, OLD, MIDDLE), further(A, OLD_RSA, MIDDLE))

    applied = Baseline(known).apply(result, Severity.ERROR)

    assert [(f.vantage, f.excused) for f in applied.wrong] == [("", True), ("with RSA key", False)]


def test_a_baseline_entry_for_one_type_of_key_excuses_that_alone():
    result = judged(first(A, OLD, MIDDLE), further(A, OLD_RSA, MIDDLE))
    known = [Known.of(TARGET.id, finding) for finding in result.wrong]

    applied = Baseline(known).apply(result, Severity.ERROR)

    assert applied.verdict is Verdict.COMPLIANT
    assert [f.excused for f in Baseline(known[1:]).apply(result, Severity.ERROR).wrong] == [False, True]


def test_the_trust_matrix_names_the_type_of_key_of_the_worst_chain():
    (row,) = trust_matrix(Observed(TARGET, (first(A, GOOD, MIDDLE), further(A, OLD_RSA, MIDDLE))), [STORE], CLOCK, ())

    assert row.reason.startswith("with RSA key: ")


def test_what_remains_unknown_about_other_certificates_is_incomplete():
    result = judged(at(A, GOOD, MIDDLE))

    assert wrong(result) == [("tls.certificates", "target", "")]
    assert result.verdict is Verdict.INCOMPLETE


def test_the_status_of_each_leaf_is_asked_for():
    access = AuthorityInformationAccess(
        [AccessDescription(AuthorityInformationAccessOID.OCSP, UniformResourceIdentifier("http://ocsp.example/"))]
    )
    leaves = [
        issue("a.example", issuer=MIDDLE, sans=["a.example"], key=key, extensions={type(access): (access, False)})
        for key in ("P-256", "RSA-2048")
    ]
    target = replace(TARGET, revocation=Revocation.HARD)
    observed = Observed(target, (first(A, leaves[0], MIDDLE), further(A, leaves[1], MIDDLE)))
    policy = replace(POLICY, rules=(*POLICY.rules, rule("rev.status")))

    missing = Judge(policy, STORE).missing(observed, CLOCK, nonce=b"", aia=False)

    about = [{request.certificate.sha256 for request in requests} for requests in missing]
    assert [parse_certificate(leaf.der).sha256 in found for leaf, found in zip(leaves, about, strict=True)] == [
        True
    ] * 2


def test_own_rules_see_the_handshake_that_any_client_gets():
    looks = first(A, GOOD, MIDDLE), further(A, RSA, MIDDLE, version="TLSv1.2")

    assert [first_handshake(seen, looks).version for seen in looks] == ["TLSv1.3", "TLSv1.3"]
    assert first_handshake(looks[1], looks[1:]) is None
