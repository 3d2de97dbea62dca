"""Rows and sections of targets, spooled by state, so that the worst are first and memory stays bounded."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice

from markupsafe import Markup

from certgate.reports.spool import Spool
from certgate.reports.web.target_view import State

__all__ = ["Shelves"]


class Shelves:
    """Lines of markup by state; at most `most` of them are kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._spools = {state: Spool() for state in State}
        self.counts: Counter[State] = Counter()

    def add(self, state: State, line: str) -> None:
        """Keep one line; drop it if there are too many of its state."""
        self.counts[state] += 1
        if self.counts[state] <= self._most:
            self._spools[state].write(f"{line}\n")

    def lines(self) -> Iterator[Markup]:
        """The lines that are shown, the worst first."""
        every = chain.from_iterable(spool.lines() for spool in self._spools.values())
        return (Markup(line) for line in islice(every, self._most))  # noqa: S704 (rendered by a template)

    @property
    def left_out(self) -> Counter[State]:
        """How many targets of each state are not shown."""
        left, missing = self._most, Counter[State]()
        for state in State:
            shown = min(left, self.counts[state])
            left -= shown
            if rest := self.counts[state] - shown:
                missing[state] = rest
        return missing

    def close(self) -> None:
        """Give the space back."""
        for spool in self._spools.values():
            spool.close()
