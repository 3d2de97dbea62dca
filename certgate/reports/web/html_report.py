"""The report to open in a browser: the verdict, what to fix, the calendar, and every target, on one page or several."""

import io
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, TextIO

from certgate.model.kept import Kept
from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.reports.grouping import Grouping
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.page_folder import PAGES
from certgate.reports.told import Told
from certgate.reports.web import templates
from certgate.reports.web.expiry import Expiry
from certgate.reports.web.overview import change, earlier_points, excused_rules, groups, point_of, run_values
from certgate.reports.web.shelves import Shelves
from certgate.reports.web.target_view import State, TargetView, target_view
from certgate.reports.web.trend import trend

__all__ = ["HtmlReport"]

_MOST_IN_FULL = 1_000
"""Targets that a page shows in full. If there are more, those without a finding are shown in brief, and those after
the first ones with a finding: so a page opens quickly."""


class HtmlReport(Report):
    """Spools a row and a section for each target; the page is written at the end."""

    most_targets: ClassVar[int] = 10_000
    """Targets that the page lists; the others are counted."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._rows, self._sections = Shelves(self.most_targets), Shelves(self.most_targets)
        self._expiry = Expiry()
        self._in_full = 0

    @classmethod
    def files(cls) -> Mapping[str, str]:
        """The style sheet and the script."""
        return {name: templates.asset(name) for name in (templates.STYLE, templates.SCRIPT)}

    def begin(self, header: RunHeader) -> None:
        """Keep what is above the targets."""
        self._header = header
        self._grouping = Grouping("rule", header.rules, header.fail_on)
        self._told = Kept(partial(Told.of, fail_on=header.fail_on))

    def add(self, result: TargetResult) -> None:
        """The row and the section of one target."""
        fail_on = self._header.fail_on
        view = target_view(result, self._header.rules, fail_on, verbose=self.options.verbose)
        self._grouping.add(result, self._told.of(result.findings))
        self._expiry.add(result)
        self._rows.add(view.state, templates.render("row.html", "row", view, self._link(view.anchor)))
        self._show(view)

    def _show(self, view: TargetView) -> None:
        """Write what is known about one target: a section, or a page of its own."""
        if self.options.pages is None:
            is_brief = self._header.targets > _MOST_IN_FULL and (not view.findings or self._in_full >= _MOST_IN_FULL)
            self._in_full += not is_brief
            self._sections.add(view.state, templates.render("target.html", "section", view, is_brief))
        elif self._rows.counts[view.state] <= self.most_targets:
            page = io.StringIO()
            templates.write("target_page.html", page, self._page("../") | {"view": view, "state": view.state})
            self.options.pages.write(f"{view.anchor}.html", page.getvalue())

    def end(self, summary: RunSummary) -> None:
        """Write the page."""
        templates.write("index.html", self.sink, self._values(summary))

    def close(self) -> None:
        """Drop the spools."""
        self._rows.close()
        self._sections.close()

    def _link(self, anchor: str) -> str:
        return f"#{anchor}" if self.options.pages is None else f"{PAGES}/{anchor}.html"

    def _page(self, up: str = "") -> dict[str, Any]:
        """What every page needs; with files beside it, they lie `up` from there."""
        version = self._header.version
        return templates.inline_page(version) if self.options.pages is None else templates.linked_page(version, up)

    def _values(self, summary: RunSummary) -> dict[str, Any]:
        left_out = self._rows.left_out
        counts = [(state, self._rows.counts[state]) for state in State]
        return {
            **self._page(),
            **run_values(self._header, summary),
            "counts": counts,
            "total": self._rows.counts.total(),
            "groups": list(groups(self._grouping, self._header.rules)),
            "excused_rules": excused_rules(self._grouping),
            "change": change(self._header.history, summary),
            "expiry": self._expiry,
            "trend": trend([*earlier_points(self._header.history), point_of(self._header.started_at, summary)]),
            "rows": self._rows.lines(),
            "sections": self._sections.lines(),
            "link": (lambda _: "") if left_out else self._link,
            "left_out": [(state, left_out[state]) for state in State if left_out[state]],
            "most": self.most_targets,
            "complete": self.options.complete,
            "details": self.options.pages is None,
        }
