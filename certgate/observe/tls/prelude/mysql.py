"""MySQL: the server's first packet, then `SSLRequest` (MySQL source documentation, "Connection Phase")."""

from certgate.observe.tls.prelude.interface import Exactly, NotOffered, Prelude, Refused, Send, Talk, UnexpectedAnswer

__all__ = ["PRELUDES"]

_MOST = 4096
"""Bytes of the first packet: far more than any server needs."""
_VERSION, _ERROR = 10, 0xFF
_PROTOCOL_41, _SSL, _SECURE_CONNECTION = 0x0200, 0x0800, 0x8000
_UTF8 = 33
_BEHIND_VERSION = 4 + 8 + 1
"""Bytes from the version's end to the capabilities: connection id, half of the nonce, a zero."""


def _talk(_: str) -> Talk[None]:
    head = yield Exactly(4)
    length, number = int.from_bytes(head[:3], "little"), head[3]
    if number or not 0 < length <= _MOST:
        raise UnexpectedAnswer(head)
    packet = yield Exactly(length)
    if packet[0] == _ERROR:
        raise Refused(_error(packet))
    version, end, rest = packet[1:].partition(b"\0")
    capabilities = rest[_BEHIND_VERSION : _BEHIND_VERSION + 2]
    if packet[0] != _VERSION or not end or len(capabilities) < 2:
        raise UnexpectedAnswer(head + packet)
    if not int.from_bytes(capabilities, "little") & _SSL:
        raise NotOffered(version)
    request = (_PROTOCOL_41 | _SSL | _SECURE_CONNECTION).to_bytes(4, "little")
    request += (1 << 24).to_bytes(4, "little") + bytes([_UTF8]) + bytes(23)
    yield Send(len(request).to_bytes(3, "little") + bytes([number + 1]) + request)


def _error(packet: bytes) -> bytes:
    """Number and words of an error; a state of five characters may stand between them."""
    words = packet[9:] if packet[3:4] == b"#" else packet[3:]
    return b"%d %s" % (int.from_bytes(packet[1:3], "little"), words)


PRELUDES = (Prelude(_talk),)
