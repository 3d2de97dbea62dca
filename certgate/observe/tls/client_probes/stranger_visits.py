"""A stranger: a client without a certificate, who asks twice before a refusal counts."""

from dataclasses import dataclass, replace

from certgate.model.observation import FailureKind, Phase
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.net.resolver import Address
from certgate.observe.tls.client_probes.client_visit import Asking, ClientVisit
from certgate.observe.tls.connection_budget import Budget
from certgate.observe.tls.deadline import Deadline
from certgate.observe.tls.failures import ObservationFailed
from certgate.observe.tls.opening import Asked
from certgate.observe.tls.profile import Profile

__all__ = ["Stranger"]

LONG_ENOUGH = 2.0
"""Seconds without an answer to the attempt to connect that count as a refusal; the system has tried again by then."""
_ABOUT_THE_CLIENT = frozenset({41, 42, 43, 44, 45, 46, 48, 49, 116})
"""The alerts about a certificate or about access (RFC 8446 §6). Others are about what the ClientHello offers."""
_REFUSALS = frozenset(
    {
        ProbeOutcome.REFUSED,
        ProbeOutcome.REFUSED_AFTER_HANDSHAKE,
        ProbeOutcome.REFUSED_BY_APPLICATION,
        ProbeOutcome.CLOSED,
    }
)
_NOTHING = frozenset({ProbeOutcome.SILENT, ProbeOutcome.FAILED})
_AT_CONNECT = frozenset({FailureKind.REFUSED, FailureKind.RESET})


@dataclass(kw_only=True)
class Stranger:
    """Asks one server. Counts its connections."""

    address: Address
    asked: Asked
    asking: Asking
    profile: Profile
    deadline: Deadline
    budget: Budget
    connections: int = 0
    got_no_answer: bool = False
    """Whether an attempt to connect got no answer, which may be for a reason on this side."""

    async def answer(self, what: str) -> ProbeAnswer:
        """The server's answer to the probe `what`: that of both attempts if they agree."""
        first = await self._try(what)
        if first.outcome is ProbeOutcome.ACCEPTED:
            return first
        return _together(first, await self._try(what))

    async def _try(self, what: str) -> ProbeAnswer:
        visit = ClientVisit(self.address, self.asked, self.asking, self.profile)
        if not await visit.may_begin(self.budget, self.deadline):
            return visit.answer(what)
        self.connections += 1
        await visit.run(self.deadline)
        self.got_no_answer |= visit.failed is not None and visit.failed.failure.kind is FailureKind.TIMED_OUT
        answer = visit.answer(what)
        if answer.outcome in _NOTHING and visit.failed and _refuses(visit.failed, answer.alert, visit.waited):
            return replace(answer, outcome=ProbeOutcome.REFUSED)
        return answer


def _together(first: ProbeAnswer, second: ProbeAnswer) -> ProbeAnswer:
    """Whoever was let in once was let in; a refusal that the other attempt does not confirm is none."""
    if second.outcome is ProbeOutcome.ACCEPTED:
        return second
    return next((one for one in (first, second) if one.outcome not in _REFUSALS), first)


def _refuses(failed: ObservationFailed, alert: int | None, waited: float) -> bool:
    """Whether a failure before the end of the handshake is about the client, and not about how it asks."""
    failure = failed.failure
    match failure.phase, failure.kind:
        case Phase.CONNECT, FailureKind.TIMED_OUT:
            return waited >= LONG_ENOUGH
        case Phase.CONNECT, kind:
            return kind in _AT_CONNECT
        case Phase.HANDSHAKE, FailureKind.RESET:
            return True
        case Phase.HANDSHAKE, FailureKind.NOT_TLS:
            return failed.transient  # closed without a word; another protocol is not transient
        case Phase.HANDSHAKE, FailureKind.ALERT:
            return alert in _ABOUT_THE_CLIENT
        case _:
            return False
