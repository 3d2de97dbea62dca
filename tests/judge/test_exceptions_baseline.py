"""The baseline excuses the violations that it lists, and nothing else."""

from dataclasses import replace

import pytest

from certgate.judge.exceptions import Baseline, violations
from certgate.model.baseline import Known
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.verdict import Notice, Verdict
from certgate.model.waiver import Waiver
from tests.judge.addresses import GOOD, MIDDLE, OLD, A, B, at, judged
from tests.judge.excusable import NOON, PASSED, SHORT, UNSEEN, result

ID = "a.example:443"
NAME = Finding(
    rule="name.dns-syntax", subject="leaf", outcome=Outcome.FAIL, severity=Severity.ERROR, message="_a is bad", key="_a"
)
EXPIRED = Finding(
    rule="waiver.expired", subject="leaf", outcome=Outcome.FAIL, severity=Severity.ERROR, message="the waiver ended"
)


def known(*findings, id=ID):
    return [Known.of(id, finding) for finding in findings]


def gone(*findings, reason="is fixed"):
    return [Notice("baseline.gone", f"{f.rule} at {ID}, {f.subject}, {reason} ({f.message})") for f in findings]


def test_a_known_violation_fails_nothing_and_a_new_one_does():
    done = Baseline(known(SHORT)).apply(result(PASSED, SHORT), Severity.ERROR)
    assert (done.findings, done.verdict) == ((PASSED, replace(SHORT, known=True)), Verdict.COMPLIANT)
    done = Baseline(known(SHORT)).apply(result(PASSED, SHORT, NAME), Severity.ERROR)
    assert (done.findings, done.verdict) == ((PASSED, replace(SHORT, known=True), NAME), Verdict.VIOLATED)


@pytest.mark.parametrize(
    "other",
    [
        replace(SHORT, subject="issuer 1"),
        replace(SHORT, key="other"),
        replace(SHORT, rule="key.rsa-max"),
    ],
)
def test_another_rule_subject_or_key_is_new(other):
    baseline = Baseline(known(SHORT))
    assert baseline.apply(result(PASSED, other), Severity.ERROR).verdict is Verdict.VIOLATED
    assert list(baseline.notices()) == gone(SHORT)


def test_the_same_violation_at_another_target_is_new():
    baseline = Baseline(known(SHORT))
    assert baseline.apply(result(PASSED, SHORT, id="b.example:443"), Severity.ERROR).verdict is Verdict.VIOLATED
    assert list(baseline.notices()) == gone(SHORT, reason="matches no target of this run")
    assert list(baseline.notices(unmatched=False)) == []


def test_another_message_is_the_same_violation():
    done = Baseline(known(replace(SHORT, message="yesterday"))).apply(result(PASSED, SHORT), Severity.ERROR)
    assert done.verdict is Verdict.COMPLIANT


def test_a_violation_that_became_more_severe_is_new_and_one_that_became_less_is_not():
    warning = replace(SHORT, severity=Severity.WARNING)
    assert Baseline(known(warning)).apply(result(PASSED, SHORT), Severity.WARNING).verdict is Verdict.VIOLATED
    assert Baseline(known(SHORT)).apply(result(PASSED, warning), Severity.WARNING).verdict is Verdict.COMPLIANT


def test_two_problems_of_one_identity_need_two_entries():
    done = Baseline(known(SHORT)).apply(result(PASSED, SHORT, SHORT), Severity.ERROR)
    assert [f.known for f in done.findings] == [False, True, False]
    done = Baseline(known(SHORT, SHORT)).apply(result(PASSED, SHORT, SHORT), Severity.ERROR)
    assert done.verdict is Verdict.COMPLIANT


def test_what_is_gone_is_told_in_order():
    baseline = Baseline(known(NAME, SHORT))
    baseline.apply(result(PASSED), Severity.ERROR)
    assert list(baseline.notices()) == gone(SHORT, NAME)


def test_what_could_not_be_judged_is_not_gone():
    unseen, not_checked = Baseline(known(SHORT)), Baseline(known(SHORT, NAME))
    assert unseen.apply(result(UNSEEN), Severity.ERROR).verdict is Verdict.INCOMPLETE
    not_checked.apply(result(PASSED, replace(SHORT, outcome=Outcome.NOT_CHECKED)), Severity.ERROR)
    assert list(unseen.notices()) == []
    assert list(not_checked.notices()) == gone(NAME)


def test_a_violation_of_a_rule_that_is_left_out_is_not_fixed():
    baseline = Baseline(known(SHORT, NAME), left_out=["key.rsa-min"])
    baseline.apply(result(PASSED), Severity.ERROR)
    assert list(baseline.notices()) == gone(NAME)


def test_what_is_waived_or_below_the_threshold_is_not_gone():
    baseline = Baseline(known(SHORT, NAME))
    waiver = Waiver(rule="key.*", target="*", reason="x", owner="x", expires=NOON.date())
    baseline.apply(result(PASSED, replace(SHORT, waiver=waiver), replace(NAME, severity=Severity.INFO)), Severity.ERROR)
    assert list(baseline.notices()) == []


def test_a_baseline_is_written_of_violations_alone():
    waiver = Waiver(rule="key.*", target="*", reason="x", owner="x", expires=NOON.date())
    findings = [
        PASSED,
        UNSEEN,
        replace(SHORT, waiver=waiver),
        replace(SHORT, known=True),
        NAME,
        replace(NAME, severity=Severity.WARNING, key="_b"),
        replace(NAME, outcome=Outcome.CRASHED),
        EXPIRED,
    ]
    assert list(violations(result(*findings), Severity.ERROR)) == known(SHORT, NAME)


def test_an_expired_waiver_is_never_known():
    done = Baseline(known(SHORT, EXPIRED)).apply(result(PASSED, SHORT, EXPIRED), Severity.ERROR)
    assert done.verdict is Verdict.VIOLATED
    assert done.findings[-1] == EXPIRED


def test_an_entry_has_the_fingerprint_of_its_finding():
    assert Known.of(ID, NAME).fingerprint == result(NAME).fingerprint(NAME)


def test_what_is_known_is_known_at_whichever_address_it_is_found():
    known = list(violations(judged(at(A, OLD, MIDDLE)), Severity.ERROR))
    for others in ([at(B, GOOD, MIDDLE)], [at(B, OLD, MIDDLE)], []):
        baseline = Baseline(known)
        assert baseline.apply(judged(at(A, OLD, MIDDLE), *others), Severity.ERROR).verdict is Verdict.COMPLIANT
        assert list(baseline.notices()) == []


def test_what_is_known_at_one_address_is_new_at_another():
    known = list(violations(judged(at(A, GOOD, MIDDLE), at(B, OLD, MIDDLE)), Severity.ERROR))
    assert [entry.vantage for entry in known] == [B]
    same = Baseline(known).apply(judged(at(A, GOOD, MIDDLE), at(B, OLD, MIDDLE)), Severity.ERROR)
    other = Baseline(known).apply(judged(at(A, OLD, MIDDLE), at(B, GOOD, MIDDLE)), Severity.ERROR)
    assert (same.verdict, other.verdict) == (Verdict.COMPLIANT, Verdict.VIOLATED)
