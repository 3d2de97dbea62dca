"""Several sources as one: their targets in order, each observed by its own source."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count

from certgate.model.errors import UsageError
from certgate.model.observation import Observed
from certgate.model.target import Target
from certgate.observe.evidence.rounds import Completion
from certgate.policy.mistakes import InvalidFile, Mistake
from certgate.sources.interface import Observer, TargetSource
from certgate.system.stop import Stop

__all__ = ["Several", "declare", "refuse_twice"]


class Several(TargetSource):
    """The sources in their order, read one after the other as the targets are."""

    def __init__(self, sources: Iterable[TargetSource]) -> None:
        self._sources = sources
        self._observers: list[Observer] = []
        self._turns: list[tuple[int, int]] = []
        """From which ordinal on which observer."""

    def targets(self) -> Iterator[Target]:
        """The targets of all of them, numbered through."""
        ordinals = count()
        for source in self._sources:
            number: int | None = None
            for target in source.targets():
                ordinal = next(ordinals)
                if number is None:
                    number = self._number(source.observer())
                    if not self._turns or self._turns[-1][1] != number:
                        self._turns.append((ordinal, number))
                yield replace(target, ordinal=ordinal)

    def observer(self) -> Observer:
        """All their observers, each of which sees the targets of its own sources."""
        return self._observers[0] if len(self._observers) == 1 else _Sharing(self._observers, self._turns)

    def _number(self, observer: Observer) -> int:
        if observer not in self._observers:
            self._observers.append(observer)
        return self._observers.index(observer)


class _Sharing(Observer):
    """Gives each target to the observer whose it is."""

    def __init__(self, observers: list[Observer], turns: list[tuple[int, int]]) -> None:
        self._observers = observers
        self._turns = turns

    def observe(self, targets: Iterator[Target], *, completion: Completion | None, stop: Stop) -> Iterator[Observed]:
        """One observer that needs connections reads the stream; what it passes over is seen by others meanwhile."""
        first = next((n for n, one in enumerate(self._observers) if one.needs_connection), 0)
        waiting = [deque[Target]() for _ in self._observers]

        def of_others() -> Iterator[Observed]:
            for number, observer in enumerate(self._observers):
                yield from observer.observe(_taken(waiting[number]), completion=completion, stop=stop)

        own = self._of(first, targets, waiting)
        for seen in self._observers[first].observe(own, completion=completion, stop=stop):
            yield seen
            yield from of_others()
        yield from of_others()

    def _of(self, wanted: int, targets: Iterator[Target], waiting: list[deque[Target]]) -> Iterator[Target]:
        turns = iter(self._turns)
        (_, number), following = next(turns), next(turns, None)
        for target in targets:
            while following and target.ordinal >= following[0]:
                (_, number), following = following, next(turns, None)
            if number == wanted:
                yield target
            else:
                waiting[number].append(target)


def _taken(waiting: deque[Target]) -> Iterator[Target]:
    while waiting:
        yield waiting.popleft()


def declare(source: TargetSource) -> list[Target]:
    """All the targets of a source. Raises UsageError, also for two that have one id."""
    targets = list(source.targets())
    refuse_twice(targets)
    return targets


def refuse_twice(targets: Iterable[Target]) -> None:
    """Raise UsageError, or InvalidFile where places are known, if two targets have the same id."""
    first: dict[str, Target] = {}
    mistakes = []
    for target in targets:
        before = first.setdefault(target.id, target)
        if before is target:
            continue
        if target.place is None:
            raise UsageError(f"{target.id} is named twice")
        where = f", first at {before.place}" if before.place else " (as an argument too)"
        mistakes.append(Mistake(target.place, f"{target.id} is declared twice{where}"))
    if mistakes:
        raise InvalidFile(mistakes)
