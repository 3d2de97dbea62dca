"""Keeps the answers that were used last, a bounded number of them."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

__all__ = ["Recent"]

T = TypeVar("T")


class Recent:
    """Answers by key; the one that was not used for longest is forgotten first.

    The key of most targets equals that of the one before, and comparing the two takes less time than a hash.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, tuple[Any]] = OrderedDict()
        self._latest: tuple[Hashable, Any] = (object(), None)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer for `key`, or the result of `make`, which is kept."""
        latest, answer = self._latest
        if key == latest:
            found: T = answer
            return found
        kept: tuple[T] | None = self._kept.get(key)
        if kept is None:
            self._kept[key] = kept = (make(),)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        self._latest = key, kept[0]
        return kept[0]
