"""One connection of a client with or without a certificate, and what the server made of it."""

from collections.abc import Iterator
from dataclasses import replace

from OpenSSL import SSL

from certgate.model.frozen import frozen
from certgate.model.observation import FailureKind, Phase
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.net.resolver import Address
from certgate.observe.event_loop import TimeLimit
from certgate.observe.tls.client import Told, facts, probing_connection, resuming_connection
from certgate.observe.tls.client_probes.conversation import Conversation
from certgate.observe.tls.client_probes.http_answer import request_for
from certgate.observe.tls.client_probes.let_in import Admission, by_application, by_tls
from certgate.observe.tls.connection_budget import Budget
from certgate.observe.tls.deadline import Deadline
from certgate.observe.tls.failures import ObservationFailed
from certgate.observe.tls.opening import Asked, Opening
from certgate.observe.tls.profile import Profile
from certgate.observe.tls.stream import Stream
from certgate.policy.hosts import join
from certgate.x509.name import Name

__all__ = ["Asking", "ClientVisit"]

MAX_CA_NAMES = 100
"""The names of CAs that are kept of one request."""
_MAX_NAME = 200
"""Characters of the name of a CA that are kept."""
_HTTP = "http/1.1"
_HTTP_PORT, _HTTP_PORTS = 443, frozenset({443, 8443})
_MISDIRECTED = 421
"""The HTTP status of a request for a name that the connection is not for (RFC 9110 §15.5.20)."""
_NOT_MADE = Admission(ProbeOutcome.FAILED, "the connection was not made")


@frozen(slots=True)
class Asking:
    """How a server is asked whether it lets the client in."""

    app: str
    """The path of an HTTP request, `none` if TLS decides; empty if ALPN and port tell."""
    port: int
    begins_at_once: bool
    """Whether TLS does."""
    host: str = ""

    def profile(self, last: Profile) -> Profile:
        """What is offered: as in the handshake before, but HTTP/1.1 instead of HTTP/2."""
        speaks_http = _HTTP in last.alpn or (self._path("") and "h2" in last.alpn)
        return replace(last, ask_for_staple=False, alpn=(_HTTP,) if speaks_http else last.alpn)

    def request(self, alpn: str | None) -> bytes | None:
        """The HTTP request; None if none is sent. `alpn` is the protocol that the server chose."""
        path = self._path(alpn)
        host = join(self.host, self.port)
        host = host.removesuffix(f":{_HTTP_PORT}") if self.port == _HTTP_PORT else host
        return request_for(path, host) if path else None

    @property
    def tls_decides(self) -> bool:
        """Whether the handshake alone does."""
        return self.app == "none"

    def _path(self, alpn: str | None) -> str:
        if self.app:
            return "" if self.tls_decides else self.app
        return "/" if alpn == _HTTP or (self.begins_at_once and self.port in _HTTP_PORTS) else ""


class ClientVisit:
    """Shows the client certificate that is `asked` with, if the server wants one."""

    def __init__(self, address: Address, asked: Asked, asking: Asking, profile: Profile) -> None:
        self._opening = Opening(address, asked)
        self._asked = asked
        self._asking = asking
        self._profile = profile
        self._told = Told()
        self._version = ""
        self._admission = _NOT_MADE
        self.ca_names: tuple[Name, ...] = ()
        """The CAs that the server named."""
        self.connection: SSL.Connection | None = None
        """Of which the session may be resumed."""
        self.may_come_about = False
        """Whether the connection was not made, and may be on another try."""
        self.failed: ObservationFailed | None = None
        """How it failed before the handshake was complete; None if it did not, or took too long in the handshake."""

    async def may_begin(self, budget: Budget, deadline: Deadline) -> bool:
        """Count the connection, and wait for its turn; False where none is left."""
        try:
            await budget.take(deadline)
        except ObservationFailed as failed:
            self._admission = Admission(ProbeOutcome.FAILED, failed.failure.detail)
            return False
        return True

    async def run(self, deadline: Deadline, before: SSL.Connection | None = None) -> None:
        """Make the connection, which resumes the session of the one `before`; half of the time left is its limit.

        Raises nothing of its own.
        """
        until = Deadline(deadline.halfway)
        try:
            with TimeLimit(until.at), self._opening.new_stream() as stream:
                await self._opening.reach(stream)
                await self._opening.speak(stream)
                self.connection, self._told = self._new_connection(before)
                self._admission = await self._admitted(stream, self.connection, until)
        except TimeoutError:
            self._admission = Admission(ProbeOutcome.SILENT, "the server does not complete the handshake in time")
            if self.connection is None:
                self.failed = self._opening.too_slow()
                self._admission = Admission(ProbeOutcome.SILENT, self.failed.failure.detail)
        except ObservationFailed as failed:
            self.failed = failed
            self.may_come_about = self.connection is None and failed.transient
            self._admission = self._refused(failed)
        except OSError:
            self._admission = Admission(ProbeOutcome.CLOSED)
        finally:
            if self.connection and self._told.wants_certificate:
                names = self.connection.get_client_ca_list()[:MAX_CA_NAMES]
                self.ca_names = tuple(Name(name.der()) for name in names)

    @property
    def waited(self) -> float:
        """Seconds for the attempt to connect."""
        return self._opening.timings.get(Phase.CONNECT.value, 0.0)

    def answer(self, what: str) -> ProbeAnswer:
        """The answer to the probe `what`."""
        told, admission = self._told, self._admission
        outcome, detail = admission.outcome, admission.detail
        if self._asked.client_certificate and told.wants_certificate and not told.shown:
            outcome, detail = ProbeOutcome.FAILED, "the server takes no certificate with a key of this kind"
        return ProbeAnswer(
            what=what,
            outcome=outcome,
            chosen=self._version,
            alert=told.alert,
            status=admission.status,
            detail=detail,
            requested=told.wants_certificate if told.wants_certificate or self._version else None,
            ca_names=tuple(_shown(self.ca_names)),
            client_id=self._asked.client_certificate.spiffe_id if self._asked.client_certificate else "",
        )

    def resumption_answer(self, what: str) -> ProbeAnswer:
        """The answer to the probe `what`, which resumes a session: a new handshake refuses that."""
        answer = self.answer(what)
        if self._told.is_full:
            return replace(answer, outcome=ProbeOutcome.REFUSED, detail="the server does not resume the session")
        if answer.alert is not None and answer.outcome is ProbeOutcome.FAILED:
            return replace(answer, outcome=ProbeOutcome.REFUSED)
        if answer.status == _MISDIRECTED:
            return replace(answer, outcome=ProbeOutcome.REFUSED_BY_APPLICATION)
        return answer

    def _new_connection(self, before: SSL.Connection | None) -> tuple[SSL.Connection, Told]:
        name = self._asked.server_name
        if before and name:
            return resuming_connection(before, name)
        return probing_connection(self._profile, name, self._asked.client_certificate)

    async def _admitted(self, stream: Stream, connection: SSL.Connection, until: Deadline) -> Admission:
        conversation = Conversation(stream, connection, self._told, self._opening.peer)
        framing = self._asked.prelude.framing if self._asked.prelude else None
        await conversation.shake_hands(framing() if framing else None)
        negotiated = facts(connection)
        self._version = negotiated.version
        if request := self._asking.request(negotiated.alpn):
            return await by_application(conversation, until, request)
        return await by_tls(conversation, until, decides=self._asking.tls_decides)

    def _refused(self, failed: ObservationFailed) -> Admission:
        """What a failed handshake tells: a refusal of the client only if the server had asked for its certificate."""
        if self._told.wants_certificate and self._told.alert is not None:
            return Admission(ProbeOutcome.REFUSED)
        if self._told.wants_certificate and failed.failure.kind is FailureKind.RESET:
            return Admission(ProbeOutcome.CLOSED)
        return Admission(ProbeOutcome.FAILED, failed.failure.detail)


def _shown(names: tuple[Name, ...]) -> Iterator[str]:
    for name in names:
        yield name.text if len(name.text) <= _MAX_NAME else name.text[: _MAX_NAME - 1] + "…"
