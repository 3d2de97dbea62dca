"""The report for spreadsheets: a row for each finding that is not a pass, or one row for a target without any."""

import csv
from typing import TextIO

from certgate.model.finding import Finding, Severity
from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.reports.escape import for_csv
from certgate.reports.facts import about, excuse, labels_of, looks, not_observed
from certgate.reports.interface import Report, ReportOptions

__all__ = ["CsvReport"]

_COLUMNS = (
    "target",
    "verdict",
    "policy",
    "place",
    "rule",
    "subject",
    "outcome",
    "severity",
    "violation",
    "message",
    "fingerprint",
    "excuse",
    "labels",
    "address",
    "server name",
    "protocol",
    "connections",
    "excused",
)


class CsvReport(Report):
    """Written as results come."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._writer = csv.writer(sink, lineterminator="\n")
        self._fail_on = Severity.ERROR

    def begin(self, header: RunHeader) -> None:
        """The names of the columns, and a row for each target that is not observed."""
        self._fail_on = header.fail_on
        self._writer.writerow(_COLUMNS)
        if left_out := header.not_observed:
            empty = [""] * (_COLUMNS.index("message") - 4)
            rest = [""] * (len(_COLUMNS) - _COLUMNS.index("message") - 1)
            for name in left_out.names:
                cells = (name, "not observed", "", left_out.file, *empty, not_observed(header), *rest)
                self._writer.writerow([for_csv(text) for text in cells])

    def add(self, result: TargetResult) -> None:
        """The rows of one target; with `verbose` every outcome has one."""
        shown = result.findings if self.options.verbose else result.wrong
        place = str(result.target.place or "")
        first = [for_csv(text) for text in (result.target.id, result.verdict, result.policy, place)]
        excused = "yes" if result.is_excused else "no"
        last = [for_csv(text) for text in (labels_of(result.target), *looks(result).values(), excused)]
        for finding in shown:
            self._writer.writerow([*first, *(for_csv(text) for text in self._cells(result, finding)), *last])
        if not shown:
            self._writer.writerow([*first, *[""] * (len(_COLUMNS) - len(first) - len(last)), *last])

    def end(self, summary: RunSummary) -> None:
        """Nothing: the table has no totals."""

    def _cells(self, result: TargetResult, finding: Finding) -> tuple[str, ...]:
        return (
            finding.rule,
            about(result, finding),
            finding.outcome,
            finding.severity,
            "yes" if finding.violates(self._fail_on) else "no",
            finding.message,
            result.fingerprint(finding),
            excuse(finding),
        )
