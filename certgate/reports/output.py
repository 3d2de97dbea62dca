"""All reports of a run: opened before it starts, written side by side, put in place at its end."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from certgate.model.errors import CertgateError, UsageError
from certgate.model.listener import Listener
from certgate.model.target import Target
from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.policy.find_config import repository_root
from certgate.reports.console import ColourChoice, wants_colour, wants_links, width_of
from certgate.reports.destinations import Destinations
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.label_paths import LabelPath, Values
from certgate.reports.page_folder import PageFolder
from certgate.reports.part import Part
from certgate.reports.quiet import QuietReport, QuietSummaryReport, SummaryReport
from certgate.reports.sink import Sink, StreamSink
from certgate.reports.spec import STDOUT, ReportSpec
from certgate.reports.streams import why
from certgate.reports.terminal import TerminalReport

__all__ = ["Reports"]

_MOST_PARTS = 200
"""Reports that one path with labels gives: each is an open file."""
_COMPLETE = frozenset({"json", "jsonl", "csv"})
"""Formats that have every target, however many there are."""


class _Output(Listener):
    """One report and where it goes. An error in one does not affect the others."""

    def __init__(self, format: str, where: str, sink: Sink, report: Report) -> None:
        self.name = f"the {format} report"
        self.where = where
        self.sink = sink
        self.report = report
        self.done = False

    def begin(self, header: RunHeader) -> None:
        """Raises CertgateError, as `add` and `end` do, for a place that cannot be written any more."""
        try:
            if not self.done:
                self.report.begin(header)
        except OSError as error:
            self._fail(error)

    def add(self, result: TargetResult) -> None:
        try:
            if not self.done:
                self.report.add(result)
        except OSError as error:
            self._fail(error)

    def end(self, summary: RunSummary) -> None:
        """The report appears in its place."""
        try:
            if not self.done:
                self._finish(summary)
        except OSError as error:
            self._fail(error)

    def abort(self) -> None:
        self._stop()

    def _fail(self, error: OSError) -> None:
        """End this report: quietly if it is for the reader of a standard stream, who has closed it."""
        self._stop(broken=True)
        if not (isinstance(error, BrokenPipeError) and isinstance(self.sink, StreamSink)):
            raise CertgateError(f"{self.name} could not be written to {self.where}: {why(error)}") from error

    def _stop(self, *, broken: bool = False) -> None:
        if not self.done:
            self.done = True
            self.report.close()
            self.sink.discard(broken=broken)

    def _finish(self, summary: RunSummary) -> None:
        self.report.end(summary)
        self.sink.commit()
        self.done = True
        self.report.close()


class Reports:
    """The reports of one run, each a listener. A context manager: it aborts what has not reached its `end`.

    There is always a terminal report; it goes to standard error when another report has standard output.
    Raises UsageError for two reports on standard output, and for places that cannot be written.
    """

    def __init__(
        self,
        specs: Sequence[ReportSpec],
        destinations: Destinations,
        *,
        stdout: TextIO,
        stderr: TextIO,
        verbose: bool = False,
        quiet: bool = False,
        full: bool = False,
        group_by: str = "",
        suppressed: bool = False,
        metrics_labels: tuple[str, ...] = (),
        colour: ColourChoice = "auto",
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._verbose = verbose
        self._full = full
        self._group_by = group_by
        self._suppressed = suppressed
        self._metrics_labels = metrics_labels
        self._colour: ColourChoice = colour
        self._environ = environ
        self._root = repository_root(Path.cwd())
        self._outputs: list[_Output] = []
        self._split: list[tuple[ReportSpec, LabelPath, Counter[Values]]] = []
        self._complete = tuple(spec.path for spec in specs if spec.format in _COMPLETE and spec.path != STDOUT)
        _refuse_shared_stdout(specs)
        try:
            if all(spec.format != "terminal" for spec in specs):
                taken = any(spec.path == STDOUT for spec in specs)
                stream, where = (stderr, "standard error") if taken else (stdout, "standard output")
                told = any(spec.path == STDOUT and spec.report.tells_findings for spec in specs)
                self._open("terminal", where, StreamSink(stream), _for_people(quiet=quiet, told=told))
            for spec in specs:
                if spec.path == STDOUT:
                    self._open(spec.format, "standard output", StreamSink(stdout), spec.report)
                elif path := LabelPath.of(spec.path):
                    self._split.append((spec, path, Counter()))
                else:
                    self._write(spec, destinations, Path(spec.path).parent)
        except CertgateError:
            self.abort()
            raise
        self._listeners = tuple(self._outputs)

    def counting(self, targets: Iterable[Target]) -> Iterator[Target]:
        """Pass the declared targets on, and note the labels that are in paths of reports. Raises UsageError."""
        for target in targets:
            for spec, path, counts in self._split:
                counts[path.values(target.labels)] += 1
                if len(counts) > _MOST_PARTS:
                    raise UsageError(
                        f"--report {spec}: the targets have more than {_MOST_PARTS} values; leave labels out"
                    )
            yield target

    def open_parts(self, destinations: Destinations) -> Sequence[Listener]:
        """Open a report for each value of the labels in a path, once all targets are counted. Raises UsageError."""
        parts: list[Listener] = []
        for spec, path, counts in self._split:
            for place, name in enumerate(path.names):
                if counts and all(values[place] is None for values in counts):
                    raise UsageError(f"--report {spec}: no target has the label {name}")
            for values, at in path.paths(counts):
                one = replace(spec, path=at)
                folder = Path(at) if spec.is_folder else Path(at).parent
                destinations.make_folders(f"--report {one}", folder, path.above)
                parts.append(Part(self._write(one, destinations, path.above), path, values, counts[values]))
        return parts

    def _write(self, spec: ReportSpec, destinations: Destinations, above: Path) -> _Output:
        label = f"--report {spec}"
        if not spec.is_folder:
            sink = destinations.sink(label, spec.path, append=spec.report.appends)
            return self._open(spec.format, repr(spec.path), sink, spec.report)
        destinations.make_folders(label, Path(spec.path), above)
        pages = destinations.pages(label, spec.path, "index.html", spec.report.files())
        return self._open(spec.format, repr(spec.path), pages, spec.report, pages)

    def _open(
        self, format: str, where: str, sink: Sink, kind: type[Report], pages: PageFolder | None = None
    ) -> _Output:
        options = ReportOptions(
            verbose=self._verbose,
            full=self._full,
            group_by=self._group_by,
            root=self._root,
            suppressed=self._suppressed,
            metrics_labels=self._metrics_labels,
            pages=pages,
            complete=self._complete,
            environ=self._environ,
        )
        if isinstance(sink, StreamSink):
            colour = wants_colour(self._colour, sink.stream, self._environ)
            links = wants_links(sink.stream, self._environ, colour=colour)
            width = width_of(sink.stream, self._environ)
            options = replace(options, colour=colour, links=links, width=width)
        self._outputs.append(_Output(format, where, sink, kind(sink.stream, options)))
        return self._outputs[-1]

    @property
    def listeners(self) -> Sequence[Listener]:
        """One listener for each report that has all targets."""
        return self._listeners

    def abort(self) -> None:
        """Leave no report behind: remove temporary files."""
        for output in self._outputs:
            output.abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()


def _for_people(*, quiet: bool, told: bool) -> type[Report]:
    """The terminal report: in full, or the summary alone where the findings are `told` already."""
    if told:
        return QuietSummaryReport if quiet else SummaryReport
    return QuietReport if quiet else TerminalReport


def _refuse_shared_stdout(specs: Sequence[ReportSpec]) -> None:
    formats = [spec.format for spec in specs if spec.path == STDOUT]
    if len(formats) > 1:
        raise UsageError(f"two reports ({' and '.join(formats[:2])}) go to standard output; give one of them a path")
