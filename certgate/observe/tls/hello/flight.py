"""What a server says in the clear: records in any pieces, turned into handshake messages and alerts."""

from enum import IntEnum

__all__ = ["MAX_MESSAGES", "Flight", "Message"]

MAX_MESSAGES = 64
_MAX_RECORD = 2**14 + 2048
_HEADER = 5
_ALERT, _HANDSHAKE = 21, 22
_RECORD_TYPES = range(20, 24)
_MAJOR_VERSION = 3
_ALERT_LENGTH = 2


class Message(IntEnum):
    """The handshake messages that certgate looks at (RFC 5246 §7.4, RFC 8446 §4)."""

    HELLO_REQUEST = 0
    SERVER_HELLO = 2
    CERTIFICATE = 11
    SERVER_KEY_EXCHANGE = 12
    CERTIFICATE_REQUEST = 13
    SERVER_HELLO_DONE = 14
    CERTIFICATE_STATUS = 22


class Flight:
    """Reads on until something is encrypted or cannot be read. The caller bounds the bytes."""

    def __init__(self, data: bytes = b"") -> None:
        self._received = bytearray()
        self._left = 0
        """Bytes of the current handshake record that are still to come."""
        self._handshake = bytearray()
        """Handshake data that is not a whole message yet."""
        self.messages: list[tuple[int, bytes]] = []
        """Type and body of each whole message."""
        self.alerts: list[tuple[int, int]] = []
        """Level and number of each alert."""
        self.trouble = ""
        """Why nothing more is read; empty while there may be more."""
        self.feed(data)

    @property
    def begun(self) -> int | None:
        """The type of the message that has begun and is not whole."""
        return self._handshake[0] if self._handshake else None

    def body(self, kind: Message) -> bytes | None:
        """The body of the first message of a kind, as far as it was received; None if there is none."""
        found = next((body for known, body in self.messages if known == kind), None)
        return bytes(self._handshake[4:]) if found is None and self.begun == kind else found

    def feed(self, data: bytes) -> None:
        """Read these bytes too."""
        self._received += data
        while not self.trouble and self._read():
            pass

    def _read(self) -> bool:
        """Read as much of one record as there is; False if more must be received."""
        if self._left:
            taken = self._taken(self._left)
            self._left -= len(taken)
            self._handshake += taken
            self._split()
            return bool(taken)
        if len(self._received) < _HEADER:
            return False
        kind, major, length = self._received[0], self._received[1], int.from_bytes(self._received[3:_HEADER])
        if kind not in _RECORD_TYPES or major != _MAJOR_VERSION or not 0 < length <= _MAX_RECORD:
            self.trouble = "it sent something that is not a TLS record"
        elif kind == _HANDSHAKE:
            self._taken(_HEADER)
            self._left = length
        elif kind != _ALERT or length != _ALERT_LENGTH:
            self.trouble = "it began to encrypt"
        elif len(self._received) < _HEADER + length:
            return False
        else:
            *_, level, number = self._taken(_HEADER + length)
            self._count(self.alerts)
            self.alerts.append((level, number))
        return True

    def _split(self) -> None:
        """Take all whole messages."""
        while len(self._handshake) >= (head := 4) and not self.trouble:
            end = head + int.from_bytes(self._handshake[1:head])
            if len(self._handshake) < end:
                return
            self._count(self.messages)
            self.messages.append((self._handshake[0], bytes(self._handshake[head:end])))
            del self._handshake[:end]

    def _taken(self, count: int) -> bytes:
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    def _count(self, several: list[tuple[int, bytes]] | list[tuple[int, int]]) -> None:
        if len(several) == MAX_MESSAGES:
            self.trouble = f"it sent more than {MAX_MESSAGES} messages"
