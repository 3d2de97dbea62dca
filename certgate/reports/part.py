"""A report about the targets that have the same values of some labels: a run of its own, for its readers."""

from dataclasses import replace

from certgate.judge.run_counters import RunCounters
from certgate.model.finding import Severity
from certgate.model.listener import Listener
from certgate.model.observation import Observed
from certgate.model.reserved import BASELINE_EXPIRING, WAIVER_EXPIRING
from certgate.model.verdict import NoEndpoint, RunHeader, RunSummary, TargetResult
from certgate.reports.label_paths import LabelPath, Values

__all__ = ["Part"]

_ABOUT_ANY_PART = frozenset({WAIVER_EXPIRING, BASELINE_EXPIRING})
"""Notices that are true whatever part of the targets is seen."""


class Part(Listener):
    """Passes on what is about its targets, with totals of their own. It does not compare with earlier runs."""

    def __init__(self, report: Listener, path: LabelPath, values: Values, targets: int) -> None:
        """`targets` is how many targets with these values are declared."""
        self.name = report.name
        self._report = report
        self._path = path
        self._values = values
        self._targets = targets
        self._counters = RunCounters(Severity.ERROR)

    def begin(self, header: RunHeader) -> None:
        """Called before the first target of the run."""
        self._counters = RunCounters(header.fail_on)
        words = self._path.words(self._values)
        only = tuple(f"{word} and {words}" for word in header.only) or (words,)
        self._report.begin(replace(header, targets=self._targets, only=only, history=None))

    def observed(self, observed: Observed) -> None:
        """Counts the targets of the part at which no endpoint is."""
        if observed.has_no_endpoint and self._path.values(observed.target.labels) == self._values:
            self._counters.add_no_endpoint(NoEndpoint(observed.connections))

    def add(self, result: TargetResult) -> None:
        """Passes on a result that is about the part."""
        if self._path.values(result.target.labels) == self._values:
            self._counters.add(result)
            self._report.add(result)

    def end(self, summary: RunSummary) -> None:
        """Called after the last target of the run: what makes the run incomplete makes the part incomplete."""
        part = self._counters.summary(
            self._counters.account(self._targets),
            exit_zero=summary.exit_zero,
            interrupted=summary.interrupted,
            faults=summary.faults,
            notices=tuple(notice for notice in summary.notices if notice.rule in _ABOUT_ANY_PART),
        )
        self._report.end(part)

    def abort(self) -> None:
        """Called if the report failed: it leaves nothing behind."""
        self._report.abort()
