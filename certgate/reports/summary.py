"""The terminal report beside one that tells the findings to people: the summary alone."""

from certgate.model.verdict import RunHeader, RunSummary, TargetResult, Verdict
from certgate.reports.terminal import TerminalReport

__all__ = ["QuietSummaryReport", "SummaryReport"]


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
