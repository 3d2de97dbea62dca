"""Database servers up to their go-ahead for TLS."""

from certgate.observe.tls.prelude.interface import Exactly, Send, Talk

__all__ = ["mssql", "mysql", "postgres"]


def postgres(*, answer: bytes = b"S") -> Talk[None]:
    """Answers SSLRequest."""
    yield Exactly(8)
    yield Send(answer)


def mysql(*, capabilities: int = 0xFFFE, error: bytes = b"") -> Talk[None]:
    """Sends MariaDB's greeting, or an error."""
    hello = b"\x0a5.5.5-10.11.6-MariaDB\0" + bytes(4) + b"nonce..\0\0" + capabilities.to_bytes(2, "little")
    packet = error or hello + b"\x2d\x02\0\xff\x81\x15" + bytes(6) + b"\x1d\0\0\0" + b"nonce.......\0" + b"plugin\0"
    yield Send(len(packet).to_bytes(3, "little") + b"\0" + packet)
    yield Exactly(4 + 32)


def mssql(*, encryption: int = 1) -> Talk[None]:
    """Answers any message as a pre-login, in two packets."""
    head = yield Exactly(8)
    yield Exactly(int.from_bytes(head[2:4]) - 8)
    answer = bytes.fromhex("00000b0006 0100110001 ff 100007d00000") + bytes([encryption])
    for part, last in ((answer[:7], 0), (answer[7:], 1)):
        yield Send(bytes([4, last]) + (8 + len(part)).to_bytes(2) + bytes(4) + part)
