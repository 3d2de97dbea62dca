"""Ports of loopback for servers that have to be told theirs."""

import random
import socket
from collections.abc import Iterator
from itertools import cycle

__all__ = ["free_port"]

_FIRST, _END = 10_000, 32_000
"""Below those that the system gives to clients and to listeners that ask for any."""


def free_port() -> int:
    """A port that nobody listens on, another each time, and none that the system gives away."""
    return next(port for port in _ports if _is_free(port))


def _counted_from_anywhere() -> Iterator[int]:
    first = random.SystemRandom().randrange(_FIRST, _END)
    return cycle((*range(first, _END), *range(_FIRST, first)))


_ports = _counted_from_anywhere()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
