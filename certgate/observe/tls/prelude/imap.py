"""IMAP: `CAPABILITY`, then `STARTTLS` (RFC 9051 §6.2.1)."""

import re

from certgate.observe.tls.prelude.interface import NotOffered, Prelude, Refused, Send, Talk, UnexpectedAnswer, Until
from certgate.observe.tls.prelude.literals import read_rest

__all__ = ["PRELUDES"]

_STATUS = re.compile(rb"(\*|a[12]) (OK|NO|BAD|BYE|PREAUTH)\b", re.IGNORECASE)
"""What ends with words for people, in which a literal is none."""
_CAPABILITIES = re.compile(rb"(?:^\* |\[)CAPABILITY ([^\]\r\n]*)", re.IGNORECASE)


def _talk(_: str) -> Talk[None]:
    greeting = yield Until(b"\n")
    found = _STATUS.match(greeting)
    if found is None or found[1] != b"*":
        raise UnexpectedAnswer(greeting)
    if found[2].upper() != b"OK":
        raise Refused(greeting)
    listed = yield from _ask(b"a1", b"CAPABILITY")
    if b"STARTTLS" not in listed:
        raise NotOffered(b" ".join([b"CAPABILITY", *listed]))
    yield from _ask(b"a2", b"STARTTLS")


def _ask(tag: bytes, command: bytes) -> Talk[list[bytes]]:
    """Give a command, read its answer to the end; the capabilities that it lists."""
    yield Send(b"%s %s\r\n" % (tag, command))
    listed: list[bytes] = []
    while True:
        line = yield Until(b"\n")
        status = _STATUS.match(line)
        if status is None:
            if not line.startswith(b"* "):
                raise UnexpectedAnswer(line)
            line = yield from read_rest(line)
        for found in _CAPABILITIES.finditer(line):
            listed += found[1].upper().split()
        if status is None:
            continue
        if status[2].upper() == b"BYE" or (status[1] == tag and status[2].upper() != b"OK"):
            raise Refused(line)
        if status[1] == tag:
            return listed


PRELUDES = (Prelude(_talk),)
