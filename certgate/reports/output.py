"""All reports of a run: opened before the scan, written side by side, made visible at its end."""

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
from certgate.reports.console import ColourChoice, wants_colour, width_of
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.place import repository_root
from certgate.reports.quiet import QuietReport
from certgate.reports.sink import Sink, StreamSink, open_path
from certgate.reports.spec import STDOUT, ReportSpec

__all__ = ["Reports"]


class _Output(Listener):
    """One report and its place. What goes wrong with one does not take the others with it."""

    def __init__(self, spec: ReportSpec, sink: Sink, report: Report) -> None:
        self.name = f"the {spec.format} report"
        self.spec = spec
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
        """Run one step. A reader that went away ends this report quietly."""
        if self.done:
            return
        try:
            action()
        except BrokenPipeError:
            self._stop(broken=True)
        except OSError as error:
            self._stop(broken=True)
            reason = error.strerror or error
            raise CertgateError(f"{self.name} could not be written to {self.spec.path!r}: {reason}") from error

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
    """The reports of one run, each a listener. A context manager: what has not come to its `end` is aborted.

    The terminal report is always there; it goes to standard error when another report has standard output.
    Raises UsageError for two reports on one place and for places that cannot be written; then nothing has changed.
    """

    def __init__(
        self,
        specs: Sequence[ReportSpec],
        *,
        stdout: TextIO,
        stderr: TextIO,
        verbose: bool = False,
        quiet: bool = False,
        suppressed: bool = False,
        colour: ColourChoice = "auto",
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._verbose = verbose
        self._suppressed = suppressed
        self._colour: ColourChoice = colour
        self._environ = environ
        self._root = repository_root(Path.cwd())
        self._outputs: list[_Output] = []
        _refuse_shared_places(specs)
        try:
            if all(spec.format != "terminal" for spec in specs):
                taken = any(spec.path == STDOUT for spec in specs)
                kind = QuietReport if quiet else None
                self._open(ReportSpec("terminal"), StreamSink(stderr if taken else stdout), kind)
            for spec in specs:
                on_stdout = spec.path == STDOUT
                self._open(spec, StreamSink(stdout) if on_stdout else open_path(spec.path, append=spec.report.appends))
            for output in self._outputs:
                self._claim(output)
        except CertgateError:
            self.abort()
            raise

    def _open(self, spec: ReportSpec, sink: Sink, kind: type[Report] | None = None) -> None:
        options = ReportOptions(self._verbose, root=self._root, suppressed=self._suppressed, environ=self._environ)
        if isinstance(sink, StreamSink):
            colour = wants_colour(self._colour, sink.stream, self._environ)
            options = replace(options, colour=colour, width=width_of(sink.stream, self._environ))
        self._outputs.append(_Output(spec, sink, (kind or spec.report)(sink.stream, options)))

    @staticmethod
    def _claim(output: _Output) -> None:
        try:
            output.sink.claim()
        except OSError as error:
            raise UsageError(
                f"cannot replace the report {output.spec.path!r} of an earlier run: {error.strerror}; remove it"
            ) from error

    @property
    def listeners(self) -> Sequence[Listener]:
        """Each report for itself."""
        return self._outputs

    def abort(self) -> None:
        """Leave no report behind: what was written aside is removed."""
        for output in self._outputs:
            output.abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()


def _refuse_shared_places(specs: Sequence[ReportSpec]) -> None:
    seen: dict[str, ReportSpec] = {}
    for spec in specs:
        place = spec.path if spec.path == STDOUT else os.path.realpath(spec.path)
        if other := seen.get(place):
            where = "standard output" if place == STDOUT else repr(spec.path)
            raise UsageError(f"two reports ({other.format} and {spec.format}) go to {where}; give one another path")
        seen[place] = spec
