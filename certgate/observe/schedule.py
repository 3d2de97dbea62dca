"""Which target is next, so that no host has more than its share under way."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import cast

from certgate.model.target import Endpoint, Target

__all__ = ["Schedule"]

_WINDOW = 4


class Schedule:
    """Hands out targets in declared order, but holds those back whose host is busy and looks past them.

    It takes from `targets` only when it needs one, and holds back at most four times `concurrency` of them.
    """

    def __init__(self, targets: Iterable[Target], *, concurrency: int, per_host: int) -> None:
        self._targets = iter(targets)
        self._per_host = per_host
        self._room = _WINDOW * concurrency
        self._busy: Counter[str] = Counter()
        self._held: dict[str, deque[Target]] = {}
        self._ready: deque[Target] = deque()

    def take(self) -> Target | None:
        """The next target that may start now, None if there is none. It is given back with `release`."""
        if self._ready:
            return self._ready.popleft()
        while self._room and (target := next(self._targets, None)) is not None:
            host = _host(target)
            if self._busy[host] < self._per_host:
                self._busy[host] += 1
                return target
            self._held.setdefault(host, deque()).append(target)
            self._room -= 1
        return None

    def release(self, target: Target) -> None:
        """A target that was taken is done: the next one of its host, if one was held back, has its place."""
        host = _host(target)
        if waiting := self._held.get(host):
            self._ready.append(waiting.popleft())
            self._room += 1
            if not waiting:
                del self._held[host]
        elif self._busy[host] > 1:
            self._busy[host] -= 1
        else:
            del self._busy[host]

    def held_back(self) -> Iterator[Target]:
        """The targets that were read but not handed out."""
        return chain(self._ready, *self._held.values())


def _host(target: Target) -> str:
    return cast("Endpoint", target.source).host
