"""FTP: `AUTH TLS`, else `AUTH SSL` (RFC 4217); `FEAT` is not asked, since servers list less than they do."""

from certgate.observe.tls.prelude.interface import NotOffered, Prelude, Refused, Send, Talk
from certgate.observe.tls.prelude.replies import read_reply

__all__ = ["PRELUDES"]

_SOON = 120
_UNKNOWN = frozenset({500, 502, 504})


def _talk(_: str) -> Talk[None]:
    greeting = yield from read_reply(free=True)
    while greeting.code == _SOON:
        greeting = yield from read_reply(free=True)
    if greeting.code != 220:
        raise Refused(greeting.said)
    for word in (b"TLS", b"SSL"):
        yield Send(b"AUTH %s\r\n" % word)
        answer = yield from read_reply(free=True)
        if answer.code == 234:
            return
        if answer.code not in _UNKNOWN:
            raise Refused(answer.said)
    raise NotOffered(answer.said)


PRELUDES = (Prelude(_talk),)
