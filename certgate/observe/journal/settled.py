"""The targets of a journal that need not be observed again, found by their declarations."""

from array import array
from bisect import bisect_right
from datetime import datetime

from certgate.model.errors import UsageError
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.target import Target
from certgate.observe.clock import utc_now
from certgate.observe.journal.journal_lines import JournalLines, Made, target_key

__all__ = ["Settled"]


class Settled:
    """Finds the observations of targets in a journal. Memory: 16 bytes for each target."""

    def __init__(self, lines: JournalLines) -> None:
        self._lines = lines
        self._keys = array("Q")
        self._offsets = array("q")
        self.oldest: datetime | None = None
        """When the first observation was made that need not be made again."""

    def add(self, made: Made) -> None:
        """Add a line. A later line replaces an earlier one of the same target."""
        self._keys.append(made.key)
        self._offsets.append(made.offset if made.is_settled else -1)
        if made.is_settled and (self.oldest is None or made.oldest < self.oldest):
            self.oldest = made.oldest

    def sort(self) -> None:
        """Make the lines ready to be found."""
        order = sorted(
            range(len(self._keys)), key=self._keys.__getitem__
        )  # stable: of equal keys, the last line is last
        self._keys = array("Q", (self._keys[n] for n in order))
        self._offsets = array("q", (self._offsets[n] for n in order))

    def find(self, target: Target, *, since: int = 0) -> int | None:
        """Where the observations of the target are, from `since` on; None if there are none that can be used."""
        key = target_key(target)
        place = bisect_right(self._keys, key) - 1
        if place < 0 or self._keys[place] != key or self._offsets[place] < since:
            return None
        return self._offsets[place]

    def observed(self, target: Target, offset: int) -> Observed:
        """The observations of the target that are at the offset; if the journal has changed, a failure that says so."""
        try:
            return Observed(target, self._lines.at(offset).observations)
        except UsageError as error:
            failure = Failure(FailureKind.INTERRUPTED, Phase.READ, str(error))
            return Observed(target, (Observation(observed_at=utc_now(), failure=failure),))

    def recall(self, target: Target) -> Observed | None:
        """The observations of the target; None if there are none that can be used."""
        offset = self.find(target)
        return None if offset is None else self.observed(target, offset)
