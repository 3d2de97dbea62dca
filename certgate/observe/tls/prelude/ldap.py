"""LDAP: the extended operation StartTLS (RFC 4511 §4.14)."""

from certgate.observe.tls.prelude.interface import Exactly, NotOffered, Prelude, Refused, Send, Talk, UnexpectedAnswer

__all__ = ["PRELUDES"]

_NAME = b"1.3.6.1.4.1.1466.20037"
_MESSAGE_ID = b"\x01"
_REQUEST = b"\x30\x1d\x02\x01" + _MESSAGE_ID + b"\x77\x18\x80\x16" + _NAME
_SEQUENCE, _INTEGER, _OCTETS, _ENUMERATED, _EXTENDED_RESPONSE = 0x30, 0x02, 0x04, 0x0A, 0x78
_PROTOCOL_ERROR = 2
"""What a server says that does not know the operation."""


def _talk(_: str) -> Talk[None]:
    yield Send(_REQUEST)
    message = yield from _message()
    try:
        message_id, rest = _element(message, _INTEGER)
        response, _controls = _element(rest, _EXTENDED_RESPONSE)
        result, rest = _element(response, _ENUMERATED)
        _matched, rest = _element(rest, _OCTETS)
        words, _more = _element(rest, _OCTETS)
        if not message_id or not result:
            raise UnexpectedAnswer(message)
    except ValueError:
        raise UnexpectedAnswer(message) from None
    code = int.from_bytes(result)
    said = b"%d %s" % (code, words)
    if message_id.lstrip(b"\0") == b"":  # the server speaks of its own accord: it is about to hang up
        raise Refused(said)
    if message_id.lstrip(b"\0") != _MESSAGE_ID:
        raise UnexpectedAnswer(message)
    if code == _PROTOCOL_ERROR:
        raise NotOffered(said)
    if code:
        raise Refused(said)


def _message() -> Talk[bytes]:
    """What one message holds."""
    head = yield Exactly(2)
    if head[0] != _SEQUENCE:
        raise UnexpectedAnswer(head)
    length = head[1]
    if length & 0x80:
        count = length & 0x7F
        if not 0 < count <= 4:
            raise UnexpectedAnswer(head)
        length = int.from_bytes((yield Exactly(count)))
    return (yield Exactly(length))


def _element(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first element, and what comes after it; lengths may be longer than need be (X.690 §8.1.3)."""
    if data[:1] != bytes([tag]) or len(data) < 2:
        raise ValueError
    start, length = 2, data[1]
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start])
    if len(data) < start + length:
        raise ValueError
    return data[start : start + length], data[start + length :]


PRELUDES = (Prelude(_talk),)
