"""Runs scan and check in this process: signals, memory, exit code."""

from collections.abc import Callable
from functools import partial

from certgate.cli import signals
from certgate.gate.clock_option import parse_duration
from certgate.gate.session import RunOptions, run_session
from certgate.model.listener import Listener
from certgate.model.verdict import TargetResult, Verdict
from certgate.reports.complaint import complain
from certgate.reports.destinations import Destinations
from certgate.sources.interface import Declared
from certgate.system.garbage import collect_from_here
from certgate.system.stop import Stop

__all__ = ["run_here"]


def run_here(options: RunOptions, declaring: Callable[[Destinations], Declared]) -> int:
    """Run the gate in this process; returns the exit code. Raises UsageError."""
    limit = options.max_time
    stop = Stop(seconds=parse_duration("--max-time", limit) if limit else None)
    listeners = [] if options.exit_zero else [_Noting()]
    summary = run_session(options, declaring, listeners=listeners, begins=partial(_begin, stop), stop=stop)
    for fault in summary.faults:
        complain(fault)
    return summary.exit_code


def _begin(stop: Stop) -> None:
    signals.end_in_order(stop)
    collect_from_here()


class _Noting(Listener):
    """Records the first violation, for the exit code if the run is ended at once."""

    name = "the exit code"

    def add(self, result: TargetResult) -> None:
        if result.verdict is Verdict.VIOLATED:
            signals.note_violation()
