"""The report for GitLab's merge requests: Code Quality JSON, one issue for each failure or missing answer."""

from hashlib import sha256
from typing import TextIO
from urllib.parse import unquote

from certgate.model.finding import Severity
from certgate.model.target import Place
from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.reports.escape import for_xml, to_json
from certgate.reports.facts import excuse, located, needs_attention, not_observed
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

    def begin(self, header: RunHeader) -> None:
        """Open the list; one issue says which targets are not observed."""
        self.sink.write("[")
        if left_out := header.not_observed:
            self._write(
                description=not_observed(header, for_xml),
                check_name="targets.not-observed",
                fingerprint=sha256(f"targets.not-observed {left_out.file}".encode()).hexdigest(),
                severity="info",
                place=self._places.of_file(left_out.file),
            )

    def add(self, result: TargetResult) -> None:
        """One issue a line."""
        for finding in result.wrong:
            if needs_attention(finding):
                self._write(
                    description=located(result, finding, for_xml, labelled=True),
                    check_name=finding.rule,
                    fingerprint=result.fingerprint(finding),
                    severity="info" if excuse(finding) else _SEVERITIES[finding.severity],
                    place=self._places.of(result, finding),
                )

    def end(self, summary: RunSummary) -> None:  # noqa: ARG002 (the format has no place for it)
        """Close the list."""
        self.sink.write("\n]\n")

    def _write(self, *, place: Place, **members: str) -> None:
        location = {"path": for_xml(unquote(place.file)), "lines": {"begin": place.line}}
        self.sink.write(self._separator + to_json({**members, "location": location}))
        self._separator = ",\n"
