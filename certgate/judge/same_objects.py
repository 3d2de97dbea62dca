"""What is made of the same objects is made once: targets that serve the same chain share most findings."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from certgate.judge.recent import Recent

__all__ = ["SameObjects"]

T = TypeVar("T")


class SameObjects(Generic[T]):
    """Keeps what was made last. That objects are the same is fast to tell, whatever is in them."""

    def __init__(self, size: int = 256) -> None:
        self._recent = Recent(size)

    def get(self, how: Hashable, given: tuple[object, ...], make: Callable[[], T]) -> T:
        """What `make` makes of the objects `given`, which never change.

        `how` tells apart the ways in which it may be made: it has all else that the result depends on. The objects are
        kept too: no other one gets the identity of one of them in the meantime.
        """
        _, made = self._recent.get((how, *map(id, given)), lambda: (given, make()))
        return made
