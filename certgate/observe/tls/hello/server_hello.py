"""Reads ServerHello, HelloRetryRequest and ServerKeyExchange: what a server chose (RFC 8446 §4.1.3, RFC 8422 §5.4)."""

from struct import Struct

from certgate.model.frozen import frozen
from certgate.model.observation import HandshakeFacts
from certgate.model.tls_names import CIPHERS, GROUPS, TLS_1_3, VERSIONS
from certgate.observe.tls.hello.flight import Flight, Message

__all__ = ["ServerHello", "group_of", "negotiated", "server_hello"]

_ALPN, _SUPPORTED_VERSIONS, _KEY_SHARE = 16, 43, 51
_NAMED_CURVE = 3
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random of a HelloRetryRequest."""
_HEAD = Struct(">HH").unpack_from
"""Type and length of an extension."""


@frozen(slots=True, kw_only=True)
class ServerHello:
    """What a ServerHello, or a HelloRetryRequest, chose: the numbers that TLS uses."""

    version: int
    suite: int
    group: int | None = None
    """The group of TLS 1.3; None if none was chosen, and in older versions."""
    alpn: str | None = None
    is_retry: bool = False


def server_hello(body: bytes) -> ServerHello | None:
    """The message with this body; None if it is cut short before its extensions."""
    suite_at = 35 + int.from_bytes(body[34:35])  # after version, random and session id
    extensions_at = suite_at + 3
    if len(body) < extensions_at:
        return None
    found = _extensions(body[extensions_at + 2 :][: int.from_bytes(body[extensions_at : extensions_at + 2])])
    share, alpn = found.get(_KEY_SHARE, b""), found.get(_ALPN, b"")
    return ServerHello(
        version=int.from_bytes(found.get(_SUPPORTED_VERSIONS, body)[:2]),
        suite=int.from_bytes(body[suite_at : suite_at + 2]),
        group=int.from_bytes(share[:2]) if len(share) > 1 else None,
        alpn=alpn[3:][: int.from_bytes(alpn[2:3])].decode("ascii", "backslashreplace") or None,
        is_retry=body[2:34] == _RETRY,
    )


def group_of(key_exchange: bytes) -> int | None:
    """The group that a ServerKeyExchange names; None if it names none."""
    is_named = len(key_exchange) > 2 and key_exchange[0] == _NAMED_CURVE
    return int.from_bytes(key_exchange[1:3]) if is_named else None


def negotiated(stream: bytes) -> HandshakeFacts | None:
    """What was negotiated in the stream of a handshake that failed before TLS 1.3 or that speaks an older version.

    None if there is no ServerHello, or one of TLS 1.3, or one that names no suite that is known.
    """
    flight = Flight(stream)
    hello = server_hello(flight.body(Message.SERVER_HELLO) or b"")
    if hello is None or hello.version not in VERSIONS or hello.version == TLS_1_3 or hello.suite not in CIPHERS:
        return None
    group = group_of(flight.body(Message.SERVER_KEY_EXCHANGE) or b"")
    return HandshakeFacts(VERSIONS[hello.version], CIPHERS[hello.suite], GROUPS.get(group or 0), hello.alpn)


def _extensions(data: bytes) -> dict[int, bytes]:
    """The extensions by their type; one that is cut short has what is left."""
    found: dict[int, bytes] = {}
    at = 0
    while len(data) >= (start := at + 4):
        kind, length = _HEAD(data, at)
        at = start + length
        found.setdefault(kind, data[start:at])
    return found
