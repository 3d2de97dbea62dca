"""Runs a plan: every target observed, judged and handed on, and the verdict; or judged by the clocks to come."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from certgate.gate.fence import excused, foreseen, judged
from certgate.gate.ledger import Ledger
from certgate.gate.listeners import Listeners
from certgate.gate.planned import Gate
from certgate.judge.exceptions import Exceptions
from certgate.judge.outlook import Foreseen, Outlook
from certgate.judge.tally import Tally
from certgate.model.listener import Listener
from certgate.model.observation import Failure, FailureKind, Observation, Phase
from certgate.model.target import Target
from certgate.model.verdict import RunSummary, TargetResult, Verdict
from certgate.observe.clock import utc_now

__all__ = ["Emit", "Observe", "forecast", "run"]

Emit = Callable[[Target, Observation], None]
Observe = Callable[[Iterable[Target], Emit], bool]
"""Observes targets, hands each observation on, and says whether it was interrupted."""


def run(gate: Gate, observe: Observe, listeners: Iterable[Listener]) -> RunSummary:
    """Observe, judge and hand on every target in the order of declaration; the verdict of the run.

    A run that is not whole is never compliant. The summary is the one that the listeners hear, and with what goes wrong
    while they hear of the end.
    """
    told = Listeners(listeners)
    told.begin(gate.header)
    tally = Tally(gate.header.fail_on)
    declared = dict.fromkeys(waiver for target in gate.targets for waiver in gate.waivers_of(target))
    exceptions = Exceptions(declared, gate.baseline, fail_on=gate.header.fail_on, left_out=gate.header.left_out)
    ledger = Ledger[TargetResult]()

    def emit(target: Target, observation: Observation) -> None:
        if not ledger.awaits(target):
            return
        told.observed(target, observation)
        result = excused(gate, exceptions, judged(gate, target, observation))
        for settled in ledger.settle(target, result):
            tally.add(settled)
            told.add(settled)

    interrupted = _observe_all(gate, observe, ledger, emit)
    summary = tally.summary(
        interrupted=interrupted,
        missing=ledger.missing,
        missing_ids=ledger.missing_ids,
        faults=(*told.faults, *ledger.faults),
        notices=exceptions.notices(),
    )
    told.end(summary)
    late = tuple(told.faults[len(summary.faults) - len(ledger.faults) :])
    if not late:
        return summary
    verdict = Verdict.INCOMPLETE if summary.verdict is Verdict.COMPLIANT else summary.verdict
    return replace(summary, verdict=verdict, faults=(*summary.faults, *late))


def forecast(gate: Gate, observe: Observe, *, start: datetime, end: datetime) -> Outlook:
    """Observe every target once, and judge what was seen by the clocks from `start` to `end`."""
    outlook = Outlook(start, end)
    ledger = Ledger[Foreseen]()

    def emit(target: Target, observation: Observation) -> None:
        if ledger.awaits(target):
            for settled in ledger.settle(target, foreseen(gate, target, observation, start, end)):
                outlook.add(settled)

    outlook.interrupted = _observe_all(gate, observe, ledger, emit)
    outlook.missing = ledger.missing
    return outlook


def _observe_all(gate: Gate, observe: Observe, ledger: Ledger[Any], emit: Emit) -> bool:
    """Emit an observation of every declared target; whether the run was interrupted."""
    source = ledger.declare(gate.targets)
    interrupted = observe(source, emit)
    failure = Failure(
        FailureKind.INTERNAL, Phase.RESOLVE, "a bug in certgate: this target was lost while observing; please report it"
    )
    if interrupted:
        detail = "the run was interrupted before this target was observed"
        failure = Failure(FailureKind.INTERRUPTED, Phase.RESOLVE, detail)
    for target in _left_over(ledger, source):
        emit(target, Observation(target.id, utc_now(), failure=failure))
    return interrupted


def _left_over(ledger: Ledger[Any], source: Iterator[Target]) -> Iterator[Target]:
    """What was read and has no result, then what was not read."""
    yield from ledger.unsettled
    yield from source
