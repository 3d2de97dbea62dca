"""Microsoft SQL Server: TLS at once (TDS 8), or a pre-login after which TLS travels in packets (MS-TDS §2.2.6.5)."""

from certgate.observe.tls.prelude.interface import (
    Exactly,
    Framing,
    NotOffered,
    Prelude,
    Send,
    Talk,
    UnexpectedAnswer,
)

__all__ = ["PRELUDES", "TdsFraming"]

_HEAD = 8
_PRELOGIN, _RESPONSE = 0x12, 0x04
_LAST = 0x01
_MOST = 4096
"""Bytes of a packet that every server takes before login."""
_VERSION, _ENCRYPTION, _END = 0x00, 0x01, 0xFF
_OFF, _ON, _NOT_SUPPORTED, _REQUIRED = range(4)


def _packet(kind: int, data: bytes, *, last: bool = True) -> bytes:
    return bytes([kind, _LAST if last else 0]) + (_HEAD + len(data)).to_bytes(2) + bytes(4) + data


def _request() -> bytes:
    """Says which version the client has, none, and that it wants encryption."""
    values = {_VERSION: bytes(6), _ENCRYPTION: bytes([_ON])}
    options, data = b"", b""
    start = 5 * len(values) + 1
    for option, value in values.items():
        options += bytes([option]) + (start + len(data)).to_bytes(2) + len(value).to_bytes(2)
        data += value
    return _packet(_PRELOGIN, options + bytes([_END]) + data)


def _strict(_: str) -> Talk[None]:
    yield from ()


def _prelogin(_: str) -> Talk[None]:
    yield Send(_request())
    answer = b""
    last = False
    while not last:
        head = yield Exactly(_HEAD)
        length = int.from_bytes(head[2:4])
        if head[0] != _RESPONSE or length < _HEAD:
            raise UnexpectedAnswer(head)
        answer += yield Exactly(length - _HEAD)
        last = bool(head[1] & _LAST)
    encryption = _option(answer, _ENCRYPTION)
    if encryption == bytes([_NOT_SUPPORTED]):
        raise NotOffered(b"ENCRYPT_NOT_SUP")
    if encryption not in {bytes([_OFF]), bytes([_ON]), bytes([_REQUIRED])}:
        raise UnexpectedAnswer(answer)


def _option(answer: bytes, wanted: int) -> bytes:
    """The value of an option; empty if it is not there."""
    for at in range(0, len(answer) - 4, 5):
        if answer[at] == _END:
            break
        if answer[at] == wanted:
            start, length = int.from_bytes(answer[at + 1 : at + 3]), int.from_bytes(answer[at + 3 : at + 5])
            return answer[start : start + length]
    return b""


class TdsFraming(Framing):
    """TLS in packets of the pre-login."""

    def __init__(self) -> None:
        self._received = bytearray()

    def wrap(self, data: bytes) -> bytes:
        """As many packets as it takes; the last one says so."""
        parts = [data[at : at + _MOST - _HEAD] for at in range(0, len(data), _MOST - _HEAD)]
        return b"".join(_packet(_PRELOGIN, part, last=part is parts[-1]) for part in parts)

    def unwrap(self, data: bytes) -> bytes:
        """What all packets carry that are there whole."""
        self._received += data
        carried = bytearray()
        while len(self._received) >= _HEAD:
            length = int.from_bytes(self._received[2:4])
            if self._received[0] not in {_PRELOGIN, _RESPONSE} or length < _HEAD:
                raise UnexpectedAnswer(bytes(self._received))
            if len(self._received) < length:
                break
            carried += self._received[_HEAD:length]
            del self._received[:length]
        return bytes(carried)


PRELUDES = (
    Prelude(_strict, way="strict", alpn=("tds/8.0",)),
    Prelude(_prelogin, way="prelogin", framing=TdsFraming),
)
