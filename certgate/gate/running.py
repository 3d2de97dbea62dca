"""Runs a plan: every target observed, judged and handed on, and the verdict; or judged by the clocks to come."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from certgate.gate.planned import Gate
from certgate.judge.exceptions import Exceptions
from certgate.judge.outlook import Outlook
from certgate.judge.tally import Tally
from certgate.judge.waivers import waive
from certgate.model.observation import Failure, FailureKind, Observation, Phase
from certgate.model.target import Target
from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.observe.clock import utc_now
from certgate.observe.saved import SavedObservations

__all__ = ["Emit", "Listener", "Observe", "forecast", "run"]

Emit = Callable[[Target, Observation], None]
Observe = Callable[[Iterable[Target], Emit], bool]
"""Observes targets, hands each observation on, and says whether it was interrupted."""


class Listener(Protocol):
    """What hears of a run: the reports."""

    def begin(self, header: RunHeader) -> None:
        """Before the first target."""

    def add(self, result: TargetResult) -> None:
        """Each target's result, in the order of declaration."""

    def end(self, summary: RunSummary) -> None:
        """After the last target."""


def run(gate: Gate, observe: Observe, listener: Listener, save: SavedObservations | None = None) -> RunSummary:
    """Observe, judge and hand on every target in the order of declaration; the verdict of the run."""
    listener.begin(gate.header)
    if save is not None:
        save.begin(gate.header)
    fail_on = gate.header.fail_on
    tally = Tally(fail_on)
    declared = dict.fromkeys(waiver for target in gate.targets for waiver in gate.waivers_of(target))
    exceptions = Exceptions(declared, gate.baseline, fail_on=fail_on, left_out=gate.header.left_out)
    waiting: dict[int, TargetResult] = {}
    expected = 0

    def emit(target: Target, observation: Observation) -> None:
        nonlocal expected
        if save is not None:
            save.observed(target, observation)
        waiting[target.ordinal] = exceptions.apply(gate.judge(target, observation), gate.waivers_of(target))
        while (result := waiting.pop(expected, None)) is not None:
            tally.add(result)
            listener.add(result)
            expected += 1

    source = iter(gate.targets)
    interrupted = observe(source, emit)
    for target in source:
        emit(target, _not_begun(target))
    summary = tally.summary(interrupted=interrupted, notices=exceptions.notices())
    if save is not None:
        save.end(summary)
    listener.end(summary)
    return summary


def forecast(gate: Gate, observe: Observe, *, start: datetime, end: datetime) -> Outlook:
    """Observe every target once, and judge what was seen by the clocks from `start` to `end`."""
    outlook = Outlook(start, end)
    fail_on = gate.header.fail_on

    def emit(target: Target, observation: Observation) -> None:
        def judged(at: datetime) -> TargetResult:
            return waive(gate.judge(target, observation, at), gate.waivers_of(target), fail_on)[0]

        outlook.add(target, observation, judged, gate.judges[target.id].policy, fail_on)

    source = iter(gate.targets)
    outlook.interrupted = observe(source, emit)
    for target in source:
        emit(target, _not_begun(target))
    return outlook


def _not_begun(target: Target) -> Observation:
    failure = Failure(FailureKind.INTERRUPTED, Phase.RESOLVE, "the run was interrupted before this target was observed")
    return Observation(target.id, utc_now(), failure=failure)
