"""All reports of a run: opened before it starts, written side by side, put in place at its end."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from certgate.model.errors import CertgateError, UsageError
from certgate.model.listener import Listener
from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.policy.find_config import repository_root
from certgate.reports.console import ColourChoice, wants_colour, width_of
from certgate.reports.destinations import Destinations
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.quiet import QuietReport, QuietSummaryReport, SummaryReport
from certgate.reports.sink import Sink, StreamSink
from certgate.reports.spec import STDOUT, ReportSpec
from certgate.reports.streams import why
from certgate.reports.terminal import TerminalReport

__all__ = ["Reports"]


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
        self._step(partial(self.report.begin, header))

    def add(self, result: TargetResult) -> None:
        self._step(partial(self.report.add, result))

    def end(self, summary: RunSummary) -> None:
        """The report appears in its place."""
        self._step(partial(self.report.end, summary))
        self._step(self._finish)

    def abort(self) -> None:
        self._stop()

    def _step(self, action: Callable[[], None]) -> None:
        """Run one step. A closed pipe on a standard stream ends this report quietly."""
        if self.done:
            return
        try:
            action()
        except OSError as error:
            self._stop(broken=True)
            if isinstance(error, BrokenPipeError) and isinstance(self.sink, StreamSink):
                return
            raise CertgateError(f"{self.name} could not be written to {self.where}: {why(error)}") from error

    def _stop(self, *, broken: bool = False) -> None:
        if not self.done:
            self.done = True
            self.report.close()
            self.sink.discard(broken=broken)

    def _finish(self) -> None:
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
                else:
                    sink = destinations.sink(f"--report {spec}", spec.path, append=spec.report.appends)
                    self._open(spec.format, repr(spec.path), sink, spec.report)
        except CertgateError:
            self.abort()
            raise

    def _open(self, format: str, where: str, sink: Sink, kind: type[Report]) -> None:
        options = ReportOptions(
            verbose=self._verbose,
            full=self._full,
            group_by=self._group_by,
            root=self._root,
            suppressed=self._suppressed,
            metrics_labels=self._metrics_labels,
            environ=self._environ,
        )
        if isinstance(sink, StreamSink):
            colour = wants_colour(self._colour, sink.stream, self._environ)
            options = replace(options, colour=colour, width=width_of(sink.stream, self._environ))
        self._outputs.append(_Output(format, where, sink, kind(sink.stream, options)))

    @property
    def listeners(self) -> Sequence[Listener]:
        """One listener for each report."""
        return self._outputs

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
