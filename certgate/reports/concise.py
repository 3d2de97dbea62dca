"""The report for editors and log searches: `PLACE: SEVERITY rule message`, one finding a line."""

from typing import ClassVar

from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.vantage_label import is_of_key_type
from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.reports.escape import for_terminal
from certgate.reports.facts import (
    NOTHING_KNOWN,
    about,
    has_no_answer,
    kind,
    labels_of,
    needs_attention,
    not_observed,
    remarked,
)
from certgate.reports.interface import Report
from certgate.reports.place import written_at

__all__ = ["ConciseReport"]

_INCOMPLETE = "target.incomplete"
"""The name in place of a rule if no rule passed or failed."""


class ConciseReport(Report):
    """Written as results come."""

    tells_findings: ClassVar[bool] = True

    def begin(self, header: RunHeader) -> None:
        """A line about the targets that are left out, if there are any."""
        if left_out := header.not_observed:
            self._line(f"{left_out.file}:1:1", Severity.INFO.value, "targets.not-observed", not_observed(header))

    def add(self, result: TargetResult) -> None:
        """The lines of one target: what needs attention and is not excused; with `verbose` all that is wrong."""
        shown = [f for f in result.wrong if self.options.verbose or (needs_attention(f) and not f.excused)]
        for finding in shown:
            place = written_at(result, finding)
            at = f"{place.file}:{place.line or 1}:{place.column or 1}" if place else result.target.id
            is_clear = finding.subject == "target" and not is_of_key_type(finding.vantage)
            subject = "" if is_clear else about(result, finding)
            named = ", ".join(filter(None, (result.target.id if place else "", subject)))
            about_what = "; ".join(filter(None, (named, labels_of(result.target))))
            message = f"{_message(finding)} ({about_what})" if about_what else _message(finding)
            self._line(at, _severity(finding), finding.rule, message)
        if has_no_answer(result) and not shown:
            self._line(result.target.id, Outcome.NOT_CHECKED.value, _INCOMPLETE, NOTHING_KNOWN)

    def end(self, summary: RunSummary) -> None:
        """Nothing: the terminal report has the summary."""

    def _line(self, place: str, severity: str, rule: str, message: str) -> None:
        line = " ".join([f"{for_terminal(place)}:", severity, for_terminal(rule), for_terminal(message)])
        self.sink.write(f"\\{line}\n" if line.lstrip().startswith("::") else f"{line}\n")


def _severity(finding: Finding) -> str:
    return Outcome.NOT_CHECKED.value if finding.outcome is Outcome.CRASHED else kind(finding)


def _message(finding: Finding) -> str:
    if finding.outcome is Outcome.CRASHED:
        return f"the check crashed: {finding.message}"
    return remarked(finding)
