"""A TLS connection that goes on after its handshake, to hear what the server makes of the client."""

import time
from enum import Enum, auto

from OpenSSL import SSL

from certgate.observe.event_loop import TimeLimit
from certgate.observe.tls.client import Told
from certgate.observe.tls.deadline import Deadline
from certgate.observe.tls.handshake import complete, output
from certgate.observe.tls.prelude.interface import Framing
from certgate.observe.tls.stream import Stream

__all__ = ["Conversation", "Heard"]

_CHUNK = 16 * 1024
MAX_BYTES = 256 * 1024
"""What a server may send after the handshake."""


class Heard(Enum):
    """What came next from the server."""

    BYTES = auto()
    """Of the application."""
    TICKET = auto()
    ALERT = auto()
    CLOSED = auto()
    NOTHING = auto()
    """Nothing came in time."""


class Conversation:
    """One connection, from the ClientHello on."""

    def __init__(self, stream: Stream, connection: SSL.Connection, told: Told, peer: str) -> None:
        self._stream = stream
        self._connection = connection
        self._told = told
        self._peer = peer
        self._tickets = 0
        self._size = 0
        self._early: Heard | None = None
        self.seconds = 0.0
        """What the handshake took."""
        self.received = b""
        """The application's bytes that were heard last."""

    async def shake_hands(self, framing: Framing | None) -> None:
        """Complete the handshake. Raises ObservationFailed.

        What a TLS 1.3 server says before it can have the client's last flight tells nothing, and is dropped.
        """
        began = time.monotonic()
        await complete(self._stream, self._connection, self._peer, bytearray(), lambda: None, framing)
        self.seconds = time.monotonic() - began
        self._tickets = self._told.tickets
        early = self._next()
        while early in {Heard.BYTES, Heard.TICKET} and self.is_tls_1_3:
            early = self._next()
        self._early = early
        if flight := output(self._connection):
            await self._stream.send_all(framing.wrap(flight) if framing else flight)

    async def say(self, data: bytes) -> None:
        """Send the application's bytes. Raises OSError or SSL.Error."""
        self._connection.sendall(data)
        await self._flush()

    async def hear(self, until: Deadline) -> Heard:
        """What comes next. Each ticket is told once."""
        if early := self._early:
            self._early = None
            return early
        try:
            with TimeLimit(until.at):
                while (heard := self._next()) is None:
                    await self._flush()
                    chunk = await self._stream.receive(_CHUNK)
                    self._size += len(chunk)
                    if not chunk or self._size > MAX_BYTES:
                        return Heard.CLOSED
                    self._connection.bio_write(chunk)
        except TimeoutError:
            return Heard.NOTHING
        except OSError:
            return Heard.CLOSED
        return heard

    @property
    def is_tls_1_3(self) -> bool:
        """Whether TLS 1.3, or a later version, was negotiated."""
        return self._connection.get_protocol_version() >= SSL.TLS1_3_VERSION

    def _next(self) -> Heard | None:
        """What the bytes that are there say, a ticket before the close that came with it; None if nothing yet."""
        ending = None
        try:
            self.received = self._connection.recv(_CHUNK)
        except SSL.WantReadError:
            pass
        except SSL.Error:
            ending = Heard.CLOSED if self._told.alert is None else Heard.ALERT
        else:
            return Heard.BYTES
        if ending is not Heard.ALERT and self._told.tickets > self._tickets:
            self._tickets = self._told.tickets
            return Heard.TICKET
        return ending

    async def _flush(self) -> None:
        while flight := output(self._connection):
            await self._stream.send_all(flight)
