"""The report for Slack: the body of a request to an incoming webhook, with at most 3,000 characters of text."""

from typing import TextIO

from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.reports.escape import for_slack, to_json
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.message import Message

__all__ = ["SlackReport"]


class SlackReport(Report):
    """Written at the end, from what the message keeps."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._message = Message(for_slack, lambda text: f"*{text}*")

    def begin(self, header: RunHeader) -> None:
        """Note the threshold, and which targets are left out."""
        self._message.begin(header)

    def add(self, result: TargetResult) -> None:
        """Note one target."""
        self._message.add(result)

    def end(self, summary: RunSummary) -> None:
        """The whole message, as markup in JSON."""
        text = "\n".join(self._message.lines(summary))
        self.sink.write(to_json({"text": text}) + "\n")
