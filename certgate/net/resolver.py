"""Name resolution by the system, with a deadline."""

import socket
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from certgate.model.frozen import frozen, making
from certgate.net.threads import DaemonThreads

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["Address", "LookUp", "Resolver", "look_up"]

_MAX_THREADS = 64


@frozen(slots=True)
class Address:
    """An IP address and port to connect to."""

    family: int
    sockaddr: Any

    @property
    def host(self) -> str:
        """The IP address, with its zone if it has one."""
        return str(self.sockaddr[0])

    def __str__(self) -> str:
        """The address as `ip:port` or `[ip]:port`."""
        host, port = self.sockaddr[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


_new_address = making(Address)

LookUp = Callable[[str, int], list[Address]]
"""(host, port) → addresses in the resolver's order, at least one. Raises OSError, ValueError."""


def look_up(host: str, port: int, flags: int = 0) -> list[Address]:
    """Ask the system's resolver. Raises OSError, ValueError."""
    # As bytes: Python would load and apply its own IDNA rules to text, and the host already has A-labels.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys(Address(family, sockaddr) for family, _, _, _, sockaddr in found))


def numeric(text: str, port: int) -> list[Address]:
    """The address that `text` is, as `look_up` finds it. Raises OSError if it is a name, ValueError."""
    try:
        socket.inet_pton(socket.AF_INET, text)  # takes no other form than the one that look-ups return
    except (OSError, ValueError):
        return look_up(text, port, socket.AI_NUMERICHOST)
    return [_new_address(socket.AF_INET, (text, port))]


class Resolver:
    """Looks names up in daemon threads, one for each look-up under way (at most 64)."""

    def __init__(
        self, overrides: Mapping[tuple[str, int], Sequence[str]] = MappingProxyType({}), *, system: LookUp = look_up
    ) -> None:
        """`overrides` maps (host, port) to the IP addresses to use instead of a look-up."""
        self._overrides = overrides
        self._system = system
        self._threads = DaemonThreads("certgate-resolver", most=_MAX_THREADS)

    def known(self, host: str, port: int) -> list[Address] | None:
        """The addresses if no look-up is needed: the host is an address, or is overridden. Raises ValueError."""
        texts = self._overrides.get((host, port))
        try:
            if texts is None:
                return numeric(host, port)
            return list(dict.fromkeys(address for text in texts for address in numeric(text, port)))
        except socket.gaierror:
            return None

    def resolve(self, host: str, port: int) -> "Future[list[Address]]":
        """The addresses of a name in the system's order, at least one. Ends with OSError or ValueError if it fails."""
        return self._threads.submit(partial(self._system, host, port))

    def resolve_within(self, host: str, port: int, seconds: float) -> list[Address]:
        """The same, but blocks for at most `seconds`. Raises TimeoutError after that, else OSError, ValueError."""
        future = self.resolve(host, port)
        try:
            return future.result(timeout=max(seconds, 0))
        finally:
            future.cancel()

    def close(self) -> None:
        """Let the threads end as soon as they can, without waiting for them."""
        self._threads.close()
