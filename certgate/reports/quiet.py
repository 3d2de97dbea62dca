"""Terminal reports that say less: nothing for a compliant run, or the summary alone."""

from typing import TextIO

from certgate.model.verdict import RunHeader, RunSummary, TargetResult, Verdict
from certgate.reports.facts import has_no_answer
from certgate.reports.interface import ReportOptions
from certgate.reports.terminal import TerminalReport

__all__ = ["QuietReport", "QuietSummaryReport", "SummaryReport"]


class QuietReport(TerminalReport):
    """Leaves out compliant targets, and prints nothing for a compliant run."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._header: RunHeader | None = None

    def begin(self, header: RunHeader) -> None:
        """Keep the header until there is something to say; targets that are not observed are something."""
        self._header = header
        if header.not_observed:
            self._start()

    def add(self, result: TargetResult) -> None:
        """A block for a target that is not compliant, unless that is accepted."""
        if result.verdict is Verdict.VIOLATED or has_no_answer(result):
            self._start()
            super().add(result)

    def end(self, summary: RunSummary) -> None:
        """The verdict, unless the run is compliant."""
        if summary.verdict is not Verdict.COMPLIANT:
            self._start()
            super().end(summary)

    def _start(self) -> None:
        if self._header:
            super().begin(self._header)
            self._header = None


class SummaryReport(TerminalReport):
    """Leaves out the header and the targets."""

    def begin(self, header: RunHeader) -> None:
        """Nothing: the summary names what counts."""

    def add(self, result: TargetResult) -> None:
        """Nothing: the other report has the findings."""


class QuietSummaryReport(SummaryReport):
    """Prints nothing for a compliant run."""

    def end(self, summary: RunSummary) -> None:
        """The verdict, unless the run is compliant."""
        if summary.verdict is not Verdict.COMPLIANT:
            super().end(summary)
