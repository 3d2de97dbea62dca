"""Takes observations from a journal, in front of another observer."""

from collections import deque
from collections.abc import Iterator

from certgate.model.observation import Observed
from certgate.model.target import Target
from certgate.observe.evidence.rounds import Completion
from certgate.observe.journal.settled import Settled
from certgate.sources.interface import Observer
from certgate.system.stop import Stop

__all__ = ["Resuming"]


class Resuming(Observer):
    """Takes what is settled from the journal, and passes all other targets to another observer."""

    def __init__(self, observer: Observer, settled: Settled) -> None:
        self._observer = observer
        self._settled = settled

    def observe(self, targets: Iterator[Target], *, completion: Completion | None, stop: Stop) -> Iterator[Observed]:
        """Read the stream as the other observer does, and skip what is settled."""
        waiting = deque[tuple[Target, int]]()

        def unsettled() -> Iterator[Target]:
            for target in targets:
                if (offset := self._settled.find(target)) is None:
                    yield target
                else:
                    waiting.append((target, offset))

        def settled() -> Iterator[Observed]:
            while waiting and not stop.wanted:
                yield self._settled.observed(*waiting.popleft())

        for seen in self._observer.observe(unsettled(), completion=completion, stop=stop):
            yield seen
            yield from settled()
        yield from settled()
