"""Name look-ups in daemon threads, so that one that hangs holds up neither a deadline nor the end of the program."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Any

__all__ = ["Address", "Resolver"]

_MAX_THREADS = 64


@dataclass(frozen=True, slots=True)
class Address:
    """One place to connect to."""

    family: int
    sockaddr: Any

    def __str__(self) -> str:
        """The address as `ip:port` or `[ip]:port`."""
        host, port = self.sockaddr[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


_Answer = asyncio.Future[list[Address]]


class Resolver:
    """Looks names up with the system's resolver, in as many threads as look-ups are under way (at most 64)."""

    def __init__(self, overrides: Mapping[tuple[str, int], str]) -> None:
        """`overrides` maps (host, port) to the IP address to use instead of a look-up."""
        self._overrides = overrides
        self._jobs: SimpleQueue[tuple[str, int, _Answer] | None] = SimpleQueue()
        self._idle = Semaphore(0)
        self._threads = 0

    def known(self, host: str, port: int) -> list[Address] | None:
        """The address if no look-up is needed: the host is one, or is overridden. Raises ValueError."""
        try:
            return _look_up(self._overrides.get((host, port), host), port, socket.AI_NUMERICHOST)
        except socket.gaierror:
            return None

    async def resolve(self, host: str, port: int) -> list[Address]:
        """The addresses of a name in the system's order, at least one. Raises OSError, ValueError."""
        host = self._overrides.get((host, port), host)
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._jobs.put((host, port, answer))
        if not self._idle.acquire(blocking=False) and self._threads < _MAX_THREADS:
            self._threads += 1
            Thread(target=self._work, name="certgate-resolver", daemon=True).start()
        return await answer

    def close(self) -> None:
        """Let the threads end as soon as they can; none is waited for."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            host, port, answer = job
            if not answer.cancelled():
                _deliver(host, port, answer)
            self._idle.release()


def _deliver(host: str, port: int, answer: _Answer) -> None:
    addresses: list[Address] = []
    error: Exception | None = None
    try:
        addresses = _look_up(host, port, 0)
    except Exception as caught:
        error = caught

    def settle() -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(addresses)

    try:
        answer.get_loop().call_soon_threadsafe(settle)
    except RuntimeError:
        return  # the run is over, its loop closed


def _look_up(host: str, port: int, flags: int) -> list[Address]:
    # As bytes, since Python would load and apply its own IDNA rules to text; the host has A-labels already.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys(Address(family, sockaddr) for family, _, _, _, sockaddr in found))
