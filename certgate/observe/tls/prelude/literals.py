"""Lines that carry strings of an announced length, as IMAP and ManageSieve have them (RFC 9051 §4.3)."""

import re

from certgate.observe.tls.prelude.interface import Exactly, Talk, Until

__all__ = ["read_rest"]

_ANNOUNCED = re.compile(rb"\{([0-9]{1,9})\+?\}\r?\n\Z")


def read_rest(line: bytes) -> Talk[bytes]:
    """The whole of a line of which the first piece was read: with each string that a piece announces."""
    parts = [line]
    while found := _ANNOUNCED.search(parts[-1]):
        parts.append((yield Exactly(int(found[1]))))
        parts.append((yield Until(b"\n")))
    return b"".join(parts)
