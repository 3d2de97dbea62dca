"""What a run counts as its targets pass, and the verdict that follows."""

from dataclasses import replace
from datetime import date

import pytest

from certgate.judge.run_counters import RunCounters
from certgate.lab.pki import CLOCK
from certgate.model.bug import bug
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import Failure, FailureKind, Observation, Phase
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.target import Endpoint, Target
from certgate.model.verdict import TargetResult, Verdict
from certgate.model.waiver import Waiver

TARGET = Target(id="a.example:443", ordinal=0, source=Endpoint("a.example", 443, "a.example"))
FAILED = Finding(rule="key.rsa-min", subject="leaf", outcome=Outcome.FAIL, severity=Severity.ERROR)
WARNED = replace(FAILED, severity=Severity.WARNING)
UNKNOWN = replace(FAILED, outcome=Outcome.NOT_CHECKED)
WAIVER = Waiver(rule="key.rsa-min", target="*", reason="old", owner="ops", expires=date(2027, 1, 1))
PASSED = replace(FAILED, outcome=Outcome.PASS)


def result(verdict, *findings):
    return TargetResult(
        target=TARGET,
        verdict=verdict,
        findings=findings,
        policy="test",
        stores=(),
        certificates=(),
        clock=CLOCK,
        observations=(),
    )


def counted(*results, missing=0, **more):
    counters = RunCounters(Severity.ERROR)
    for one in results:
        counters.add(one)
    return counters.summary(counters.account(len(results) + missing), **more)


def test_each_finding_counts_once_for_what_it_is():
    waived = replace(FAILED, waiver=WAIVER)
    known = replace(FAILED, known=True)
    summary = counted(result(Verdict.VIOLATED, FAILED, FAILED, WARNED, UNKNOWN, PASSED, waived, known))

    assert (summary.violations, summary.warnings, summary.not_checked) == (2, 1, 1)
    assert (summary.waived, summary.known) == (1, 1)
    assert (summary.failures[Severity.ERROR], summary.failures[Severity.WARNING]) == (2, 1)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([Verdict.COMPLIANT, Verdict.COMPLIANT], Verdict.COMPLIANT),
        ([Verdict.COMPLIANT, Verdict.INCOMPLETE], Verdict.INCOMPLETE),
        ([Verdict.INCOMPLETE, Verdict.VIOLATED, Verdict.COMPLIANT], Verdict.VIOLATED),
        ([], Verdict.INCOMPLETE),
    ],
)
def test_the_worst_target_decides_and_no_target_is_no_pass(verdicts, expected):
    assert counted(*map(result, verdicts)).verdict is expected


@pytest.mark.parametrize("more", [{"interrupted": True}, {"missing": 1}, {"faults": ("a report failed",)}])
def test_a_run_that_is_not_whole_is_never_compliant(more):
    assert counted(result(Verdict.COMPLIANT), **more).verdict is Verdict.INCOMPLETE
    assert counted(result(Verdict.VIOLATED), **more).verdict is Verdict.VIOLATED


def test_excused_targets_are_counted_among_the_compliant_ones():
    excused = replace(result(Verdict.COMPLIANT, PASSED), is_excused=True)
    summary = counted(excused, result(Verdict.COMPLIANT, PASSED), result(Verdict.VIOLATED, FAILED))
    assert (summary.targets[Verdict.COMPLIANT], summary.excused) == (2, 1)


@pytest.mark.parametrize("kind", list(FailureKind))
def test_a_target_that_certgate_itself_lost_is_unjudged_and_one_that_did_not_answer_is_not(kind):
    failed = Observation(observed_at=CLOCK, failure=Failure(kind, Phase.CONNECT, "why"))
    one = replace(result(Verdict.INCOMPLETE, UNKNOWN), observations=(failed,))
    lost = {FailureKind.INTERNAL, FailureKind.INTERRUPTED, FailureKind.NOT_VISITED, FailureKind.WORKER_LOST}
    lost |= {FailureKind.API_FAILED, FailureKind.FORBIDDEN}  # they hide targets
    summary = counted(one, exit_zero=True)
    assert (summary.unjudged, summary.exit_code) == ((1, 3) if kind in lost else (0, 0))


def test_a_bug_while_a_question_was_asked_is_unjudged():
    answer = ProbeAnswer(what="TLS 1.0", outcome=ProbeOutcome.FAILED, detail=bug(KeyError(), "asking"))
    seen = Observation(observed_at=CLOCK, probes=(answer,))
    summary = counted(replace(result(Verdict.VIOLATED, FAILED), observations=(seen,)), exit_zero=True)
    assert (summary.unjudged, summary.exit_code) == (1, 3)
