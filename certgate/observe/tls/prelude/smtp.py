"""SMTP: `EHLO`, then `STARTTLS` (RFC 3207)."""

from certgate.observe.tls.prelude.interface import NotOffered, Prelude, Refused, Send, Talk
from certgate.observe.tls.prelude.replies import read_reply

__all__ = ["PRELUDES", "talk"]

_CLIENT = b"certgate.invalid"
"""A client has to name itself, and this one has no name (RFC 2606 §2)."""
_UNKNOWN = frozenset({500, 502, 504})
"""What a server says that does not know the command."""


def talk(_: str, hello: bytes = b"EHLO") -> Talk[None]:
    """Also for LMTP, which greets with another word."""
    greeting = yield from read_reply()
    if greeting.code != 220:
        raise Refused(greeting.said)
    yield Send(b"%s %s\r\n" % (hello, _CLIENT))
    offers = yield from read_reply()
    if offers.code != 250:
        raise (NotOffered if offers.code in _UNKNOWN else Refused)(offers.said)
    if b"STARTTLS" not in {line.split(b" ")[0].upper() for line in offers.lines[1:]}:
        raise NotOffered(b"250 " + b" ".join(offers.lines[1:]))
    yield Send(b"STARTTLS\r\n")
    answer = yield from read_reply()
    if answer.code != 220:
        raise (NotOffered if answer.code in _UNKNOWN else Refused)(answer.said)


PRELUDES = (Prelude(talk),)
