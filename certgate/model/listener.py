"""The interface of listeners: reports, progress, savers and recorders."""

from certgate.model.observation import Observed
from certgate.model.verdict import RunHeader, RunSummary, TargetResult

__all__ = ["Listener"]


class Listener:
    """A base class whose methods do nothing. A listener that raises is dropped; the others are not affected."""

    name = "a listener"
    """Its name in messages: `the junit report`."""

    def begin(self, header: RunHeader) -> None:
        """Before the first target."""

    def observed(self, observed: Observed) -> None:
        """The observations of a target, as soon as they are there, in any order."""

    def add(self, result: TargetResult) -> None:
        """The result of a target: for each declared target exactly once, in the order of declaration."""

    def end(self, summary: RunSummary) -> None:
        """After the last target. What is to stay is put in its place; `summary.is_whole` says if all was judged."""

    def abort(self) -> None:
        """There will be no `end`, since this listener raised: leave nothing behind. Never raises."""
