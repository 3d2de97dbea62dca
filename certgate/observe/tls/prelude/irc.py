"""IRC: `STARTTLS` before registration (IRCv3 "tls", deprecated there)."""

import re

from certgate.observe.tls.prelude.interface import NotOffered, Prelude, Refused, Send, Talk, UnexpectedAnswer, Until

__all__ = ["PRELUDES"]

_LINE = re.compile(rb"(?:@\S+ +)?(?::\S+ +([0-9]{3}|[A-Za-z]+)|(NOTICE|CAP|ERROR|PING|AUTH))(?=[ \r\n])")
"""A command, behind the server's name or one that comes without it; replies of three digits always have the name."""
_OFFERS = re.compile(rb"(?::\S+ +)?CAP +\S+ +LS +(\* +)?:?([^\r\n]*)")
"""A list of capabilities; a star says that another line follows."""
_OF_CAP = re.compile(rb" CAP[ \r\n]", re.IGNORECASE)
"""In a reply to the other command."""
_GO_AHEAD, _FAILED, _UNKNOWN, _NOT_REGISTERED = b"670", b"691", b"421", b"451"


def _talk(_: str) -> Talk[None]:
    yield Send(b"CAP LS 302\r\nSTARTTLS\r\n")
    listed: list[bytes] = []
    while True:
        line = yield Until(b"\n")
        found = _LINE.match(line)
        if found is None:
            raise UnexpectedAnswer(line)
        command = found[1] or found[2]
        if command == _GO_AHEAD:
            return
        if command in {_FAILED, b"ERROR"}:
            raise Refused(line)
        if offers := _OFFERS.match(line):
            listed += offers[2].lower().split()
            if not offers[1] and b"tls" not in listed:
                raise NotOffered(line)  # some servers do not answer to what they do not know
        if command in {_UNKNOWN, _NOT_REGISTERED} and not _OF_CAP.search(line):
            raise NotOffered(line)


PRELUDES = (Prelude(_talk),)
