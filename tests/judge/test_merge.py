"""Findings about several subjects, by several stores and at several addresses become one list and one verdict."""

from dataclasses import replace
from itertools import permutations

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.judge.judge import Judge
from certgate.judge.merge import Merger, by_all_stores, verdict_of
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import Failure, FailureKind, Observed, Phase, Vantage
from certgate.model.target import Endpoint, Visit
from certgate.model.verdict import Verdict
from certgate.policy.model import TargetRule
from certgate.x509.certificate import parse_certificate
from tests.judge.addresses import GOOD, MIDDLE, OLD, OLDER, POLICY, STORE, TARGET, A, B, C, at, judged


def finding(outcome, severity=Severity.ERROR, required=True, rule="x.y"):
    return Finding(rule=rule, subject="leaf", outcome=outcome, severity=severity, required=required)


PASS = finding(Outcome.PASS)


@pytest.mark.parametrize(
    ("findings", "fail_on", "verdict"),
    [
        ([PASS], Severity.ERROR, Verdict.COMPLIANT),
        ([], Severity.ERROR, Verdict.INCOMPLETE),
        ([finding(Outcome.PASS, rule="target.observed")], Severity.ERROR, Verdict.INCOMPLETE),
        ([finding(Outcome.NOT_APPLICABLE)], Severity.ERROR, Verdict.INCOMPLETE),
        ([PASS, finding(Outcome.FAIL)], Severity.ERROR, Verdict.VIOLATED),
        ([PASS, finding(Outcome.FAIL, Severity.WARNING)], Severity.ERROR, Verdict.COMPLIANT),
        ([PASS, finding(Outcome.FAIL, Severity.WARNING)], Severity.WARNING, Verdict.VIOLATED),
        ([PASS, finding(Outcome.NOT_CHECKED)], Severity.ERROR, Verdict.INCOMPLETE),
        ([PASS, finding(Outcome.NOT_CHECKED, required=False)], Severity.ERROR, Verdict.COMPLIANT),
        ([PASS, finding(Outcome.CRASHED, required=False)], Severity.ERROR, Verdict.INCOMPLETE),
        ([finding(Outcome.NOT_CHECKED), finding(Outcome.FAIL)], Severity.ERROR, Verdict.VIOLATED),
    ],
)
def test_the_verdict_of_a_target_follows_from_its_findings(findings, fail_on, verdict):
    assert verdict_of(findings, fail_on) is verdict


def test_the_same_findings_are_merged_once_for_targets_that_are_alike():
    merger, found = Merger(POLICY), [finding(Outcome.PASS, rule="validity.expired")]
    merged = merger.merge(found, presented=True, connected=True)
    assert merger.merge(iter(found), presented=True, connected=True) is merged
    others = [
        (found, True, False),
        (found, False, True),
        ([finding(Outcome.FAIL, rule="validity.expired")], True, True),
    ]
    for findings, presented, connected in others:
        alone = Merger(POLICY).merge(findings, presented=presented, connected=connected)
        assert merger.merge(findings, presented=presented, connected=connected) == alone != merged


# --- several trust stores ---


def test_what_all_stores_say_is_said_once():
    agreed = Finding(rule="a.b", subject="path", outcome=Outcome.FAIL, severity=Severity.ERROR, message="no")
    assert by_all_stores([("x", (agreed,)), ("y", (agreed,))]) == (agreed,)


def test_two_stores_that_differ_in_what_is_wrong_are_both_named():
    one = Finding(rule="a.b", subject="path", outcome=Outcome.FAIL, severity=Severity.ERROR, message="no", key="k")
    two = Finding(rule="a.b", subject="path", outcome=Outcome.NOT_CHECKED, severity=Severity.ERROR, message="unknown")
    found = by_all_stores([("x", (one,)), ("y", (two,))])
    assert [(f.message, f.key) for f in found] == [
        ("by the trust store x: no", "k x"),
        ("by the trust store y: unknown", "y"),
    ]


def test_a_rule_that_nobody_finds_anything_wrong_with_is_still_heard_of():
    passed = Finding(rule="a.b", subject="path", outcome=Outcome.PASS, severity=Severity.ERROR)
    nothing = Finding(
        rule="a.b", subject="path", outcome=Outcome.NOT_APPLICABLE, severity=Severity.ERROR, message="no names"
    )
    assert by_all_stores([("x", (passed,)), ("y", (nothing,))]) == (passed,)


# --- several addresses ---


def told(result):
    """What is no pass, with the address it is about."""
    return [(f.rule, f.outcome, f.vantage) for f in result.findings if f.outcome is not Outcome.PASS]


def failing(result, rule="validity.expired"):
    return [f for f in result.findings if f.rule == rule and f.outcome is Outcome.FAIL]


@pytest.mark.parametrize("chain", [(GOOD, MIDDLE), (GOOD,), (OLD, MIDDLE), ()])
def test_where_all_agree_the_result_is_that_of_one_address(chain):
    alone, together = judged(at(A, *chain)), judged(at(A, *chain), at(B, *chain), at(C, *chain))
    assert together.findings == alone.findings
    assert together.certificates == alone.certificates
    assert together.verdict is alone.verdict
    assert [seen.vantage.address for seen in together.observations] == [A, B, C]
    assert [together.fingerprint(f) for f in together.findings] == [alone.fingerprint(f) for f in alone.findings]


def test_what_differs_is_told_of_each_address_and_nothing_else_is():
    result = judged(at(A, GOOD, MIDDLE), at(B, OLD, MIDDLE))
    leaf = [(f.vantage, f.outcome) for f in result.findings if (f.rule, f.subject) == ("validity.expired", "leaf")]
    assert leaf == [(A, Outcome.PASS), (B, Outcome.FAIL)]
    assert {f.vantage for f in result.findings if f.subject != "leaf"} == {""}
    assert result.verdict is Verdict.VIOLATED


def test_the_certificates_that_differ_have_their_address_and_those_that_all_show_have_none():
    result = judged(at(B, OLD, MIDDLE), at(A, GOOD, MIDDLE))
    assert [(c.label, c.vantage) for c in result.certificates] == [
        ("leaf", A), ("leaf", B), ("issuer 1", ""), ("anchor", ""),
    ]  # fmt: skip
    (expired,) = failing(result)
    assert [c.sha256 for c in result.certificates_of(expired)] == [parse_certificate(OLD.der).sha256]


def test_where_all_differs_all_is_told_with_its_address():
    result = judged(at(A), at(B, GOOD), at(C, OLD, MIDDLE))
    assert told(result) == [
        ("target.observed", Outcome.NOT_CHECKED, A),
        ("chain.complete", Outcome.FAIL, B),
        ("validity.expired", Outcome.FAIL, C),
    ]
    assert "" not in {f.vantage for f in result.findings}


def test_an_address_that_does_not_answer_leaves_its_target_incomplete():
    result = judged(at(A, GOOD, MIDDLE), at(B))
    assert told(result) == [("target.observed", Outcome.NOT_CHECKED, B)]
    assert result.verdict is Verdict.INCOMPLETE


def test_an_address_of_which_nothing_is_known_leaves_its_target_incomplete():
    empty = replace(at(B, GOOD, MIDDLE), presented=(), handshake=None)
    assert judged(empty).verdict is judged(at(A, GOOD, MIDDLE), empty).verdict is Verdict.INCOMPLETE


def test_a_violation_at_one_address_wins_over_another_that_does_not_answer():
    assert judged(at(A), at(B, OLD, MIDDLE)).verdict is Verdict.VIOLATED


def test_the_order_in_which_addresses_answer_plays_no_part():
    seen = [at(A, GOOD, MIDDLE), at(B, OLD, MIDDLE), at(C)]
    results = [judged(*order) for order in permutations(seen)]
    assert all(result.findings == results[0].findings for result in results)
    assert all(result.certificates == results[0].certificates for result in results)


def test_a_problem_of_all_addresses_is_one_with_the_words_of_each_where_they_differ():
    result = judged(at(B, OLDER, MIDDLE), at(A, OLD, MIDDLE))
    (expired,) = failing(result)
    (old,), (older,) = failing(judged(at(A, OLD, MIDDLE))), failing(judged(at(B, OLDER, MIDDLE)))
    assert expired.vantage == ""
    assert expired.message == f"at {A}: {old.message}; at {B}: {older.message}"
    assert result.fingerprint(expired) == judged(at(A, OLD, MIDDLE)).fingerprint(old)


def test_the_fingerprint_holds_the_address_only_where_addresses_differ():
    alone, together = judged(at(B, OLD, MIDDLE)), judged(at(A, GOOD, MIDDLE), at(B, OLD, MIDDLE))
    (one,), (other,) = failing(alone), failing(together)
    assert alone.fingerprint(one) != together.fingerprint(other)
    assert together.fingerprint(replace(other, vantage="")) == alone.fingerprint(one)


def test_what_may_be_excused_at_one_address_alone_is_told_of_each():
    depends = replace(finding(Outcome.NOT_CHECKED, rule="validity.expired"), cause="chain.complete")
    found = Merger(POLICY).fold([(A, (depends,)), (B, (replace(depends, cause=""),))])
    assert [(f.vantage, f.can_be_excused) for f in found] == [(A, True), (B, False)]


def test_two_chains_of_one_address_are_told_without_it():
    result = judged(at(A, GOOD, MIDDLE), at(A, OLD, MIDDLE))
    assert told(result) == [("validity.expired", Outcome.FAIL, "")]
    assert result.verdict is Verdict.VIOLATED


# --- one target under several names ---

UNSETTLED = Failure(FailureKind.INCONSISTENT, Phase.HANDSHAKE, "two chains")
BOTH = issue("a.example", issuer=MIDDLE, sans=["a.example", "b.example"])
ALSO = replace(TARGET, source=Endpoint("a.example", 443, "a.example", "", Visit(also=("b.example",))))
MATCH = TargetRule(
    check=all_checks()["name.host-match"], severity=Severity.ERROR, required=True, parameters={"names": ()}
)
WITH_NAMES = replace(POLICY, rules=(*POLICY.rules, MATCH))


def under(name, address=A, *chain):
    return replace(at(address, *chain), vantage=Vantage(address, name))


def judged_by_name(*observations):
    return Judge(WITH_NAMES, STORE).judge(Observed(ALSO, observations), CLOCK)


def test_a_further_name_is_judged_by_itself():
    result = judged_by_name(under("a.example", A, GOOD, MIDDLE), under("b.example", A, GOOD, MIDDLE))

    (failed,) = [finding for finding in result.findings if finding.outcome is Outcome.FAIL]
    assert (failed.rule, failed.vantage) == ("name.host-match", "#b.example")
    assert result.verdict is Verdict.VIOLATED


def test_names_that_are_all_served_leave_no_trace():
    result = judged_by_name(under("a.example", A, BOTH, MIDDLE), under("b.example", A, BOTH, MIDDLE))

    assert {finding.vantage for finding in result.findings} == {""}
    assert result.verdict is Verdict.COMPLIANT


def test_a_name_that_is_not_served_leaves_the_target_incomplete():
    assert judged_by_name(under("a.example", A, BOTH, MIDDLE), under("b.example")).verdict is Verdict.INCOMPLETE


def test_every_chain_that_one_vantage_showed_counts():
    first, second = (replace(at(A, leaf, MIDDLE), failure=UNSETTLED) for leaf in (OLD, GOOD))

    for result in (judged(first, second), judged(second, first)):
        assert result.verdict is Verdict.VIOLATED
        assert [f.rule for f in result.findings if f.outcome is Outcome.FAIL] == ["validity.expired"]
        assert {f.vantage for f in result.findings} == {""}
