"""What is made of an object that many targets share is made once."""

from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Kept"]

Shared = TypeVar("Shared")
Made = TypeVar("Made")


class Kept(Generic[Shared, Made]):
    """Makes something of objects that never change, and keeps what it made last.

    The same object is fast to tell, whatever is in it; an equal one is not taken for it.
    """

    def __init__(self, make: Callable[[Shared], Made], size: int = 64) -> None:
        self._make = make
        self._size = size
        self._kept: dict[int, tuple[Shared, Made]] = {}
        """By identity, with the object itself: no other one gets its identity while it is kept."""

    def of(self, shared: Shared) -> Made:
        """What is made of the object."""
        found = self._kept.get(id(shared))
        if found is None:
            found = self._kept[id(shared)] = shared, self._make(shared)
            if len(self._kept) > self._size:
                del self._kept[next(iter(self._kept))]
        return found[1]
