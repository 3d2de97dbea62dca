"""The report for GitLab's merge requests: Code Quality JSON, one issue for each failure or missing answer."""

from typing import TextIO
from urllib.parse import unquote

from certgate.model.finding import Finding, Severity
from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.reports.escape import for_xml, to_json
from certgate.reports.facts import located, needs_attention
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.place import Places

__all__ = ["GitLabReport"]

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


class GitLabReport(Report):
    """Written as results come."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._places = Places(options.root, options.environ)
        self._separator = "\n"

    def begin(self, header: RunHeader) -> None:  # noqa: ARG002 (the format has no place for it)
        """Open the list."""
        self.sink.write("[")

    def add(self, result: TargetResult) -> None:
        """One issue a line."""
        for finding in result.findings:
            if needs_attention(finding):
                self.sink.write(self._separator + self._issue(result, finding))
                self._separator = ",\n"

    def end(self, summary: RunSummary) -> None:  # noqa: ARG002 (the format has no place for it)
        """Close the list."""
        self.sink.write("\n]\n")

    def _issue(self, result: TargetResult, finding: Finding) -> str:
        place = self._places.of(result, finding)
        issue = {
            "description": located(result, finding, for_xml),
            "check_name": finding.rule,
            "fingerprint": result.fingerprint(finding),
            "severity": "info" if finding.excused else _SEVERITIES[finding.severity],
            "location": {"path": for_xml(unquote(place.file)), "lines": {"begin": place.line}},
        }
        return to_json(issue)
