"""A server's reply to a question: what it chose, an alert, or something that cannot be read. No I/O."""

from functools import lru_cache

from certgate.model.frozen import frozen, replacing
from certgate.model.tls_names import EPHEMERAL_SUITES, TLS_1_3
from certgate.observe.tls.hello.flight import Flight, Message
from certgate.observe.tls.hello.server_hello import ServerHello, group_of, server_hello

__all__ = ["Alert", "Reply", "ReplyReader", "Unreadable"]

_FATAL = 2
_with_group = replacing(ServerHello, "group")
_ALERT_RECORD = 7
"""Bytes of a record with one alert."""


@frozen(slots=True)
class Alert:
    """The server ends the handshake (RFC 8446 §6)."""

    number: int


@frozen(slots=True)
class Unreadable:
    """The answer is not one that TLS allows here."""

    why: str


Reply = ServerHello | Alert | Unreadable


class ReplyReader:
    """Takes the server's bytes in any pieces, until there is a reply."""

    def __init__(self, *, wants_group: bool) -> None:
        """`wants_group`: read on to the group, which TLS 1.2 names after the certificate."""
        self._wants_group = wants_group
        self._flight: Flight | None = None

    @property
    def warning(self) -> int | None:
        """The number of the last alert that did not end the handshake by itself."""
        return self._flight.alerts[-1][1] if self._flight and self._flight.alerts else None

    def feed(self, data: bytes) -> Reply | None:
        """The reply, None while more is needed."""
        if self._flight is None:
            if len(data) == _ALERT_RECORD and (ending := _ending(data)):
                return ending
            self._flight = Flight()
        self._flight.feed(data)
        if self._flight.messages and (chosen := _chosen(self._flight, wants_group=self._wants_group)):
            return chosen
        return _end(self._flight)


@lru_cache(maxsize=256)
def _ending(data: bytes) -> Alert | Unreadable | None:
    """The reply if these first bytes end the handshake: most refusals are an alert and no more."""
    return _end(Flight(data))


def _end(flight: Flight) -> Alert | Unreadable | None:
    """How the server ended the handshake; None if it did not."""
    ending = next((number for level, number in flight.alerts if level == _FATAL or not number), None)
    if ending is not None:
        return Alert(ending)
    return Unreadable(flight.trouble) if flight.trouble else None


def _chosen(flight: Flight, *, wants_group: bool) -> ServerHello | Unreadable | None:
    """What the server chose; None while more is needed."""
    messages = [(kind, body) for kind, body in flight.messages if kind != Message.HELLO_REQUEST]
    if not messages:
        return None
    kind, body = messages[0]
    hello = server_hello(body) if kind == Message.SERVER_HELLO else None
    if hello is None:
        return Unreadable(f"its first message is of type {kind} and not a whole ServerHello")
    if not wants_group or hello.version == TLS_1_3 or hello.suite not in EPHEMERAL_SUITES:
        return hello
    for kind, body in messages[1:]:
        if kind == Message.SERVER_KEY_EXCHANGE:
            return _with_group(hello, group_of(body))
        if kind == Message.SERVER_HELLO_DONE:
            return hello
    return None
