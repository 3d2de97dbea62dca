"""NNTP: `STARTTLS` (RFC 4642), after `MODE READER` where a server does not know it before."""

from certgate.observe.tls.prelude.interface import NotOffered, Prelude, Refused, Send, Talk
from certgate.observe.tls.prelude.replies import Reply, read_reply

__all__ = ["PRELUDES"]

_UNKNOWN = frozenset({500, 501, 503})
_WELCOME = frozenset({200, 201})


def _talk(_: str) -> Talk[None]:
    greeting = yield from read_reply()
    if greeting.code not in _WELCOME:
        raise Refused(greeting.said)
    answer = yield from _ask(b"STARTTLS")
    if answer.code in _UNKNOWN and (yield from _ask(b"MODE READER")).code in _WELCOME:
        answer = yield from _ask(b"STARTTLS")
    if answer.code != 382:
        raise (NotOffered if answer.code in _UNKNOWN else Refused)(answer.said)


def _ask(command: bytes) -> Talk[Reply]:
    yield Send(command + b"\r\n")
    return (yield from read_reply())


PRELUDES = (Prelude(_talk),)
