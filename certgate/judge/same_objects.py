"""What is made of the same objects is made once: targets that serve the same chain share most findings."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["SameObjects"]

T = TypeVar("T")


class SameObjects(Generic[T]):
    """Keeps what was made last. That objects are the same is fast to tell, whatever is in them."""

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[Hashable, ...], tuple[tuple[object, ...], T]] = OrderedDict()
        """By the identities of objects, which are kept too: no other object gets an identity while it is in use."""
        self._latest: tuple[tuple[object, ...], T] | None = None
        """What was used last, which the next target often needs too."""

    def get(self, how: Hashable, given: tuple[object, ...], make: Callable[[], T]) -> T:
        """What `make` makes of the objects `given`, which never change.

        `how` tells apart the ways in which it may be made: it has all else that the result depends on.
        """
        key = (how, *map(id, given))
        kept = self._kept.get(key)
        if kept is None:
            self._kept[key] = kept = (given, make())
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        elif kept is not self._latest:
            self._kept.move_to_end(key)
        self._latest = kept
        return kept[1]
