"""PostgreSQL: `SSLRequest`, answered with a single byte (PostgreSQL manual, "SSL Session Encryption")."""

from certgate.observe.tls.prelude.interface import (
    Exactly,
    NotOffered,
    Prelude,
    Refused,
    Send,
    Talk,
    UnexpectedAnswer,
    Until,
)

__all__ = ["PRELUDES"]

_SSL_REQUEST = (8).to_bytes(4) + (80877103).to_bytes(4)


def _talk(_: str) -> Talk[None]:
    yield Send(_SSL_REQUEST)
    answer = yield Exactly(1)
    if answer == b"N":
        raise NotOffered(answer)
    if answer == b"E":
        raise Refused((yield from _error()))
    if answer != b"S":
        raise UnexpectedAnswer(answer)


def _error() -> Talk[bytes]:
    """The message of an error: with its length and in fields, or in plain words as a server without memory says it."""
    words = yield Until(b"\0")
    if words != b"\0":
        return words.rstrip(b"\0\n")
    length = int.from_bytes((yield Exactly(3)))
    if length < 4:
        raise UnexpectedAnswer(b"E")
    fields = (yield Exactly(length - 4)).split(b"\0")
    return next((field[1:] for field in fields if field.startswith(b"M")), b"E")


PRELUDES = (Prelude(_talk),)
