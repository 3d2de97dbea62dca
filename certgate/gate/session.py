"""A whole run, as a command describes it: outputs, targets, the run, the summary."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from certgate.gate.clock_option import parse_time
from certgate.gate.engine.choice import DaskOptions, engine_for, parse_workers
from certgate.gate.engine.interface import Engine
from certgate.gate.exception_options import ExceptionOptions
from certgate.gate.fetch_options import FetchOptions
from certgate.gate.history.history_options import HistoryOptions
from certgate.gate.journal_options import JournalOptions
from certgate.gate.notifying import NotifyOptions
from certgate.gate.observing import Observing
from certgate.gate.planning import Gate, prepare
from certgate.gate.run_spec import RunSpec
from certgate.gate.running import run
from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.listener import Listener
from certgate.model.shard import WHOLE, Shard
from certgate.model.target import Target
from certgate.model.verdict import RunSummary
from certgate.policy.list_options import ListOptions
from certgate.policy.references import trust_words
from certgate.reports.complaint import complain
from certgate.reports.console import parse_colour
from certgate.reports.destinations import Destinations
from certgate.reports.group_by import parse_group_by
from certgate.reports.metric_labels import metric_labels
from certgate.reports.output import Reports
from certgate.reports.progress import ProgressChoice, with_progress
from certgate.reports.spec import ReportSpec
from certgate.sources.interface import Declared, Observer
from certgate.system.reads import noting
from certgate.system.stop import Stop

if TYPE_CHECKING:
    from certgate.gate.journaling import Journal

__all__ = ["RunOptions", "run_session"]


_MOST_ANNOUNCED = 20
"""Targets whose probes are announced one by one."""


@frozen(kw_only=True)
class RunOptions:
    """The command-line options of the run."""

    at: str | None
    select: Sequence[str] | None
    ignore: Sequence[str] | None
    report: Sequence[str] | None
    save: str | None
    verbose: bool
    quiet: bool
    color: str
    progress: ProgressChoice = "auto"
    fetching: FetchOptions
    lists: ListOptions
    exceptions: ExceptionOptions
    trust_matrix: str | None
    only: Sequence[str] = ()
    metrics_labels: str | None = None
    full: bool = False
    group_by: str | None = None
    max_time: str | None = None
    exit_zero: bool = False
    workers: str = "auto"
    dask: DaskOptions = field(default_factory=DaskOptions)
    history: HistoryOptions = field(default_factory=HistoryOptions)
    notify: NotifyOptions = field(default_factory=NotifyOptions)
    resolve: Sequence[str] = ()
    """The values of --resolve."""
    journal: JournalOptions = field(default_factory=JournalOptions)
    shard: Shard = WHOLE
    """The targets to observe."""
    named: Sequence[str] = ()
    """Arguments of the command that may name a file to read."""

    @property
    def all_named(self) -> Sequence[str]:
        """All arguments and options that may name a file to read."""
        more = (self.lists.ct_logs, self.exceptions.baseline, self.trust_matrix)
        return (*self.named, *(self.lists.deny or ()), *filter(None, more))


def run_session(
    options: RunOptions,
    declaring: Callable[[Destinations], Declared],
    *,
    listeners: Iterable[Listener] = (),
    begins: Callable[[], object],
    stop: Stop,
) -> RunSummary:
    """Open the outputs, declare the targets and check that no file is both; then observe, judge and report.

    `declaring` returns the targets; files in a folder that are destinations are left out. `begins` is called when
    everything except the targets has been read. Raises UsageError, before anything is observed.
    """
    if options.exceptions.write_baseline and (options.only or options.shard != WHOLE):
        advice = "leave out --only" if options.only else "give it to certgate merge"
        raise UsageError(f"--write-baseline needs all targets; {advice}")
    workers = parse_workers(options.workers)
    colour = parse_colour(options.color)
    specs = [ReportSpec.parse(text) for text in options.report or ()]
    with ExitStack() as stack:
        destinations = stack.enter_context(Destinations())
        reports = Reports(
            specs,
            destinations,
            stdout=sys.stdout,
            stderr=sys.stderr,
            verbose=options.verbose,
            quiet=options.quiet,
            full=options.full,
            group_by=parse_group_by(options.group_by, full=options.full),
            suppressed=options.exceptions.sarif_suppressed,
            metrics_labels=metric_labels(options.metrics_labels, specs),
            colour=colour,
        )
        stack.enter_context(reports)
        history = options.history.begun(destinations)
        journal = options.journal.begun(destinations, options.shard)
        stack.enter_context(journal or nullcontext())
        hearing: list[Listener] = [
            *_saver(options.save, destinations),
            *reports.listeners,
            *options.exceptions.recorder(destinations),
            *([stack.enter_context(history).recorder] if history else []),
            *listeners,
        ]
        with noting() as read:
            try:
                notifier = options.notify.notifier(has_history=history is not None)
                stack.enter_context(notifier or nullcontext())
                declared = declaring(destinations)
                gate, observer, engine = _planned(options, declared, reports, journal, workers)
                hearing += reports.open_parts(destinations)
                if journal:
                    observer = _opened(journal, gate, declared, observer, engine)
                    hearing.insert(0, journal.writer)
            except BaseException:
                destinations.give_up(read, options.all_named)
                raise
        destinations.refuse(read)
        hearing += [notifier] if notifier else []
        changes = None
        if history:
            found = history.find(gate.header, (*declared.named, *options.shard.named))
            for problem in found.problems:
                complain(f"--history: {problem}, so it is left out")
            gate = replace(gate, header=replace(gate.header, history=found))
            changes = history.changes(gate.header)
        if options.verbose:
            _announce(gate)
        destinations.claim()
        last = history.last if history else None
        targets = _in(options.shard, declared.source.targets())
        observe = Observing(observer, gate.judges, options.fetching if gate.fetches else None, stop, last)
        hearing = [*with_progress(hearing, sys.stderr, gate.targets, options.progress, quiet=options.quiet)]
        begins()
        summary = run(
            gate,
            targets,
            observe,
            hearing,
            stop=stop,
            engine=engine,
            changes=changes,
            is_part=declared.is_part or options.shard != WHOLE,
        )
        if notifier:
            notifier.send(summary)
        return summary


def _saver(path: str | None, destinations: Destinations) -> Sequence[Listener]:
    """What saves the observations; none without a path. Raises UsageError if the file cannot be written."""
    if path is None:
        return ()
    from certgate.gate.saver import Saver

    return (Saver(destinations.sink(f"--save {path}", path), path),)


def _opened(journal: "Journal", gate: Gate, declared: Declared, observer: Observer, engine: Engine) -> Observer:
    """The observer for a run with the journal, which is opened. Raises UsageError."""
    settled = journal.open(gate, declared)
    return engine.resuming(observer, settled) if settled else observer


def _announce(gate: Gate) -> None:
    """Say how many refusals the operators of the targets are about to see."""
    for target, count in list(gate.client_probes.items())[:_MOST_ANNOUNCED]:
        complain(f"{target}: {count} probes of its client authentication at each address; its monitoring will see them")
    more = len(gate.client_probes) - _MOST_ANNOUNCED
    if more > 0:
        complain(f"{more:,} more targets are probed in this way")


def _planned(
    options: RunOptions, declared: Declared, reports: Reports, journal: "Journal | None", workers: int | None
) -> tuple[Gate, Observer, Engine]:
    """The plan of the run, its observer and its engine: reads everything except the targets. Raises UsageError."""
    options.dask.refuse(workers)
    spec = RunSpec(
        fail_on=declared.fail_on,
        at=parse_time(options.at),
        select=tuple(options.select or ()),
        ignore=tuple(options.ignore or ()),
        waivers=not options.exceptions.no_waivers,
        baseline=options.exceptions.known(),
        accepted_until=_accepted_until(options.exceptions, declared),
        nonce=options.fetching.nonce(),
        aia=options.fetching.aia,
        settings=options.lists.settings(),
        matrix=_matrix(options.trust_matrix),
        resolve=tuple(options.resolve),
    )
    kept = declared.judged_by
    if kept:
        from certgate.gate.judged_by import refuse_other, with_kept

        spec = with_kept(spec, kept)
    targets = declared.source.targets()
    gate = prepare(
        _counted(journal.roll.of(targets) if journal else targets, options.shard, reports),
        spec,
        shard=options.shard,
        may_be_empty=declared.may_be_empty,
        is_observed=kept is None,
    )
    if kept:
        refuse_other(gate.judges.spec, kept)
    if not gate.fetches:
        options.fetching.refuse_idle()
    not_observed = declared.not_observed
    left_out = declared.source.left_out + (not_observed.count if not_observed else 0)
    header = replace(
        gate.header,
        not_observed=not_observed,
        left_out_targets=left_out,
        only=declared.only,
        exit_zero=options.exit_zero,
    )
    if options.dask.engine and options.history.folder and gate.judges.need_history:
        raise UsageError("--engine: workers elsewhere cannot read --history, which a rule needs; leave out one of them")
    engine = options.dask.connected() or engine_for(workers, gate.targets)
    return replace(gate, header=header), declared.source.observer().shared_by(engine.processes), engine


def _counted(targets: Iterable[Target], shard: Shard, reports: Reports) -> Iterator[Target]:
    """Pass all targets on, while the reports count those in the shard."""
    if shard == WHOLE:
        yield from reports.counting(targets)
        return
    for target in targets:
        yield from reports.counting([target]) if shard.holds(target.id) else [target]


def _in(shard: Shard, targets: Iterator[Target]) -> Iterator[Target]:
    return targets if shard == WHOLE else filter(lambda target: shard.holds(target.id), targets)


def _accepted_until(options: ExceptionOptions, declared: Declared) -> date | None:
    """The day of the command line, else that of the configuration; None without a baseline."""
    return options.accepted_until() or (declared.accepted_until if options.baseline else None)


def _matrix(text: str | None) -> tuple[str, ...]:
    words = [] if text is None else text.split(",")
    if not all(words):
        raise UsageError(f'--trust-matrix "{text}" has an empty name; write mozilla,system,app.pem')
    return trust_words(words, Path())
