"""The report for programs that read while the run goes on: JSON lines, by the same schema as the JSON report."""

from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.reports.json_report import JsonReport
from certgate.reports.json_target import TargetText
from certgate.reports.json_text import dumped

__all__ = ["JsonLinesReport"]


class JsonLinesReport(JsonReport):
    """Each line has one member: `run`, then `target` for each target, then `summary`."""

    def begin(self, header: RunHeader) -> None:
        """The line about the run."""
        self._text = TargetText(header.fail_on, verbose=self.options.verbose)
        self._line("run", dumped(self.header(header)))

    def add(self, result: TargetResult) -> None:
        """The line of one target, handed on at once."""
        self._line("target", self._text.of(result))

    def end(self, summary: RunSummary) -> None:
        """The last line: a report without it is incomplete."""
        self._line("summary", dumped(self.summary(summary)))

    def _line(self, member: str, text: str) -> None:
        self.sink.write(f'{{"{member}": {text}}}\n')
        self.sink.flush()
