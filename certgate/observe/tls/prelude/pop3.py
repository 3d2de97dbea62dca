"""POP3: `STLS` (RFC 2595 §4); `CAPA` is not asked, since servers need not know it."""

import re

from certgate.observe.tls.prelude.interface import NotOffered, Prelude, Refused, Send, Talk, UnexpectedAnswer, Until

__all__ = ["PRELUDES"]

_UNKNOWN = re.compile(
    rb"unknown|unrecogni|unsupported|unimplemented|not (?:supported|implemented|enabled|recogni|known)|isn't enabled"
    rb"|invalid|illegal|bad command|no such|disabled",
    re.IGNORECASE,
)
"""POP3 has no codes: the words tell a server that does not know the command from any other no."""


def _talk(_: str) -> Talk[None]:
    yield from _answer(Refused)
    yield Send(b"STLS\r\n")
    yield from _answer(NotOffered)


def _answer(unknown: type[NotOffered | Refused]) -> Talk[None]:
    line = yield Until(b"\n")
    if line.startswith(b"-ERR"):
        raise (unknown if _UNKNOWN.search(line) else Refused)(line)
    if not line.startswith(b"+OK"):
        raise UnexpectedAnswer(line)


PRELUDES = (Prelude(_talk),)
