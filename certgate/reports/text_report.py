"""The report for mails and messages: plain text of at most 3,000 characters."""

from typing import TextIO

from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.reports.escape import for_terminal
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.message import Message

__all__ = ["TextReport"]


class TextReport(Report):
    """Written at the end, from what the message keeps."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._message = Message(for_terminal)

    def begin(self, header: RunHeader) -> None:
        """Note the threshold, and which targets are left out."""
        self._message.begin(header)

    def add(self, result: TargetResult) -> None:
        """Note one target."""
        self._message.add(result)

    def end(self, summary: RunSummary) -> None:
        """The whole message."""
        self.sink.writelines(f"{line}\n" for line in self._message.lines(summary))
