"""Runs a plan: every target is observed, checked and handed on."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from certgate.gate.engine.inline import Inline
from certgate.gate.engine.interface import Engine
from certgate.gate.ledger import Ledger
from certgate.gate.listeners import Listeners
from certgate.gate.planning import Gate
from certgate.gate.work import Judging, Observe, excused
from certgate.judge.exceptions import Exceptions
from certgate.judge.hints import RunHints
from certgate.judge.run_counters import RunCounters
from certgate.judge.unreachable import UnreachableTargets
from certgate.model.listener import Listener
from certgate.model.target import Target
from certgate.model.verdict import NoEndpoint, RunSummary, TargetResult, Verdict
from certgate.system.stop import Stop

if TYPE_CHECKING:
    from certgate.gate.history.changes import Changes

__all__ = ["run"]

_INLINE = Inline()


def run(
    gate: Gate,
    targets: Iterable[Target],
    observe: Observe,
    listeners: Iterable[Listener],
    *,
    stop: Stop | None = None,
    engine: Engine = _INLINE,
    changes: "Changes | None" = None,
    is_part: bool = False,
) -> RunSummary:
    """Observe, judge and hand on every target in the order of declaration; returns the summary of the run.

    An incomplete run is never compliant; nothing more is observed or judged once `stop` is wanted. The summary is that
    of the listeners, plus the faults of listeners at the end of the run. `changes` compares with the last run.
    `is_part` means that waivers and the baseline may also be for other targets.
    """
    stop = stop or Stop()
    listening = Listeners(listeners)
    listening.begin(gate.header)
    counters = RunCounters(gate.header.fail_on, may_be_empty=not gate.targets)
    judges = gate.judges
    baseline = judges.spec.baseline
    known = baseline.entries if baseline else ()
    unreachable = UnreachableTargets(baseline.unreachable if baseline else (), judges.spec.accepted_until)
    exceptions = Exceptions(
        gate.waivers, known, unreachable, fail_on=gate.header.fail_on, left_out=gate.header.left_out
    )
    hints = RunHints(at=judges.spec.at, resolve=judges.spec.resolve)
    ledger = Ledger[TargetResult | NoEndpoint](gate.targets)
    work = Judging(judges, stop, observe)
    for judged in engine.run(work, map(judges.decided, targets), ledger, listening.observed):
        if isinstance(judged, NoEndpoint):
            counters.add_no_endpoint(judged)
            continue
        result = excused(judges, exceptions, judged)
        counters.add(result)
        hints.add(result)
        if changes:
            changes.add(result)
        listening.add(result)
    compared = changes.faults if changes else ()
    left_out = gate.header.left_out_targets
    account = counters.account(ledger.expected + left_out, left_out)
    if account.missing != ledger.missing:
        ledger.note(f"a bug in certgate: {ledger.missing} targets lack a result, but {account.missing} are not counted")
    faults = (*listening.faults, *ledger.faults, *compared)
    summary = counters.summary(
        account,
        exit_zero=gate.header.exit_zero,
        interrupted=stop.wanted,
        missing_ids=ledger.missing_ids,
        faults=faults,
        notices=exceptions.notices(is_part=is_part or stop.wanted or bool(counters.not_visited or ledger.missing)),
    )
    summary = replace(summary, hints=hints.found, difference=changes.found(summary) if changes else None)
    listening.end(summary)
    late = (*listening.faults, *ledger.faults, *compared)
    if late == faults:
        return summary
    verdict = Verdict.INCOMPLETE if summary.verdict is Verdict.COMPLIANT else summary.verdict
    return replace(summary, verdict=verdict, faults=late)
