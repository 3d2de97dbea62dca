"""One handshake with one address, and what it showed."""

from collections.abc import Mapping
from dataclasses import field

from certgate.model.frozen import changeable, making
from certgate.model.observation import Failure, FailureKind, HandshakeFacts, Phase, PreludeFacts
from certgate.net.resolver import Address
from certgate.observe.event_loop import TimeLimit
from certgate.observe.tls.client import facts, new_connection, presented
from certgate.observe.tls.deadline import Deadline
from certgate.observe.tls.failures import ObservationFailed
from certgate.observe.tls.handshake import complete, say_goodbye
from certgate.observe.tls.hello.server_hello import negotiated
from certgate.observe.tls.opening import Asked, Opening
from certgate.observe.tls.profile import Profile, Remedy
from certgate.observe.tls.stream import Stream

__all__ = ["Attempt", "Seen"]


@changeable(slots=True, kw_only=True)
class Seen:
    """What one attempt saw: the facts so far, and how it ended if it ended badly."""

    profile: Profile
    address: str
    """Empty where a proxy knows it."""
    phase: Phase
    """The last one that began."""
    presented: tuple[bytes, ...] = ()
    """DER of the certificates in wire order."""
    staple: bytes | None = None
    facts: HandshakeFacts | None = None
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds per phase."""
    prelude: PreludeFacts | None = None
    client_certificate: str = ""
    """SHA-256 of the client certificate, where the server asked for one and was shown it."""
    failed: ObservationFailed | None = None


_new_seen = making(Seen)


class Attempt:
    """One connection with one profile; `seen` tells at any moment how far it has come."""

    def __init__(
        self, address: Address, asked: Asked, profile: Profile, deadline: Deadline, *, last_resort: bool
    ) -> None:
        """`address` is the proxy's where there is one.

        `last_resort`: no other address or attempt follows, so that it may take all the time there is.
        """
        self._opening = Opening(address, asked)
        self._asked = asked
        self._profile = profile
        self._deadline = deadline
        self._last_resort = last_resort
        self._received = bytearray()
        self._seen = _new_seen(
            profile=profile, address=self._opening.visited, phase=Phase.CONNECT, timings=self._opening.timings
        )

    async def run(self) -> Seen:
        """Make the attempt. Raises nothing but Cancelled and what is a bug."""
        deadline = self._deadline
        try:
            with (
                TimeLimit(deadline.at if self._last_resort else deadline.halfway) as limit,
                self._opening.new_stream() as stream,
            ):
                await self._opening.reach(stream)
                if self._asked.prelude:
                    limit.move(deadline.at)  # silence in the clear is nothing that a retry helps
                    await self._opening.speak(stream)
                    limit.move(deadline.at if self._last_resort else deadline.halfway)
                if self._last_resort and self._profile.is_default:
                    limit.move(deadline.halfway)  # silence may mean that a small ClientHello helps
                await self._shake_hands(stream, limit)
        except TimeoutError:
            return self._failed(self._too_slow())
        except ObservationFailed as failed:
            return self._failed(failed)
        return self.seen()

    @property
    def phase(self) -> Phase:
        """The last one that began."""
        return self._opening.phase

    def seen(self, failed: ObservationFailed | None = None) -> Seen:
        """What has been seen by now, and how it failed."""
        seen, opening = self._seen, self._opening
        seen.phase, seen.prelude, seen.failed = opening.phase, opening.prelude, failed
        return seen

    async def _shake_hands(self, stream: Stream, limit: TimeLimit) -> None:
        asked, opening, seen = self._asked, self._opening, self._seen
        certificate, prelude = asked.client_certificate, asked.prelude
        opening.begin(Phase.HANDSHAKE)
        try:
            connection, told = new_connection(self._profile, asked.server_name, certificate)
            try:
                await complete(
                    stream,
                    connection,
                    opening.peer,
                    self._received,
                    lambda: limit.move(self._deadline.at),
                    prelude.framing() if prelude and prelude.framing else None,
                )
                say_goodbye(stream, connection)
                seen.facts = facts(connection)
            finally:
                seen.presented, seen.staple = presented(connection), told.staple
                if certificate and told.wants_certificate:
                    seen.client_certificate = certificate.sha256
        finally:
            opening.end()
        if not seen.presented:
            detail = f"{opening.peer} completed a handshake without a certificate"
            raise ObservationFailed(Failure(FailureKind.NO_CERTIFICATE, Phase.HANDSHAKE, detail))

    def _failed(self, failed: ObservationFailed) -> Seen:
        """What was seen by an attempt that failed."""
        if failed.failure.kind is FailureKind.CLIENT_CERTIFICATE_REQUIRED:
            self._seen.facts = negotiated(bytes(self._received))
            if shown := self._seen.client_certificate:
                failed = failed.with_detail(f"{failed.failure.detail}; it was shown the one with sha256 {shown}")
        return self.seen(self._opening.explained(failed, answered=self._seen.facts is not None))

    def _too_slow(self) -> ObservationFailed:
        if self._opening.phase is not Phase.HANDSHAKE:
            return self._opening.too_slow()
        peer, waited = self._opening.peer, f"{self._opening.timings[Phase.HANDSHAKE]:.1f} s"
        if self._received:
            detail = f"{peer} did not complete the handshake: it sent {len(self._received)} bytes in {waited}"
            return ObservationFailed(Failure(FailureKind.DEADLINE, Phase.HANDSHAKE, detail))
        detail = f"{peer} accepted the connection, then sent nothing for {waited}"
        failure = Failure(FailureKind.TIMED_OUT, Phase.HANDSHAKE, detail)
        return ObservationFailed(failure, transient=True, remedy=Remedy.CLASSICAL)
