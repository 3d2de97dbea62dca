"""A bounded memory of results by content."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Memo"]

T = TypeVar("T")


class Memo(Generic[T]):
    """Keeps the results used last; the key must hold everything that the result depends on."""

    def __init__(self, size: int = 1024) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The kept result for `key`, or what `make` gives now."""
        try:
            self._kept.move_to_end(key)
        except KeyError:
            self._kept[key] = result = make()
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
            return result
        return self._kept[key]
