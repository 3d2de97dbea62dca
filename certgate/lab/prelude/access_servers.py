"""Servers for files, directories and desktops up to their go-ahead for TLS."""

from certgate.observe.tls.prelude.interface import Exactly, Send, Talk, Until

__all__ = ["ftp", "ldap", "rdp"]


def ftp(*, answer: bytes = b"234 begin\r\n") -> Talk[None]:
    """Sends a greeting with free text between the first and last lines, and supports only the older command."""
    yield Send(b"220-lab\r\n  free words\r\n221 and numbers\r\n220 ready\r\n")
    yield Until(b"\n")
    yield Send(b"504 what?\r\n")
    yield Until(b"\n")
    yield Send(answer)


def ldap(*, code: int = 0, words: bytes = b"") -> Talk[None]:
    """Encodes each length in four bytes, as Active Directory does."""
    yield Exactly(31)
    result = bytes([0x0A, 1, code, 0x04, 0, 0x04, len(words)]) + words
    response = b"\x78\x84" + len(result).to_bytes(4) + result
    yield Send(b"\x30\x84" + (3 + len(response)).to_bytes(4) + b"\x02\x01\x01" + response)


def rdp(*, block: bytes = bytes.fromhex("021f080002000000")) -> Talk[None]:
    """Selects CredSSP over TLS, or sends `block` instead."""
    head = yield Exactly(4)
    yield Exactly(int.from_bytes(head[2:]) - 4)
    yield Send(bytes([3, 0, 0, 11 + len(block), 6 + len(block), 0xD0, 0, 0, 0x12, 0x34, 0]) + block)
