"""What fails in a run costs its target or its report alone, and makes the run incomplete."""

from dataclasses import replace

import pytest

from certgate.gate import prepare
from certgate.gate.forecasting import forecast
from certgate.gate.judges import Judges
from certgate.judge.exceptions import Exceptions
from certgate.lab.pki import CLOCK, issue
from certgate.model.errors import CertgateError
from certgate.model.listener import Listener
from certgate.model.observation import Failure, FailureKind, Phase
from certgate.model.verdict import Verdict
from tests.gate.world import run_gate, see, seen, several

BUG = "please report it, run again with --traceback to see where"


def test_a_bug_in_what_observes_costs_what_was_not_observed_and_the_reports_are_written(target):
    def breaks(targets):
        first = next(targets)
        yield seen(first)
        next(targets)
        raise KeyError("secret")

    summary, heard = run_gate(several(target, 4), breaks)
    assert [r.verdict for r in heard.results] == [Verdict.COMPLIANT, *[Verdict.INCOMPLETE] * 3]
    assert summary.faults == (f"a bug in certgate: KeyError in the engine; {BUG}",)
    assert heard.summary is summary


class Panic(BaseException):
    """What a library in Rust raises when it panics derives from BaseException."""


def crash_for(ordinal, error, function):
    def crash(self, one, *arguments):
        if one.target.ordinal == ordinal:
            raise error
        return function(self, one, *arguments)

    return crash


@pytest.mark.parametrize("error", [KeyError("secret"), Panic("secret"), RecursionError(), MemoryError()])
@pytest.mark.parametrize(
    ("owner", "method", "step"),
    [(Judges, "judge", "judging"), (Exceptions, "apply", "waivers and the baseline")],
)
def test_what_nobody_foresaw_costs_its_target_alone(target, monkeypatch, caplog, error, owner, method, step):
    monkeypatch.setattr(owner, method, crash_for(1, error, getattr(owner, method)))
    summary, heard = run_gate(several(target, 3))
    assert [r.verdict for r in heard.results] == [Verdict.COMPLIANT, Verdict.INCOMPLETE, Verdict.COMPLIANT]
    (finding,) = heard.results[1].findings
    assert finding.message == f"internal: a bug in certgate: {type(error).__name__} in {step}; {BUG}"
    failure = heard.results[1].observations[0].failure
    assert (failure.kind, failure.phase) == (FailureKind.INTERNAL, Phase.JUDGE)
    assert (summary.verdict, summary.not_checked) == (Verdict.INCOMPLETE, 1)
    assert not caplog.records


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_who_wants_the_process_to_end_is_heard(target, monkeypatch, error):
    monkeypatch.setattr(Judges, "judge", crash_for(0, error, Judges.judge))
    with pytest.raises(type(error)):
        run_gate([target])


def test_the_finding_of_what_was_not_judged_is_that_of_what_was_not_observed(target, monkeypatch):
    away = Failure(FailureKind.REFUSED, Phase.CONNECT, "refused")
    unseen = prepare([target]).judges.judge(seen(target, presented=(), failure=away))
    monkeypatch.setattr(Judges, "judge", crash_for(0, KeyError(), Judges.judge))
    unjudged = run_gate([target])[1].results[0]
    (one,), (other,) = unseen.findings, unjudged.findings
    assert replace(one, message="") == replace(other, message="")
    assert unseen.fingerprint(one) == unjudged.fingerprint(other)
    assert (unseen.policy, unseen.stores, unseen.clock) == (unjudged.policy, unjudged.stores, unjudged.clock)


class Failing(Listener):
    """Fails at one step, and notes what else it hears."""

    name = "the junit report"

    def __init__(self, step, error):
        self.step, self.error = step, error
        self.heard = []

    def note(self, step):
        self.heard.append(step)
        if step == self.step:
            raise self.error

    def begin(self, header):
        self.note("begin")

    def observed(self, observed):
        self.note("observed")

    def add(self, result):
        self.note("add")

    def end(self, summary):
        self.note("end")

    def abort(self):
        self.heard.append("abort")


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (TypeError("secret"), f"a bug in certgate: TypeError in the junit report; {BUG}"),
        (Panic(), f"a bug in certgate: Panic in the junit report; {BUG}"),
        (CertgateError("no room for it"), "no room for it"),
        (OSError(28, "No space left on device"), "the junit report could not be written: No space left on device"),
    ],
)
@pytest.mark.parametrize("step", ["begin", "observed", "add", "end"])
def test_a_listener_that_fails_costs_no_other_and_makes_the_run_incomplete(target, step, error, fault):
    failing = Failing(step, error)
    summary, heard = run_gate(several(target, 2), listeners=[failing])
    assert failing.heard[-2:] == [step, "abort"]
    assert [r.verdict for r in heard.results] == [Verdict.COMPLIANT] * 2
    assert len(heard.seen) == 2
    assert (summary.verdict, summary.faults) == (Verdict.INCOMPLETE, (fault,))
    assert heard.summary.faults == (() if step == "end" else (fault,))


def test_a_listener_that_fails_hides_no_violation(target):
    stranger = issue("b.example", sans=["b.example"])

    def observe(targets):
        return (seen(one, presented=(stranger.der,)) for one in targets)

    for step in ("add", "end"):
        assert run_gate([target], observe, listeners=[Failing(step, TypeError())])[0].verdict is Verdict.VIOLATED


def test_a_forecast_goes_on_where_one_target_fails(target, monkeypatch):
    monkeypatch.setattr(Judges, "judge", crash_for(1, KeyError("secret"), Judges.judge))
    targets = several(target, 3)
    outlook = forecast(prepare(targets), targets, see, start=CLOCK, end=CLOCK.replace(year=2028))
    assert [tuple(unseen) for unseen in outlook.unseen] == [
        ("1.example:443", f"internal: a bug in certgate: KeyError in forecasting; {BUG}")
    ]
    assert (outlook.targets, outlook.missing) == (3, 0)
    assert {target for _, targets in outlook.events() for target in targets} == {"0.example:443", "2.example:443"}
