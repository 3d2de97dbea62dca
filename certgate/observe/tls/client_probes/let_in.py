"""Whether a server lets a client in: by TLS, or by what its application answers."""

from OpenSSL import SSL

from certgate.model.frozen import frozen
from certgate.model.probe import ProbeOutcome
from certgate.observe.tls.client_probes.conversation import Conversation, Heard
from certgate.observe.tls.client_probes.http_answer import HttpAnswer
from certgate.observe.tls.deadline import Deadline

__all__ = ["Admission", "by_application", "by_tls"]

LEAST_WAIT = 0.3
"""Seconds in which a server that refuses after the handshake says so. A slow one has longer."""
_SLOWNESS = 3
"""How many times as long as the handshake took it has for that."""
_REFUSING = frozenset({400, 401, 403, 495, 496})
"""The HTTP status of a refusal; 495 and 496 are nginx's own."""


@frozen(slots=True)
class Admission:
    """What the server made of the client."""

    outcome: ProbeOutcome
    detail: str = ""
    status: int | None = None
    """The HTTP status, if one was heard."""


_ADMISSIONS = {
    Heard.ALERT: Admission(ProbeOutcome.REFUSED_AFTER_HANDSHAKE),
    Heard.CLOSED: Admission(ProbeOutcome.CLOSED, "the server closes the connection"),
    Heard.BYTES: Admission(ProbeOutcome.ACCEPTED, "the application sends data"),
}


async def by_tls(conversation: Conversation, until: Deadline, *, decides: bool) -> Admission:
    """What the server does in a moment after the handshake, unasked.

    `decides`: whether TLS alone decides. Then a completed handshake of TLS 1.2 lets the client in, and so does a ticket
    in TLS 1.3, which no server issues before it has the client's certificate.
    """
    heard = await _after_handshake(conversation, until, ticket_ends_it=decides)
    if heard in _ADMISSIONS:
        return _ADMISSIONS[heard]
    if decides and (not conversation.is_tls_1_3 or heard is Heard.TICKET):
        how = "sends a session ticket after" if conversation.is_tls_1_3 else "completes"
        return Admission(ProbeOutcome.ACCEPTED, f"the server {how} the handshake")
    return Admission(ProbeOutcome.SILENT, "the server says nothing after the handshake, and is not asked anything")


async def by_application(conversation: Conversation, until: Deadline, request: bytes) -> Admission:
    """What the application answers to an HTTP request, unless TLS refuses before."""
    heard = await _after_handshake(conversation, until)
    if heard in _ADMISSIONS:
        return _ADMISSIONS[heard]
    try:
        await conversation.say(request)
    except (OSError, SSL.Error):
        return Admission(ProbeOutcome.CLOSED, "the server closes the connection before it is asked")
    answer = HttpAnswer()
    while not answer.is_clear:
        heard = await conversation.hear(until)
        if heard is Heard.BYTES:
            answer.receive(conversation.received)
        elif heard is Heard.NOTHING:
            return Admission(ProbeOutcome.SILENT, "the server does not answer the HTTP request in time")
        elif heard is not Heard.TICKET:
            return _ADMISSIONS[heard]
    return _answered(answer)


def _answered(answer: HttpAnswer) -> Admission:
    if answer.status is None:
        return Admission(ProbeOutcome.ACCEPTED, "the server answers with bytes that are not HTTP")
    refuses = answer.status in _REFUSING
    return Admission(ProbeOutcome.REFUSED_BY_APPLICATION if refuses else ProbeOutcome.ACCEPTED, status=answer.status)


async def _after_handshake(conversation: Conversation, until: Deadline, *, ticket_ends_it: bool = True) -> Heard:
    """What comes within a moment."""
    moment = Deadline.after(max(LEAST_WAIT, _SLOWNESS * conversation.seconds))
    end = min(moment, until, key=lambda deadline: deadline.at)
    heard = await conversation.hear(end)
    while heard is Heard.TICKET and not ticket_ends_it:
        heard = await conversation.hear(end)
    return heard
