"""A look at an endpoint from one vantage: when it is tried again, and what all attempts together have shown."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from certgate.model.bug import bug
from certgate.model.frozen import frozen, making
from certgate.model.observation import Failure, FailureKind, Note, Observation, Phase, Vantage
from certgate.model.target import Endpoint
from certgate.net.resolver import Address
from certgate.observe.clock import Clock
from certgate.observe.event_loop import Cancelled, sleep
from certgate.observe.tls.attempt import Attempt, Seen
from certgate.observe.tls.connection_budget import Budget
from certgate.observe.tls.deadline import Deadline, in_microseconds
from certgate.observe.tls.dialogue import preludes_of
from certgate.observe.tls.failures import ObservationFailed, inconsistent
from certgate.observe.tls.opening import Asked
from certgate.observe.tls.prelude.interface import Prelude
from certgate.observe.tls.profile import DEFAULT_ALPN, NO_ALPN, Profile
from certgate.observe.tls.routes import own_trouble

if TYPE_CHECKING:
    from certgate.observe.tls.client_certificate import ClientCertificate
    from certgate.observe.tls.proxy.tunnel import Tunnel

__all__ = ["FIRST_PAUSE", "Look", "Terms"]

FIRST_PAUSE = 0.25
"""Seconds before the first retry; each further pause is twice as long."""
_USUAL = Profile()
_new_asked = making(Asked)
_new_observation = making(Observation)
_new_vantage = making(Vantage)


@frozen(slots=True, kw_only=True)
class Terms:
    """What holds for all looks at one endpoint."""

    endpoint: Endpoint
    deadline: Deadline
    retries: int
    budget: Budget
    now: Clock
    client_certificate: "ClientCertificate | None" = None
    tunnel: "Tunnel | None" = None
    """None where the endpoint is reached directly."""
    address: str = ""
    """The endpoint's address where it is known before; empty where it is to be found."""
    connect_timeout: float | None = None
    """Seconds for each attempt to connect; None where the deadline alone holds."""
    in_range: bool = False
    """Whether the endpoint is of a range: that nothing accepts a connection is then an answer, which no retry changes.
    The system has sent its request twice by then."""


class Look:
    """Observes an endpoint once, and can say at any moment how far it has come."""

    def __init__(
        self,
        terms: Terms,
        server_name: str | None,
        addresses: Callable[[], Awaitable[list[Address]]],
        probe: str = "",
        like: "Look | None" = None,
        offer: Profile | None = None,
    ) -> None:
        """The first address that accepts a connection is looked at; `addresses` raises ObservationFailed.

        A `probe` offers what the look that it is `like` offered at last, or else `offer`.
        """
        self._terms = terms
        self._server_name = server_name
        self._find = addresses
        self._probe = probe
        self._may_remedy = offer is not None or like is None
        self._retries = terms.retries
        self._addresses: list[Address] = []
        self._unvisited: tuple[str, ...] = ()
        self._resolved: dict[str, float] = {}
        self._attempt: Attempt | None = None
        self._connections = 0
        self._shown: list[Seen] = []
        """The attempts that showed a chain and failed: what they showed is never forgotten."""
        self._retried = False
        self._injected = ""
        protocol = terms.endpoint.protocol
        self.ways: list[Prelude | None] = list(preludes_of(protocol)) if protocol else [None]
        """How TLS may begin, the way that is tried first."""
        if like:
            self.ways = like.ways[:1]
        self.last_profile: Profile = offer or (like.last_profile if like else self._profile())
        self.last_failed: ObservationFailed | None = None
        """How the last attempt ended, if it failed."""
        self.reached: Address | None = None
        """The address of the last attempt; the proxy's where there is one."""

    async def observe(self) -> tuple[Observation, ...]:
        """Everything that could be seen within the deadline. Raises nothing but Cancelled."""
        profile = self.last_profile
        pause = FIRST_PAUSE
        refused: Seen | None = None
        while True:
            try:
                seen = await self._look(profile)
            except Cancelled:
                raise
            except BaseException as error:
                failure = Failure(FailureKind.INTERNAL, self._phase, bug(error, "observing"))
                return self._observations(self._so_far(failure))
            failed = seen.failed
            self.last_failed = failed
            if seen.prelude:
                self._injected = self._injected or seen.prelude.injected
            if failed is None:
                return self._observations(seen)
            if seen.presented:
                self._shown.append(seen)
            elif self.ways[1:] and failed.failure.phase in {Phase.PRELUDE, Phase.HANDSHAKE}:
                del self.ways[0]
                profile = self._profile()
                continue
            if self._may_remedy and (remedied := profile.with_remedy(failed.remedy)):
                profile = remedied
                refused = refused or seen
                continue
            is_answer = profile.narrow and failed.failure.phase is Phase.HANDSHAKE
            nothing_there = self._terms.in_range and failed.failure.phase is Phase.CONNECT
            if (
                is_answer
                or nothing_there
                or not (failed.transient and self._retries and self._terms.deadline.left > pause)
            ):
                return self._observations(refused if profile.is_brainpool and refused else seen)
            self._retries -= 1
            self._retried = True
            await sleep(pause)
            pause *= 2

    def interrupted(self) -> tuple[Observation, ...]:
        """What is known if the observation has to end now."""
        failure = Failure(FailureKind.INTERRUPTED, self._phase, "the run was interrupted")
        return self._observations(self._so_far(failure))

    async def _look(self, profile: Profile) -> Seen:
        """Attempt a handshake with the first address that accepts a connection."""
        if not self._addresses:
            began = time.monotonic()
            try:
                self._addresses = await self._find()
            except ObservationFailed as unresolved:
                return Seen(profile=profile, address="", phase=Phase.RESOLVE, failed=unresolved)
            finally:
                self._resolved = {Phase.RESOLVE._value_: in_microseconds(time.monotonic() - began)}
        terms = self._terms
        left = list(self._addresses)
        while True:
            address = left.pop(0)
            self._unvisited = tuple(map(str, left)) if left and not terms.tunnel else ()
            self.last_profile, self.reached = profile, address
            try:
                await terms.budget.take(terms.deadline)
            except ObservationFailed as none_left:
                seen = Seen(profile=profile, address=str(address), phase=Phase.CONNECT, failed=none_left)
            else:
                self._connections += 1
                last_resort = not left and (not self._retries or bool(profile.curve))
                self._attempt = Attempt(address, self.asked, profile, terms.deadline, last_resort=last_resort)
                seen = await self._attempt.run()
            failed = seen.failed
            if failed is None:
                return seen
            if terms.in_range and seen.phase is Phase.CONNECT:
                failed = own_trouble(address, failed) or failed
                seen = replace(seen, failed=failed)
            if not left or failed.failure.phase is not Phase.CONNECT:
                return seen
            self._retried = True

    def _profile(self) -> Profile:
        """What is offered at first."""
        usual = self.ways[0].alpn if self.ways[0] else DEFAULT_ALPN
        offered = self._terms.endpoint.visit.alpn or usual
        if offered == DEFAULT_ALPN:
            return _USUAL
        return Profile(alpn=() if offered == NO_ALPN else offered)

    @property
    def asked(self) -> Asked:
        """What is asked of the server over every connection."""
        terms, endpoint = self._terms, self._terms.endpoint
        return _new_asked(
            name=(endpoint.server_name if self._probe else self._server_name) or endpoint.host,
            server_name=self._server_name,
            protocol=endpoint.protocol,
            prelude=self.ways[0],
            client_certificate=terms.client_certificate,
            tunnel=terms.tunnel,
            proxy_protocol=endpoint.visit.proxy_protocol,
            connect_timeout=terms.connect_timeout,
        )

    @property
    def _phase(self) -> Phase:
        return self._attempt.phase if self._attempt else Phase.RESOLVE

    def _so_far(self, failure: Failure) -> Seen:
        """What was seen, ended by `failure`."""
        failed = ObservationFailed(failure)
        if self._attempt is None:
            return Seen(profile=Profile(), address="", phase=Phase.RESOLVE, failed=failed)
        return self._attempt.seen(failed)

    def _observations(self, last: Seen) -> tuple[Observation, ...]:
        """An observation for each chain, the first with all connections."""
        if not self._shown:
            return (self._observation(last, self._connections),)
        first, *others = self._together(last)
        return (self._observation(first, self._connections), *map(self._observation, others))

    def _together(self, last: Seen) -> Sequence[Seen]:
        """The last attempt, with the chain that it or an earlier one showed; one for each chain where they differ."""
        chains: dict[tuple[bytes, ...], Seen] = {}
        for seen in (*self._shown, last):
            if seen.presented:
                chains.setdefault(seen.presented, seen)
        if len(chains) > 1:
            peer = str(self._terms.tunnel or last.address or self._terms.endpoint.host)
            failed = inconsistent(peer, list(chains))
            return [replace(seen, failed=failed) for seen in chains.values()]
        if last.presented or not chains:
            return [last]
        return [replace(seen, failed=last.failed) for seen in chains.values()]

    def _observation(self, seen: Seen, connections: int = 0) -> Observation:
        prelude = seen.prelude and replace(seen.prelude, injected=self._injected)
        notes = (*seen.profile.notes, Note.RETRIED) if self._retried else seen.profile.notes
        return _new_observation(
            observed_at=self._terms.now(),
            vantage=_new_vantage(
                seen.address or self._terms.address,
                self._server_name,
                self._probe,
                str(self._terms.endpoint.visit.proxy or ""),
            ),
            presented=seen.presented,
            staple=seen.staple,
            prelude=prelude,
            handshake=seen.facts,
            client_certificate=seen.client_certificate,
            failure=seen.failed.failure if seen.failed else None,
            notes=notes if seen.presented else (),
            timings={**self._resolved, **seen.timings},
            connections=connections,
            unvisited=self._unvisited,
        )
