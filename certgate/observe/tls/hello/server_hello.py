"""Reads ServerHello, HelloRetryRequest and ServerKeyExchange: what a server chose (RFC 8446 §4.1.3, RFC 8422 §5.4)."""

from certgate.model.frozen import frozen
from certgate.model.observation import HandshakeFacts
from certgate.model.tls_names import CIPHERS, GROUPS, TLS_1_3, VERSIONS
from certgate.observe.tls.hello.flight import Flight, Message

__all__ = ["ServerHello", "group_of", "negotiated", "server_hello"]

_ALPN, _SUPPORTED_VERSIONS, _KEY_SHARE = 16, 43, 51
_NAMED_CURVE = 3
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random of a HelloRetryRequest."""


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
    hello = _Reader(body)
    version = hello.number(2)
    is_retry = hello.take(32) == _RETRY
    hello.take(hello.number(1))  # session id
    suite = hello.number(2)
    hello.number(1)  # compression
    if hello.is_short:
        return None
    found = _extensions(hello.take(hello.number(2)))
    share = found.get(_KEY_SHARE, b"")
    return ServerHello(
        version=_Reader(found[_SUPPORTED_VERSIONS]).number(2) if _SUPPORTED_VERSIONS in found else version,
        suite=suite,
        group=_Reader(share).number(2) if len(share) > 1 else None,
        alpn=_alpn(_Reader(found.get(_ALPN, b""))),
        is_retry=is_retry,
    )


def group_of(key_exchange: bytes) -> int | None:
    """The group that a ServerKeyExchange names; None if it names none."""
    exchange = _Reader(key_exchange)
    is_named, number = exchange.number(1) == _NAMED_CURVE, exchange.number(2)
    return number if is_named and not exchange.is_short else None


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
    reader = _Reader(data)
    while len(reader.left) >= (head := 4):
        kind, length = reader.number(2), reader.number(head - 2)
        found.setdefault(kind, reader.take(length))
    return found


def _alpn(value: "_Reader") -> str | None:
    value.number(2)
    return value.take(value.number(1)).decode("ascii", "backslashreplace") or None


class _Reader:
    """Takes numbers and bytes from a message; `is_short` once it held fewer than were asked for."""

    def __init__(self, data: bytes) -> None:
        self.left = data
        self.is_short = False

    def take(self, count: int) -> bytes:
        taken, self.left = self.left[:count], self.left[count:]
        self.is_short |= len(taken) < count
        return taken

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count))
