"""What a peer's bytes are before OpenSSL reads them: TLS or another protocol, and plain TLS 1.2 messages."""

from certgate.observe.tls.hello.flight import Flight, Message

__all__ = [
    "client_certificate_was_asked_for",
    "escaped",
    "looks_like_tls",
    "printable",
    "staple_was_sent",
    "what_spoke",
]

_RECORD_TYPES = range(20, 24)
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
    return {Message.SERVER_KEY_EXCHANGE, Message.CERTIFICATE_REQUEST} <= _clear_types(stream)


def staple_was_sent(stream: bytes) -> bool:
    """Whether a TLS 1.2 server began to send a staple (RFC 6066 §8)."""
    return Message.CERTIFICATE_STATUS in _clear_types(stream)


def _clear_types(stream: bytes) -> set[int | None]:
    flight = Flight(stream)
    return {flight.begun, *(kind for kind, _ in flight.messages)}
