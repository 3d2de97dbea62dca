"""The report for GitHub's annotations: workflow commands, at most as many of each level as a step may show."""

from typing import TextIO
from urllib.parse import unquote

from certgate.model.counted import plural
from certgate.model.finding import Severity
from certgate.model.target import Place
from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.reports.escape import for_annotation, for_annotation_property
from certgate.reports.facts import excuse, located, needs_attention, not_observed
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.place import Places

__all__ = ["MOST_OF_A_LEVEL", "GitHubAnnotationsReport"]

MOST_OF_A_LEVEL = 10
"""The runner silently drops errors, warnings and notices of a step beyond this number of each."""
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


class GitHubAnnotationsReport(Report):
    """Keeps the few annotations that GitHub shows, and counts the rest."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._places = Places(options.root, options.environ)
        self._shown: dict[str, list[str]] = {level: [] for level in _LEVELS.values()}
        self._counts = dict.fromkeys(self._shown, 0)

    def begin(self, header: RunHeader) -> None:
        """One notice says which targets are not observed."""
        if left_out := header.not_observed:
            place = self._places.of_file(left_out.file)
            self._keep("notice", place, "targets.not-observed", not_observed(header, for_annotation))

    def add(self, result: TargetResult) -> None:
        """Keep failures and missing answers."""
        for finding in result.wrong:
            if needs_attention(finding):
                level = "notice" if excuse(finding) else _LEVELS[finding.severity]
                place = self._places.of(result, finding)
                self._keep(level, place, finding.rule, located(result, finding, for_annotation, labelled=True))

    def end(self, summary: RunSummary) -> None:  # noqa: ARG002 (the summary belongs to the job's page)
        """The worst level first; the last of a full level counts the rest."""
        for level, shown in self._shown.items():
            rest = self._counts[level] - len(shown)
            if rest:
                text = f"{plural(rest + 1, f'more {level}')} not shown here"
                shown[-1] = f"::{level} title=certgate::{for_annotation(text)}"
            self.sink.writelines(f"{line}\n" for line in shown)

    def _keep(self, level: str, place: Place, title: str, message: str) -> None:
        self._counts[level] += 1
        if len(self._shown[level]) < MOST_OF_A_LEVEL:
            where = f"file={for_annotation_property(unquote(place.file))},line={place.line}"
            self._shown[level].append(f"::{level} {where},title={for_annotation_property(title)}::{message}")
