"""A baseline knows targets that do not answer: they stay incomplete, and count unless that is accepted for a time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from certgate.judge.exceptions import Exceptions
from certgate.judge.judge import Judge
from certgate.judge.run_counters import RunCounters
from certgate.judge.unreachable import UnreachableTargets
from certgate.lab.pki import CLOCK, issue
from certgate.model.baseline import KnownUnreachable
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.target import Endpoint, Target
from certgate.model.verdict import TargetResult, Verdict
from tests.judge.addresses import POLICY, STORE

DOWN = Failure(FailureKind.REFUSED, Phase.CONNECT, "nothing listens there")
LEAF = issue("a.example", sans=["a.example"])
TARGET = Target(id="a.example:443", ordinal=0, source=Endpoint("a.example", 443, "a.example"))
KNOWN = KnownUnreachable(target="a.example:443", failure="refused")
TODAY = CLOCK.date()
UP = Finding(rule="key.rsa-min", subject="leaf", outcome=Outcome.PASS, severity=Severity.ERROR)


def judged(*observations, clock=CLOCK):
    return Judge(POLICY, STORE).judge(Observed(TARGET, observations), clock)


def seen(failure=DOWN, **facts):
    return Observation(observed_at=CLOCK, failure=failure, **facts)


def applied(result, until=None, known=(KNOWN,)):
    exceptions = Exceptions((), (), UnreachableTargets(known, until), fail_on=Severity.ERROR)
    return exceptions.apply(result, ()), exceptions.notices()


def verdict(*results):
    counters = RunCounters(Severity.ERROR)
    for one in results:
        counters.add(one)
    return counters.summary(counters.account(len(results)))


COMPLIANT = replace(judged(seen()), verdict=Verdict.COMPLIANT, findings=(UP,), is_unreachable=False)


def test_a_known_target_without_an_answer_is_marked_and_counts():
    result, notices = applied(judged(seen()))
    assert (result.verdict, result.is_known, result.is_accepted) == (Verdict.INCOMPLETE, True, False)
    assert [(f.rule, f.known, f.excused, f.not_checked) for f in result.wrong] == [
        ("target.observed", True, False, True)
    ]
    assert notices == ()
    summary = verdict(COMPLIANT, result)
    assert (summary.verdict, summary.known_unreachable, summary.accepted_unreachable) == (Verdict.INCOMPLETE, 1, 0)
    assert (summary.not_checked, summary.known) == (1, 0)


def test_an_accepted_one_stays_incomplete_and_does_not_count():
    result, _ = applied(judged(seen()), TODAY + timedelta(days=90))
    assert (result.verdict, result.is_accepted) == (Verdict.INCOMPLETE, True)
    summary = verdict(COMPLIANT, result)
    assert (summary.verdict, summary.known_unreachable, summary.accepted_unreachable) == (Verdict.COMPLIANT, 1, 1)
    assert (summary.not_checked, summary.known) == (0, 1)


def test_a_new_one_counts_whatever_is_accepted():
    result, _ = applied(judged(seen()), date(2030, 1, 1), known=())
    assert not result.is_known
    assert verdict(COMPLIANT, result).verdict is Verdict.INCOMPLETE


def test_a_run_in_which_nothing_answers_is_never_compliant():
    result, _ = applied(judged(seen()), date(2030, 1, 1))
    assert verdict(result).verdict is Verdict.INCOMPLETE


@pytest.mark.parametrize(("days", "accepted"), [(-1, False), (0, True), (1, True)])
def test_the_acceptance_holds_to_the_end_of_its_day_by_the_clock_of_the_result(days, accepted):
    last_second = datetime.combine(TODAY, datetime.max.time(), UTC)
    result, _ = applied(replace(judged(seen()), clock=last_second), TODAY + timedelta(days=days))
    assert (result.is_known, result.is_accepted) == (True, accepted)


TRANSPORT = [
    Failure(FailureKind.NAME_NOT_RESOLVED, Phase.RESOLVE, "no such name"),
    Failure(FailureKind.TIMED_OUT, Phase.RESOLVE, "the resolver was silent"),
    DOWN,
    Failure(FailureKind.UNREACHABLE, Phase.CONNECT, "no route"),
    Failure(FailureKind.RESET, Phase.CONNECT, "reset"),
    Failure(FailureKind.TIMED_OUT, Phase.HANDSHAKE, "accepted, then silent"),
    Failure(FailureKind.PROXY_FAILED, Phase.PROXY, "the proxy does not reach it"),
    Failure(FailureKind.GREETING_MISSING, Phase.PRELUDE, "no greeting"),
]


@pytest.mark.parametrize("failure", TRANSPORT, ids=lambda one: f"{one.kind}-{one.phase}")
def test_a_connection_that_fails_is_no_answer(failure):
    result, _ = applied(judged(seen(failure)), date(2030, 1, 1))
    assert result.is_accepted


@pytest.mark.parametrize("kind", sorted(set(FailureKind) - {one.kind for one in TRANSPORT}))
def test_any_other_failure_is_new_whatever_is_known_and_accepted(kind):
    result, notices = applied(judged(seen(Failure(kind, Phase.CONNECT, "something else"))), date(2030, 1, 1))
    assert (result.is_known, result.is_accepted, result.verdict) == (False, False, Verdict.INCOMPLETE)
    assert notices == ()


@pytest.mark.parametrize("phase", [Phase.PROXY, Phase.PRELUDE, Phase.HANDSHAKE])
def test_a_peer_that_resets_the_connection_answers(phase):
    result, _ = applied(judged(seen(Failure(FailureKind.RESET, phase, "reset"))), date(2030, 1, 1))
    assert not result.is_known


@pytest.mark.parametrize("chain", [(LEAF.der,), (b"no certificate",)])
def test_a_chain_that_was_shown_before_the_failure_is_never_excused(chain):
    result, _ = applied(judged(seen(presented=chain)), date(2030, 1, 1))
    assert not result.is_known
    assert verdict(COMPLIANT, result).verdict is not Verdict.COMPLIANT


def test_one_address_that_answers_is_an_answer():
    up = Observation(observed_at=CLOCK, presented=(LEAF.der,))
    result, notices = applied(judged(seen(), up), date(2030, 1, 1))
    assert not result.is_known
    assert [n.message for n in notices] == ["a.example:443 answers again; the baseline lists it as refused"]


def test_a_crash_beside_the_missing_answer_counts():
    crashed = Finding(rule="mine.rule", subject="target", outcome=Outcome.CRASHED, severity=Severity.ERROR)
    before = judged(seen())
    result, _ = applied(replace(before, findings=(*before.findings, crashed)), date(2030, 1, 1))
    assert (result.is_known, result.is_accepted) == (True, False)
    assert verdict(COMPLIANT, result).verdict is Verdict.INCOMPLETE


def test_other_answers_that_are_missing_because_nothing_was_seen_are_accepted_with_it():
    missing = Finding(rule="tls.group", subject="target", outcome=Outcome.NOT_CHECKED, severity=Severity.ERROR)
    optional = replace(missing, rule="tls.alpn", required=False)
    failed = replace(missing, rule="mine.rule", outcome=Outcome.FAIL, severity=Severity.WARNING)
    before = judged(seen())
    given = replace(before, findings=(*before.findings, missing, optional, failed))
    result, _ = applied(given, date(2030, 1, 1))
    assert (result.is_accepted, result.verdict) == (True, Verdict.INCOMPLETE)
    assert {f.rule: f.known for f in result.wrong} == {
        "target.observed": True,
        "tls.group": True,
        "tls.alpn": False,
        "mine.rule": False,
    }


def test_a_result_that_was_not_judged_is_not_known():
    result, _ = applied(replace(judged(seen()), is_unreachable=False), date(2030, 1, 1))
    assert not result.is_known


def test_one_that_answers_again_is_told():
    again = judged(Observation(observed_at=CLOCK, presented=(LEAF.der,)))
    result, notices = applied(again)
    assert result == again
    assert [(n.rule, n.message) for n in notices] == [
        ("baseline.gone", "a.example:443 answers again; the baseline lists it as refused")
    ]


def test_one_that_is_no_target_any_more_is_told_except_by_a_run_over_a_part():
    known = UnreachableTargets([KNOWN])
    assert [n.message for n in known.notices()] == [
        "a.example:443, which the baseline lists as refused, matches no target of this run"
    ]
    assert list(known.notices(unmatched=False)) == []


@pytest.mark.parametrize(
    ("days", "when"),
    [
        (31, None),
        (30, "ends in 30 days, on {}"),
        (1, "ends in 1 day, on {}"),
        (0, "ends today"),
        (-1, "ended on {}"),
    ],
)
def test_the_end_of_the_acceptance_is_announced_and_its_being_over_is_told(days, when):
    until = TODAY + timedelta(days=days)
    _, notices = applied(judged(seen()), until)
    expected = [f"1 known target without an answer: the acceptance {when.format(until)}"] if when else []
    assert [n.message for n in notices] == expected
    assert {n.rule for n in notices} <= {"baseline.expiring"}


def test_the_end_is_not_announced_for_nothing():
    _, notices = applied(COMPLIANT, TODAY, known=())
    assert notices == ()


def test_an_entry_has_the_fingerprint_of_the_finding_that_it_is_about():
    result: TargetResult = judged(seen())
    (finding,) = result.wrong
    assert KnownUnreachable.of(result) == KNOWN
    assert KNOWN.fingerprint == result.fingerprint(finding)
