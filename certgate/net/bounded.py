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
    """What one exchange with `host` may cost."""

    host: str
    end: float
    """A time of the monotonic clock."""
    bytes_left: int

    def seconds(self) -> float:
        """Until the end. Raises FetchError after it."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise self.timed_out()
        return left

    def count(self, received: int) -> None:
        """Raises FetchError where it is too much."""
        self.bytes_left -= received
        if self.bytes_left < 0:
            raise FetchError(FetchFailure.TOO_LARGE, f"{self.host} sent too many bytes")

    def timed_out(self) -> FetchError:
        """Why there was no answer in time."""
        return FetchError(FetchFailure.TIMED_OUT, f"{self.host} did not answer in time")

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Errors of the system become FetchError."""
        try:
            yield
        except TimeoutError as error:
            raise self.timed_out() from error
        except OSError as error:
            reason = f": {error.strerror}" if error.strerror and not isinstance(error, ssl.SSLError) else ""
            raise FetchError(FetchFailure.UNREACHABLE, f"the connection to {self.host} broke{reason}") from error


class BoundedSocket(socket.socket):
    """A connection in the clear."""

    budget: Budget

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As `socket` has it. Raises FetchError."""
        self.settimeout(self.budget.seconds())
        with self.budget.watched():
            count = super().recv_into(buffer, nbytes, flags)
        self.budget.count(count)
        return count

    def sendall(self, data: Any, flags: int = 0) -> None:
        """As `socket` has it. Raises FetchError."""
        self.settimeout(self.budget.seconds())
        with self.budget.watched():
            super().sendall(data, flags)


class BoundedTlsSocket(ssl.SSLSocket):
    """The same within TLS. `budget` is set after the handshake, which the deadline of the socket below bounds."""

    budget: Budget

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """As `SSLSocket` has it. Raises FetchError."""
        self.settimeout(self.budget.seconds())
        with self.budget.watched():
            count = super().recv_into(buffer, nbytes, flags)
        self.budget.count(count)
        return count

    def send(self, data: Any, flags: int = 0) -> int:
        """As `SSLSocket` has it, which sends all by this. Raises FetchError."""
        self.settimeout(self.budget.seconds())
        with self.budget.watched():
            return super().send(data, flags)
