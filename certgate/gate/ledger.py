"""The ledger of a run: every declared target is handed on exactly once, in the order of declaration."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from certgate.model.errors import UsageError
from certgate.model.target import Target

__all__ = ["Ledger"]

_NAMED = 5
"""Missing targets that are named; the others are only counted."""

T = TypeVar("T")


class Ledger(Generic[T]):
    """Records targets when they are declared and removes them when their results are handed on.

    It keeps only targets under way: it does not grow with the number of targets.
    """

    def __init__(self, planned: int = 0) -> None:
        """`planned` is how many targets were declared when the run was planned."""
        self._planned = planned
        self.declared = 0
        """Targets that were read."""
        self.handed_on = 0
        """Results that were handed on."""
        self.strays: list[str] = []
        """Ids with an unexpected result: a second one, or one for an undeclared target."""
        self._open: OrderedDict[str, Target] = OrderedDict()
        self._waiting: dict[str, T] = {}
        self._faults: list[str] = []

    def declare(self, targets: Iterable[Target]) -> Iterator[Target]:
        """Pass the targets on, each recorded as it is read. Raises UsageError for an id that is still open."""
        for target in targets:
            if target.id in self._open:
                raise UsageError(f"{target.id} is declared twice; give one of them another name")
            self.declared += 1
            self._open[target.id] = target
            yield target

    def awaits(self, target: Target) -> bool:
        """Whether the target is declared and has no result yet; otherwise records its id as a stray."""
        is_open = target.id in self._open and target.id not in self._waiting
        if not is_open:
            self.strays.append(target.id)
        return is_open

    def settle(self, target: Target, result: T) -> None:
        """Take the result of an awaited target."""
        self._waiting[target.id] = result

    def due(self) -> Iterator[T]:
        """Hand on the results whose turn it is now."""
        while self._open and (first := next(iter(self._open))) in self._waiting:
            del self._open[first]
            self.handed_on += 1
            yield self._waiting.pop(first)

    @property
    def unsettled(self) -> Sequence[Target]:
        """Targets that were read and have no result yet, in the order of declaration."""
        return [target for target in self._open.values() if target.id not in self._waiting]

    @property
    def under_way(self) -> int:
        """The number of targets read from the oldest unfinished one on."""
        return len(self._open)

    @property
    def expected(self) -> int:
        """The number of targets that need a result, including planned ones that were not declared again."""
        return max(self._planned, self.declared)

    @property
    def missing(self) -> int:
        """The number of targets without a handed-on result."""
        return self.expected - self.handed_on

    @property
    def missing_ids(self) -> tuple[str, ...]:
        """The first missing ids."""
        return tuple(list(self._open)[:_NAMED])

    def note(self, fault: str) -> None:
        """Record a fault of the run itself."""
        self._faults.append(fault)

    @property
    def faults(self) -> tuple[str, ...]:
        """The faults of the run other than missing targets, a sentence each."""
        if not self.strays:
            return tuple(self._faults)
        named = ", ".join(self.strays[:_NAMED])
        stray = f"a bug in certgate: unexpected results arrived for {named}; please report it"
        return (*self._faults, stray)
