"""ManageSieve: capabilities as greeting, then `STARTTLS` (RFC 5804 §2.2)."""

import re

from certgate.observe.tls.prelude.interface import NotOffered, Prelude, Refused, Send, Talk, UnexpectedAnswer, Until
from certgate.observe.tls.prelude.literals import read_rest

__all__ = ["PRELUDES"]

_STATUS = re.compile(rb"(OK|NO|BYE)\b", re.IGNORECASE)
_CAPABILITY = re.compile(rb"(?:\"([^\"\\\r\n]*)\"|\{[0-9]+\+?\}\r?\n)")


def _talk(_: str) -> Talk[None]:
    listed = yield from _answer()
    if b"STARTTLS" not in listed:
        raise NotOffered(b" ".join(listed))
    yield Send(b"STARTTLS\r\n")
    yield from _answer()


def _answer() -> Talk[list[bytes]]:
    """Read an answer to its end; the names of the capabilities that it lists."""
    listed: list[bytes] = []
    while True:
        line = yield from read_rest((yield Until(b"\n")))
        if status := _STATUS.match(line):
            if status[1].upper() != b"OK":
                raise Refused(line)
            return listed
        found = _CAPABILITY.match(line)
        if found is None:
            raise UnexpectedAnswer(line)
        listed.append((found[1] if found[1] is not None else _literal(line)).upper())


def _literal(line: bytes) -> bytes:
    """The string at the beginning of a line that announces its length."""
    length, _, rest = line[1:].partition(b"}")
    return rest.partition(b"\n")[2][: int(length.rstrip(b"+"))]


PRELUDES = (Prelude(_talk),)
