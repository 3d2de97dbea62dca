"""Observes the targets of a run as their source does, and fetches missing evidence."""

from collections.abc import Iterator

from certgate.gate.fetch_options import FetchOptions
from certgate.gate.judges import Judges
from certgate.model.observation import Observed
from certgate.model.target import Target
from certgate.sources.interface import Observer
from certgate.system.stop import Stop

__all__ = ["Observing"]


class Observing:
    """An observer with a fetcher for missing evidence. Pickling keeps its arguments: unpickling makes a new fetcher."""

    def __init__(self, observer: Observer, judges: Judges, fetching: FetchOptions | None, stop: Stop) -> None:
        """`fetching` is None if nothing may be fetched. Raises UsageError for unusable options."""
        self._made_of = observer, judges, fetching, stop
        self._observer = observer
        self._completion = fetching.completion(judges.missing) if fetching else None
        self._stop = stop

    def __call__(self, targets: Iterator[Target]) -> Iterator[Observed]:
        """Observe the targets, in any order."""
        return self._observer.observe(targets, completion=self._completion, stop=self._stop)

    def __reduce__(self) -> tuple[type["Observing"], tuple[Observer, Judges, FetchOptions | None, Stop]]:
        """Pickle the arguments."""
        return Observing, self._made_of
