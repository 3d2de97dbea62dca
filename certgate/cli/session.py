"""Runs scan and check in this process: signals, memory, exit code."""

import gc
from collections.abc import Callable
from functools import partial

from certgate.cli import signals
from certgate.gate.session import RunOptions, run_session
from certgate.model.listener import Listener
from certgate.model.verdict import TargetResult, Verdict, exit_code
from certgate.reports.complaint import complain
from certgate.reports.destinations import Destinations
from certgate.sources.interface import Declared
from certgate.system.stop import Stop

__all__ = ["run_here"]

_ALLOCATIONS = 50_000
"""Objects between two garbage collections: a run keeps many, and leaves few in cycles."""


def run_here(options: RunOptions, declaring: Callable[[Destinations], Declared]) -> int:
    """The exit code of the run. Raises UsageError."""
    stop = Stop()
    summary = run_session(options, declaring, listeners=[_Noting()], begins=partial(_begin, stop), stop=stop)
    for fault in summary.faults:
        complain(fault)
    return exit_code(summary.verdict)


def _begin(stop: Stop) -> None:
    signals.end_in_order(stop)
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)
    gc.enable()


class _Noting(Listener):
    """Records that there is a violation, for the exit code of a run that is ended at once."""

    name = "the exit code"

    def add(self, result: TargetResult) -> None:
        if result.verdict is Verdict.VIOLATED:
            signals.note_violation()
