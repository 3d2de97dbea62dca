"""The choices of a TLS 1.2 server, read from its plain messages if the handshake failed."""

from functools import cache

from certgate.model.observation import HandshakeFacts
from certgate.observe.tls.wire import clear_messages

__all__ = ["negotiated"]

_SERVER_HELLO, _SERVER_KEY_EXCHANGE = 2, 12
_ALPN = 16
_NAMED_CURVE = 3
_VERSIONS = {0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2"}
_GROUPS = {
    23: "secp256r1",
    24: "secp384r1",
    25: "secp521r1",
    26: "brainpoolP256r1",
    27: "brainpoolP384r1",
    28: "brainpoolP512r1",
    29: "x25519",
    30: "x448",
}


def negotiated(stream: bytes) -> HandshakeFacts | None:
    """Version, cipher suite, group and ALPN of the stream's ServerHello and ServerKeyExchange.

    None if there is no ServerHello, or one that names no suite that OpenSSL knows (RFC 5246 §7.4.1.3, RFC 8422 §5.4).
    """
    messages = dict(clear_messages(stream))
    hello = _Reader(messages.get(_SERVER_HELLO, b""))
    version = hello.number(2)
    hello.take(32)  # random
    hello.take(hello.number(1))  # session id
    suite = hello.number(2)
    hello.number(1)  # compression
    cipher = _suites().get(suite)
    if hello.is_short or version not in _VERSIONS or cipher is None:
        return None
    return HandshakeFacts(_VERSIONS[version], cipher, _group(messages.get(_SERVER_KEY_EXCHANGE, b"")), _alpn(hello))


def _group(key_exchange: bytes) -> str | None:
    exchange = _Reader(key_exchange)
    return _GROUPS.get(exchange.number(2)) if exchange.number(1) == _NAMED_CURVE else None


def _alpn(hello: "_Reader") -> str | None:
    extensions = _Reader(hello.take(hello.number(2)))
    while extensions.left:
        kind, value = extensions.number(2), _Reader(extensions.take(extensions.number(2)))
        if kind == _ALPN:
            value.number(2)
            return value.take(value.number(1)).decode("ascii", "backslashreplace") or None
    return None


@cache
def _suites() -> dict[int, str]:
    """OpenSSL's names of the cipher suites, by their number in TLS."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return {int(cipher["id"]) & 0xFFFF: str(cipher["name"]) for cipher in context.get_ciphers()}


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
