"""Several sources as one: their targets in order, each observed by its own source."""

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from certgate.model.counted import plural
from certgate.model.errors import UsageError
from certgate.model.frozen import replacing
from certgate.model.observation import Observed
from certgate.model.target import Target
from certgate.observe.evidence.rounds import Completion
from certgate.policy.mistakes import InvalidFile, Mistake
from certgate.sources.exclude import Exclude
from certgate.sources.interface import Observer, TargetSource
from certgate.sources.only import Only
from certgate.system.stop import Stop

__all__ = ["Several"]

_MOST_KEPT = 10_000
"""Targets that are not read again: they take about 8 MB of memory."""


class Several(TargetSource):
    """Several sources, read one after the other."""

    def __init__(
        self, sources: Iterable[TargetSource], only: Only | None = None, exclude: Exclude | None = None
    ) -> None:
        self._coming = iter(sources)
        self._only = only or Only()
        self._exclude = exclude or Exclude()
        self._left_out = 0
        self._sources: list[TargetSource] = []
        self._observers: list[Observer] = []
        self._turns: list[tuple[int, int]] = []
        """For each source that was read once, its first ordinal and the number of its observer."""
        self._count = 0
        self._kept: Sequence[Target] | None = None
        """All targets, where they are few."""

    def targets(self) -> Iterator[Target]:
        """The targets of all sources, numbered consecutively, without those that `only` and `exclude` leave out.

        Raises UsageError at the end if two have the same id, a word of `only` or `exclude` matches none, or all are
        left out. Few targets are kept and not read again.
        """
        if self._kept is not None:
            yield from self._kept
            return
        hashes = array("q")
        kept: list[Target] | None = []
        self._left_out = 0
        for target in self._numbered():
            if not target.range:
                hashes.append(hash(target.id))
            if kept is not None:
                kept.append(target)
                kept = kept if len(kept) <= _MOST_KEPT else None
            yield target
        self._only.refuse_idle()
        self._exclude.refuse_idle()
        if self._left_out and not self._count:
            raise UsageError(f"--exclude leaves out all of {plural(self._left_out, 'target')}; exclude fewer")
        alike = {one for one, other in pairwise(sorted(hashes)) if one == other}
        if alike:
            _refuse_twice(target for target in self._numbered() if hash(target.id) in alike)
        self._kept = kept

    def observer(self) -> Observer:
        """An observer that passes each target to the observer of its own source."""
        return self._observers[0] if len(self._observers) == 1 else _Sharing(self._observers, self._turns)

    def _numbered(self) -> Iterator[Target]:
        """Number the targets. A source that changed since the first reading keeps its ordinals and its observer."""
        numbered = replacing(Target, "ordinal")
        for index, source in enumerate(self._each()):
            is_new = index == len(self._turns)
            ordinal = self._count if is_new else self._turns[index][0]
            last = self._turns[index + 1][0] - 1 if index + 1 < len(self._turns) else None
            targets = source.targets()
            for target in filter(self._keeps, targets) if self._only or self._exclude else targets:
                yield target if target.ordinal == ordinal else numbered(target, ordinal)
                ordinal = ordinal + 1 if last is None else min(ordinal + 1, last)
            if is_new:
                self._turns.append((self._count, self._number(source.observer())))
                self._count = ordinal

    @property
    def left_out(self) -> int:
        """Declared targets that `only` and `exclude` leave out, as far as the targets were read."""
        return self._left_out

    def _keeps(self, target: Target) -> bool:
        keeps = not self._exclude.leaves_out(target) and self._only.keeps(target)
        self._left_out += not keeps
        return keeps

    def _each(self) -> Iterator[TargetSource]:
        yield from self._sources
        for source in self._coming:
            self._sources.append(source)
            yield source

    def _number(self, observer: Observer) -> int:
        if observer not in self._observers:
            self._observers.append(observer)
        return self._observers.index(observer)


class _Sharing(Observer):
    """Passes each target to its own observer."""

    def __init__(self, observers: list[Observer], turns: list[tuple[int, int]]) -> None:
        self._observers = observers
        self._turns = turns

    def observe(self, targets: Iterator[Target], *, completion: Completion | None, stop: Stop) -> Iterator[Observed]:
        """One observer that needs connections reads the stream; the others observe the targets that it skips."""
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

    def shared_by(self, processes: int) -> Observer:
        """Each observer as it is in one of several processes."""
        return _Sharing([one.shared_by(processes) for one in self._observers], self._turns)

    def _of(self, wanted: int, targets: Iterator[Target], waiting: list[deque[Target]]) -> Iterator[Target]:
        starts = [start for start, _ in self._turns]
        for target in targets:
            _, number = self._turns[bisect_right(starts, target.ordinal) - 1]
            if number == wanted:
                yield target
            else:
                waiting[number].append(target)


def _taken(waiting: deque[Target]) -> Iterator[Target]:
    while waiting:
        yield waiting.popleft()


def _refuse_twice(targets: Iterable[Target]) -> None:
    """Raise UsageError, or InvalidFile if places are known, if two targets have the same id."""
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
