"""What changed since the last whole run, for the reports about a run that people read."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from certgate.model.verdict import RunHistory, RunSummary
from certgate.reports.difference_text import Section, counted, sections
from certgate.reports.escape import cut

__all__ = ["Since"]

_LONGEST = 300
"""Characters of one text; another part of the report has all of them."""


class Since:
    """The comparison of a run; says nothing without a history."""

    def __init__(self, history: RunHistory | None, escape: Callable[[str], str] = str) -> None:
        self._history = history
        self._escape_all = escape

    @property
    def problems(self) -> Sequence[str]:
        """What in the folder is left out, one sentence each."""
        return [self._escape(f"{problem}") for problem in self._history.problems] if self._history else []

    def headline(self, summary: RunSummary) -> str:
        """One line: since when, and how much changed; empty without a history."""
        if self._history is None:
            return ""
        if self._history.last is None:
            folder = self._escape(self._history.folder)
            return f"nothing to compare with: {folder} has no whole run of these targets and policies"
        when = _moment(self._history.last.started_at)
        if summary.difference is None:
            return f"not compared with the run of {when}, because this run is not whole"
        return f"since {when}: {counted(summary.difference)}"

    def sections(self, summary: RunSummary, most: int | None) -> Iterator[Section]:
        """What changed, at most `most` lines for each kind; the last line says how many are left out."""
        for section in sections(summary.difference, self._escape) if summary.difference else ():
            shown = list(section.lines[:most])
            if rest := len(section.lines) - len(shown):
                shown.append((f"and {rest:,} more", ""))
            yield Section(f"{section.title} ({len(section.lines):,})", shown)

    def _escape(self, text: str) -> str:
        return self._escape_all(cut(text, _LONGEST))


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
