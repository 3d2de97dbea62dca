"""What scan and check have in common once their targets are known: reports, the run, the exit code."""

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
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
from certgate.gate import Gate, prepare, run
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.listener import Listener
from certgate.model.observation import Observed
from certgate.model.target import Target
from certgate.model.verdict import TargetResult, Verdict, exit_code
from certgate.observe.evidence.rounds import Completion
from certgate.policy.targets import trust_words
from certgate.reports.console import parse_colour
from certgate.reports.destinations import Destinations
from certgate.reports.output import Reports
from certgate.reports.spec import ReportSpec
from certgate.system.reads import noting

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
    named: Sequence[str] = ()
    """Words of the command's own that may mean a file to be read."""

    @property
    def all_named(self) -> Sequence[str]:
        """All such words."""
        more = (self.lists.ct_logs, self.excusing.baseline, self.trust_matrix)
        return (*self.named, *(self.lists.deny or ()), *filter(None, more))


ObserveAndComplete = Callable[[Iterator[Target], Completion | None], Iterator[Observed]]
"""Observes as `Observe` does, and completes each observation."""


Declare = Callable[[Destinations], tuple[Sequence[Target], Severity, ObserveAndComplete]]
"""Says what is gated and how it is observed. What a folder holds of the destinations is none of it."""


def hold(words: Words, declare: Declare) -> int:
    """Open what is written, declare what is gated, see that neither is the other; then observe, judge, report."""
    colour = parse_colour(words.color)
    specs = [ReportSpec.parse(text) for text in words.report or ()]
    with ExitStack() as stack:
        destinations = stack.enter_context(Destinations())
        reports = Reports(
            specs,
            destinations,
            stdout=sys.stdout,
            stderr=sys.stderr,
            verbose=words.verbose,
            quiet=words.quiet,
            suppressed=words.excusing.sarif_suppressed,
            colour=colour,
        )
        stack.enter_context(reports)
        listeners = [
            *saver(words.save, destinations),
            *reports.listeners,
            *words.excusing.recorder(destinations),
            _Noting(),
        ]
        with noting() as read:
            try:
                gate, observe = _planned(words, declare, destinations)
            except BaseException:
                destinations.give_up(read, words.all_named)
                raise
        destinations.refuse(read)
        destinations.claim()
        completion = words.fetching.completion(gate.missing) if gate.fetches else None
        if sys.stderr.isatty() and not words.quiet:
            listeners = [*with_progress(listeners, sys.stderr, len(gate.targets))]

        signals.end_in_order()
        gc.freeze()
        gc.set_threshold(_ALLOCATIONS)
        gc.enable()
        summary = run(gate, lambda source: observe(source, completion), listeners, stop=signals.STOP)
    for fault in summary.faults:
        complain(fault)
    return exit_code(summary.verdict)


class _Noting(Listener):
    """Notes that something is violated, for the exit code of a run that is ended at once."""

    name = "the exit code"

    def add(self, result: TargetResult) -> None:
        if result.verdict is Verdict.VIOLATED:
            signals.note_violation()


def _planned(words: Words, declare: Declare, destinations: Destinations) -> tuple[Gate, ObserveAndComplete]:
    """The plan of the run, for which everything is read but the targets themselves. Raises UsageError."""
    targets, fail_on, observe = declare(destinations)
    at = parse_time(words.at)
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
        settings=words.lists.settings(),
        matrix=_matrix(words.trust_matrix),
    )
    if not gate.fetches:
        words.fetching.refuse_idle()
    return gate, observe


def _matrix(said: str | None) -> tuple[str, ...]:
    words = [] if said is None else said.split(",")
    if not all(words):
        raise UsageError(f'--trust-matrix "{said}" has a store without a name; write mozilla,system,app.pem')
    return trust_words(words, Path())
