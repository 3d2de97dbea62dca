"""What changes between the last run and the one under way."""

from typing import TYPE_CHECKING

from certgate.judge.comparison import Comparison
from certgate.judge.seen import seen_target
from certgate.model.bug import bug
from certgate.model.difference import Difference
from certgate.model.snapshot import ComparedRun
from certgate.model.verdict import RunHeader, RunSummary, TargetResult

if TYPE_CHECKING:
    from certgate.gate.history.last_run import LastRun

__all__ = ["Changes"]


class Changes:
    """Compares each result as it comes."""

    def __init__(self, last: "LastRun", header: RunHeader) -> None:
        self.faults: list[str] = []
        """What went wrong, a sentence each."""
        self._last = last
        self._fail_on = header.fail_on
        new = ComparedRun(
            name="",
            at=header.started_at,
            rules=frozenset(header.rules),
            only=header.only,
            targets=header.targets,
        )
        self._comparison = Comparison(last.run, new)
        self._left = set() if header.only else set(last.ids())

    def add(self, result: TargetResult) -> None:
        """Compare one target. What goes wrong is a fault of the run, and there is no comparison."""
        if self.faults:
            return
        try:
            self._left.discard(result.target.id)
            self._comparison.add(self._last.get(result.target.id), seen_target(result, self._fail_on))
        except BaseException as error:
            self.faults.append(bug(error, "the comparison with the last run"))

    def found(self, summary: RunSummary) -> Difference | None:
        """All differences; None if this run is incomplete, so that targets that it lost are not called changed."""
        if self.faults or summary.interrupted or summary.missing or summary.not_visited:
            return None
        self._comparison.found.vanished += [id for id in self._last.ids() if id in self._left]
        return self._comparison.found
