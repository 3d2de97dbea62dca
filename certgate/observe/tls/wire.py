"""What a peer's bytes are before OpenSSL reads them: TLS or another protocol, and plain TLS 1.2 messages."""

from collections.abc import Iterator

__all__ = [
    "clear_messages",
    "client_certificate_was_asked_for",
    "escaped",
    "looks_like_tls",
    "printable",
    "staple_was_sent",
    "what_spoke",
]

_RECORD_TYPES = range(20, 24)
_HANDSHAKE_RECORD = 22
_SERVER_KEY_EXCHANGE, _CERTIFICATE_REQUEST, _CERTIFICATE_STATUS = 12, 13, 22
_SHOWN_BYTES = 60

_BANNERS: tuple[tuple[bytes, str], ...] = (
    (b"HTTP/", "HTTP"),
    (b"<!DOCTYPE", "HTTP"),
    (b"<html", "HTTP"),
    (b"SSH-", "SSH"),
    (b"* OK", "IMAP"),
    (b"* PREAUTH", "IMAP"),
    (b"+OK", "POP3"),
    (b"-ERR", "Redis or POP3"),
    (b"RFB ", "VNC"),
    (b"AMQP", "AMQP"),
    (b"@RSYNCD", "rsync"),
    (b"<?xml", "XMPP"),
    (b"<stream:", "XMPP"),
)


def looks_like_tls(data: bytes) -> bool:
    """Whether bytes from the start of a stream can be the start of a TLS record (RFC 8446 §5.1)."""
    return data[0] in _RECORD_TYPES and data[1:2] in (b"", b"\x03")


def what_spoke(data: bytes) -> str:
    """The protocol of a stream that starts with `data` and is not TLS, as a noun for people."""
    for banner, name in _BANNERS:
        if data.startswith(banner):
            return name
    if data.startswith((b"220 ", b"220-")):
        words = data[:512].upper()
        if b"SMTP" in words:
            return "SMTP"
        return "FTP" if b"FTP" in words else "SMTP or FTP"
    if data[3:5] == b"\x00\x0a":  # packet 0, protocol version 10
        return "MySQL"
    if data[3:9] == b"\x04\x00\x00\x00\x00\x00":  # a SETTINGS frame of stream 0 (RFC 9113 §6.5)
        return "HTTP/2 without TLS"
    return "an unknown protocol"


def printable(data: bytes, most: int = _SHOWN_BYTES) -> str:
    """The first line of foreign bytes, cut, as `escaped` has it."""
    return escaped(next((part for part in data[:512].splitlines() if part), b""), most)


def escaped(data: bytes, most: int = _SHOWN_BYTES) -> str:
    r"""Foreign bytes, cut, with everything but printable ASCII as \xNN."""
    shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}" for byte in data[:most])
    return shown + ("…" if len(data) > most else "")


def client_certificate_was_asked_for(stream: bytes) -> bool:
    """Whether a TLS 1.2 server asked for a client certificate after it proved that it owns its key.

    The proof is the signed ServerKeyExchange (RFC 5246 §7.4.3); a key exchange without one proves nothing yet.
    TLS 1.3 hides these messages, and refuses only after the handshake.
    """
    return {_SERVER_KEY_EXCHANGE, _CERTIFICATE_REQUEST} <= _clear_types(stream)


def staple_was_sent(stream: bytes) -> bool:
    """Whether a TLS 1.2 server began to send a staple (RFC 6066 §8)."""
    return _CERTIFICATE_STATUS in _clear_types(stream)


def _clear_types(stream: bytes) -> set[int]:
    return {kind for kind, _ in clear_messages(stream)}


def clear_messages(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of the handshake messages at the start of a stream, up to the first record that carries none."""
    messages = bytearray()
    at = 0
    while stream[at : at + 1] == bytes([_HANDSHAKE_RECORD]):
        length = int.from_bytes(stream[at + 3 : at + 5])
        messages += stream[at + 5 : at + 5 + length]
        at += 5 + length
    at = 0
    while at + 4 <= len(messages):
        length = int.from_bytes(messages[at + 1 : at + 4])
        yield messages[at], bytes(messages[at + 4 : at + 4 + length])
        at += 4 + length
