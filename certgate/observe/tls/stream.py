"""A socket of an event loop: whoever waits for it lets other connections go on."""

import os
import socket
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from certgate.observe.event_loop import running_loop
from certgate.observe.poller import READ, WRITE

__all__ = ["Stream"]


class Stream:
    """Closes the socket at the end of the context. For tasks of one event loop."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._number = sock.fileno()
        self._loop = running_loop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.ignore(self._number)
        self._sock.close()

    async def connect(self, address: Any) -> None:
        """Connect to an address of the socket's family. Raises OSError."""
        try:
            self._sock.connect(address)
        except (BlockingIOError, InterruptedError):
            await self._loop.ready(self._number, WRITE)
            if error := self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(error, os.strerror(error)) from None

    async def send_all(self, data: bytes) -> None:
        """Send the bytes. Raises OSError."""
        while left := len(data) - self.send_at_once(data):
            data = data[-left:]
            await self._loop.ready(self._number, WRITE)

    async def receive(self, most: int) -> bytes:
        """The next bytes, empty at the end. Raises OSError."""
        while True:
            await self._loop.ready(self._number, READ)
            try:
                return self._sock.recv(most)
            except BlockingIOError:
                continue

    def send_at_once(self, data: bytes) -> int:
        """Send what the system takes without waiting; returns how much that is. Raises OSError."""
        try:
            return self._sock.send(data)
        except BlockingIOError:
            return 0

    def at_hand(self, most: int) -> bytes:
        """What lies there to be read, up to about so many bytes. Raises OSError."""
        found = bytearray()
        with suppress(BlockingIOError):
            while len(found) < most and (chunk := self._sock.recv(most - len(found))):
                found += chunk
        return bytes(found)
