"""Sockets with one deadline and one byte limit for everything that is read and written."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from certgate.net.errors import FetchError, FetchFailure

__all__ = ["BoundedSocket", "BoundedTlsSocket", "Budget"]


@dataclass(slots=True)
class Budget:
    """The limits in time and bytes for one exchange with `host`."""

    host: str
    end: float
    """Deadline by the monotonic clock."""
    bytes_left: int

    def seconds(self) -> float:
        """The time left. Raises FetchError after the deadline."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise self.timed_out()
        return left

    def count(self, received: int) -> None:
        """Count received bytes. Raises FetchError if there are too many."""
        self.bytes_left -= received
        if self.bytes_left < 0:
            raise FetchError(FetchFailure.TOO_LARGE, f"{self.host} sent too many bytes")

    def timed_out(self) -> FetchError:
        """The error for no answer in time."""
        return FetchError(FetchFailure.TIMED_OUT, f"{self.host} did not answer in time")

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Turn system errors into FetchError."""
        try:
            yield
        except TimeoutError as error:
            raise self.timed_out() from error
        except OSError as error:
            reason = f": {error.strerror}" if error.strerror and not isinstance(error, ssl.SSLError) else ""
            raise FetchError(FetchFailure.UNREACHABLE, f"the connection to {self.host} broke{reason}") from error


class BoundedSocket(socket.socket):
    """A connection without TLS, within a budget."""

    budget: Budget

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As `socket.recv_into`. Raises FetchError."""
        self.settimeout(self.budget.seconds())
        with self.budget.watched():
            count = super().recv_into(buffer, nbytes, flags)
        self.budget.count(count)
        return count

    def sendall(self, data: Any, flags: int = 0) -> None:
        """As `socket.sendall`. Raises FetchError."""
        self.settimeout(self.budget.seconds())
        with self.budget.watched():
            super().sendall(data, flags)


class BoundedTlsSocket(ssl.SSLSocket):
    """A TLS connection within a budget. Set `budget` after the handshake, which the socket below limits."""

    budget: Budget

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """As `SSLSocket.recv_into`. Raises FetchError."""
        self.settimeout(self.budget.seconds())
        with self.budget.watched():
            count = super().recv_into(buffer, nbytes, flags)
        self.budget.count(count)
        return count

    def send(self, data: Any, flags: int = 0) -> int:
        """As `SSLSocket.send`, which `sendall` calls too. Raises FetchError."""
        self.settimeout(self.budget.seconds())
        with self.budget.watched():
            return super().send(data, flags)
