"""What hears of a run: reports, progress, whatever records or saves."""

from certgate.model.observation import Observed
from certgate.model.verdict import RunHeader, RunSummary, TargetResult

__all__ = ["Listener"]


class Listener:
    """Hears what it has a method for; here none does anything. One that raises hears no more, and costs no other."""

    name = "a listener"
    """How people are told of it: `the junit report`."""

    def begin(self, header: RunHeader) -> None:
        """Before the first target."""

    def observed(self, observed: Observed) -> None:
        """What was seen of a target, as soon as it was seen, in whatever order."""

    def add(self, result: TargetResult) -> None:
        """What became of a target: of each declared target exactly once, in the order of declaration."""

    def end(self, summary: RunSummary) -> None:
        """After the last target. What is to stay is put in its place; `summary.is_whole` says if all was judged."""

    def abort(self) -> None:
        """There will be no `end`, since this listener raised: leave nothing behind. Never raises."""
