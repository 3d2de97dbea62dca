"""Observes the targets of a run as their source does, and fetches missing evidence."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from certgate.gate.fetch_options import FetchOptions
from certgate.gate.judges import Judges
from certgate.model.observation import Observed
from certgate.model.snapshot import LastSeen
from certgate.model.target import Target
from certgate.sources.interface import Observer
from certgate.system.stop import Stop

if TYPE_CHECKING:
    from certgate.gate.history.last_run import LastRun

__all__ = ["Observing"]


class Observing:
    """An observer with a fetcher for missing evidence. Pickling keeps its arguments: unpickling makes a new fetcher.

    It keeps the last run only if a rule needs it, as unpickling reads that again.
    """

    def __init__(
        self,
        observer: Observer,
        judges: Judges,
        fetching: FetchOptions | None,
        stop: Stop,
        last: "LastRun | None" = None,
    ) -> None:
        """`fetching` is None if nothing may be fetched. Raises UsageError for unusable options."""
        self._made_of = observer, judges, fetching, stop, last
        self._observer = observer
        self._judges = judges
        self._last = last
        self._completion = fetching.completion(judges.missing) if fetching else None
        self._stop = stop

    def __call__(self, targets: Iterator[Target]) -> Iterator[Observed]:
        """Observe the targets, in any order."""
        for observed in self._observer.observe(targets, completion=self._completion, stop=self._stop):
            yield self._compared(observed, self._last) if self._last else observed

    def _compared(self, observed: Observed, last: "LastRun") -> Observed:
        """The observations with the target as the last run saw it, if a rule needs that."""
        if not self._judges.of(observed.target).needs_history:
            return observed
        before = last.get(observed.target.id)
        return replace(observed, last=LastSeen(last.run.at, before) if before else None)

    def __reduce__(
        self,
    ) -> tuple[type["Observing"], tuple[Observer, Judges, FetchOptions | None, Stop, "LastRun | None"]]:
        """Pickle the arguments."""
        observer, judges, fetching, stop, last = self._made_of
        return Observing, (observer, judges, fetching, stop, last if judges.need_history else None)
