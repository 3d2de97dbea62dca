"""What scan and check have in common once their targets are known: reports, the run, the exit code."""

import gc
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from certgate.cli import signals
from certgate.cli.complaint import complain
from certgate.cli.excusing import Excusing
from certgate.cli.fetching import Fetching
from certgate.cli.lists import Lists
from certgate.cli.options import parse_time
from certgate.cli.progress import with_progress
from certgate.cli.saving import saver
from certgate.gate import Emit, prepare, run
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.listener import Listener
from certgate.model.target import Target
from certgate.model.verdict import TargetResult, Verdict, exit_code
from certgate.policy.targets import trust_words
from certgate.reports.console import parse_colour
from certgate.reports.output import Reports
from certgate.reports.spec import ReportSpec
from certgate.trust.evidence_request import Complete

__all__ = ["ObserveAndComplete", "Words", "hold"]


_ALLOCATIONS = 50_000
"""Objects between two collections: a run leaves next to none in cycles, and keeps many."""


@dataclass(frozen=True)
class Words:
    """What the command line says of the run."""

    at: str | None
    select: Sequence[str] | None
    ignore: Sequence[str] | None
    report: Sequence[str] | None
    save: str | None
    verbose: bool
    color: str
    fetching: Fetching
    lists: Lists
    excusing: Excusing
    quiet: bool = False
    trust_matrix: str | None = None


ObserveAndComplete = Callable[[Iterable[Target], Emit, Complete | None], bool]
"""Observes as `Observe` does, and completes each observation."""


def hold(words: Words, declare: Callable[[], tuple[Sequence[Target], Severity, ObserveAndComplete]]) -> int:
    """Open the reports, so that none of an earlier run stays; then declare, observe, judge, report."""
    colour = parse_colour(words.color)
    specs = [ReportSpec.parse(text) for text in words.report or ()]
    with ExitStack() as stack:
        reports = stack.enter_context(
            Reports(
                specs,
                stdout=sys.stdout,
                stderr=sys.stderr,
                verbose=words.verbose,
                quiet=words.quiet,
                suppressed=words.excusing.sarif_suppressed,
                colour=colour,
            )
        )
        at = parse_time(words.at)
        targets, fail_on, observe = declare()
        gate = prepare(
            targets,
            fail_on=fail_on,
            at=at,
            select=words.select or (),
            ignore=words.ignore or (),
            waivers=not words.excusing.no_waivers,
            baseline=words.excusing.known(),
            nonce=words.fetching.nonce(),
            aia=words.fetching.aia,
            given=words.lists.given(),
            matrix=_matrix(words.trust_matrix),
        )
        if not gate.fetches:
            words.fetching.refuse_idle()
        complete = words.fetching.completer(gate.missing) if gate.fetches else None
        listeners = [
            *stack.enter_context(saver(words.save)),
            *reports.listeners,
            *stack.enter_context(words.excusing.recorder()),
            _Noting(),
        ]
        if sys.stderr.isatty() and not words.quiet:
            listeners = [*with_progress(listeners, sys.stderr, len(targets))]

        def completing(source: Iterable[Target], emit: Emit) -> bool:
            return observe(source, emit, complete)

        signals.end_in_order()
        gc.freeze()
        gc.set_threshold(_ALLOCATIONS)
        gc.enable()
        summary = run(gate, completing, listeners)
    for fault in summary.faults:
        complain(fault)
    return exit_code(summary.verdict)


class _Noting(Listener):
    """Notes that something is violated, for the exit code of a run that is ended at once."""

    name = "the exit code"

    def add(self, result: TargetResult) -> None:
        if result.verdict is Verdict.VIOLATED:
            signals.note_violation()


def _matrix(said: str | None) -> tuple[str, ...]:
    words = [] if said is None else said.split(",")
    if not all(words):
        raise UsageError(f'--trust-matrix "{said}" has a store without a name; write mozilla,system,app.pem')
    return trust_words(words, Path())
