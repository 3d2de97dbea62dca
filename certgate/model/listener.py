"""The interface of listeners: reports, progress, savers and recorders."""

from certgate.model.observation import Observed
from certgate.model.verdict import RunHeader, RunSummary, TargetResult

__all__ = ["Listener"]


class Listener:
    """A base class whose methods do nothing. A listener that raises is dropped; the others are not affected."""

    name = "a listener"
    """Its name in messages: `the junit report`."""

    def begin(self, header: RunHeader) -> None:
        """Called before the first target."""

    def observed(self, observed: Observed) -> None:
        """Called with a target's observations as soon as they are complete, in any order."""

    def add(self, result: TargetResult) -> None:
        """Called with a target's result, exactly once for each declared target, in the order of declaration.

        Only targets of ranges at which no endpoint is have no result: `observed` gets them alone.
        """

    def end(self, summary: RunSummary) -> None:
        """Called after the last target: put output in its final place. `summary.is_whole` says if all was evaluated."""

    def abort(self) -> None:
        """Called in place of `end` after this listener raised: leave nothing behind. Never raises."""
