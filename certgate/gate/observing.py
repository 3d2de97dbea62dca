"""How a run observes its targets: as their source says, with what judging finds missing."""

from collections.abc import Iterator

from certgate.gate.fetch_options import FetchOptions
from certgate.gate.judges import Judges
from certgate.model.observation import Observed
from certgate.model.target import Target
from certgate.sources.interface import Observer
from certgate.system.stop import Stop

__all__ = ["Observing"]


class Observing:
    """An observer with what fetches for it. It pickles as what it was made of: in another process all is made anew."""

    def __init__(self, observer: Observer, judges: Judges, fetching: FetchOptions | None, stop: Stop) -> None:
        """`fetching` is None where nothing may be fetched. Raises UsageError for options that cannot be followed."""
        self._made_of = observer, judges, fetching, stop
        self._observer = observer
        self._completion = fetching.completion(judges.missing) if fetching else None
        self._stop = stop

    def __call__(self, targets: Iterator[Target]) -> Iterator[Observed]:
        """What is observed of the targets, in whatever order."""
        return self._observer.observe(targets, completion=self._completion, stop=self._stop)

    def __reduce__(self) -> tuple[type["Observing"], tuple[Observer, Judges, FetchOptions | None, Stop]]:
        """Pickle what it was made of."""
        return Observing, self._made_of
