"""The order of targets, so that no host has more than its share of connections."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import field
from itertools import chain

from certgate.model.frozen import changeable
from certgate.model.target import Target

__all__ = ["Schedule"]

_WINDOW = 4


class Schedule:
    """Hands out targets in declared order, but holds those back whose host is busy and looks past them.

    It takes from `targets` only when it needs one, and holds back at most four times `concurrency` of them. A host's
    share is `per_host`. While no target of the host has answered, it doubles with each that ends silent, up to
    `concurrency`: waiting for a host that says nothing is no load on it, so that n silent targets cost about log2(n)
    time limits and not n / per_host.
    """

    def __init__(self, targets: Iterable[Target], *, concurrency: int, per_host: int) -> None:
        self._targets = iter(targets)
        self._per_host = per_host
        self._most = max(concurrency, per_host)
        self._room = _WINDOW * concurrency
        self._hosts: dict[str, _Host] = {}
        self._ready: deque[Target] = deque()

    def take(self) -> Target | None:
        """The next target that may start now, None if there is none. It is given back with `release`."""
        if self._ready:
            return self._ready.popleft()
        while self._room and (target := next(self._targets, None)) is not None:
            name = _name(target)
            if name not in self._hosts:
                self._hosts[name] = _Host(self._per_host)
            host = self._hosts[name]
            if host.busy < host.share:
                host.busy += 1
                return target
            host.held.append(target)
            self._room -= 1
        return None

    def release(self, target: Target, *, silent: bool = False) -> None:
        """A target that was taken is done; `silent`: its host said nothing until the time was up."""
        name = _name(target)
        host = self._hosts[name]
        host.busy -= 1
        host.answered |= not silent
        host.share = self._per_host if host.answered else min(2 * host.share, self._most)
        if not host.answered and host.held:
            import logging

            logging.getLogger(__name__).info("%s does not answer; trying %d of its targets at a time", name, host.share)
        while host.held and host.busy < host.share:
            host.busy += 1
            self._ready.append(host.held.popleft())
            self._room += 1
        if not host.busy:
            del self._hosts[name]

    def held_back(self) -> Iterator[Target]:
        """The targets that were read but not handed out."""
        return chain(self._ready, *(host.held for host in self._hosts.values()))


@changeable(slots=True)
class _Host:
    """What is under way on one host, and what waits for it."""

    share: int
    busy: int = 0
    answered: bool = False
    held: deque[Target] = field(default_factory=deque)


def _name(target: Target) -> str:
    return target.source.endpoint.host
