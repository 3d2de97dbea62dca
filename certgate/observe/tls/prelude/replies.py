"""Replies of three digits and a text, over several lines perhaps, as SMTP and FTP have them (RFC 5321 §4.2.1)."""

import re

from certgate.model.frozen import frozen
from certgate.observe.tls.prelude.interface import Talk, UnexpectedAnswer, Until

__all__ = ["Reply", "read_reply"]

_LINE = re.compile(rb"([1-5][0-9][0-9])([ -]|\r?\n)")


@frozen(slots=True)
class Reply:
    """A reply as it was sent."""

    code: int
    lines: tuple[bytes, ...]
    """What stands behind the code on each line, without its end."""

    @property
    def said(self) -> bytes:
        """Its last line, for people."""
        return b"%d %s" % (self.code, self.lines[-1])


def read_reply(*, free: bool = False) -> Talk[Reply]:
    """Up to the last line of a reply, which alone has no hyphen behind the code.

    `free`: a line between the first and the last may hold anything, as in FTP (RFC 959 §4.2).
    """
    lines: list[bytes] = []
    last = b""
    while True:
        line = yield Until(b"\n")
        found = _LINE.match(line)
        if free and lines and not (found and found[0].rstrip() + b" " == last):
            continue
        if found is None:
            raise UnexpectedAnswer(line)
        last = found[1] + b" "
        lines.append(line[4:].rstrip(b"\r\n"))
        if found[2] != b"-":
            return Reply(int(found[1]), tuple(lines))
