"""One endpoint: its addresses, its attempts, and what they have shown together."""

import asyncio
from dataclasses import replace

from certgate.model.bug import bug
from certgate.model.observation import Failure, FailureKind, Note, Observation, Phase, Vantage
from certgate.model.target import Target
from certgate.net.resolver import Address, Resolver
from certgate.observe.clock import Clock
from certgate.observe.tls.attempt import Asked, Attempt, Seen
from certgate.observe.tls.deadline import Deadline
from certgate.observe.tls.dialogue import preludes_of
from certgate.observe.tls.failures import ObservationFailed, from_resolver, inconsistent
from certgate.observe.tls.options import ObserveOptions
from certgate.observe.tls.prelude.interface import Prelude
from certgate.observe.tls.profile import DEFAULT_ALPN, NO_ALPN, Profile

__all__ = ["EndpointObserver"]

_FIRST_PAUSE = 0.25
"""Seconds before the first retry; each further pause is twice as long."""


class EndpointObserver:
    """Observes one endpoint once, and can say at any moment how far it has come."""

    def __init__(self, target: Target, options: ObserveOptions, resolver: Resolver, now: Clock) -> None:
        self.target = target
        self._endpoint = target.source.endpoint
        self._options = options
        self._resolver = resolver
        self._now = now
        self._deadline = Deadline.after(options.timeout)
        self._retries = options.retries
        self._addresses: list[Address] = []
        self._unvisited: tuple[str, ...] = ()
        self._resolved: dict[str, float] = {}
        self._attempt: Attempt | None = None
        self._shown: list[Seen] = []
        """The attempts that showed a chain and failed: what they showed is never forgotten."""
        self._retried = False
        self._injected = ""
        protocol = self._endpoint.protocol
        self._ways: list[Prelude | None] = list(preludes_of(protocol)) if protocol else [None]
        """How TLS may begin, the way that is tried first."""

    async def observe(self) -> Observation:
        """Everything that could be seen within the deadline. Raises nothing but asyncio.CancelledError."""
        profile = self._profile()
        pause = _FIRST_PAUSE
        refused: Seen | None = None
        while True:
            try:
                seen = await self._look(profile)
            except asyncio.CancelledError:
                raise
            except BaseException as error:
                failure = Failure(FailureKind.INTERNAL, self._phase, bug(error, "observing"))
                return self._observation(self._so_far(failure))
            failed = seen.failed
            if seen.prelude:
                self._injected = self._injected or seen.prelude.injected
            if failed is None:
                return self._observation(self._agreeing(seen))
            if seen.presented:
                self._shown.append(seen)
            elif self._ways[1:] and failed.failure.phase in {Phase.PRELUDE, Phase.HANDSHAKE}:
                del self._ways[0]
                profile = self._profile()
                continue
            if remedied := profile.with_remedy(failed.remedy):
                profile = remedied
                refused = refused or seen
                continue
            if not (failed.transient and self._retries and self._deadline.left > pause):
                return self._observation(self._agreeing(refused if profile.is_brainpool and refused else seen))
            self._retries -= 1
            self._retried = True
            await asyncio.sleep(pause)
            pause *= 2

    def interrupted(self) -> Observation:
        """What is known if the observation has to end now."""
        failure = Failure(FailureKind.INTERRUPTED, self._phase, "the run was interrupted")
        return self._observation(self._so_far(failure))

    async def _look(self, profile: Profile) -> Seen:
        """Attempt a handshake with the first address that accepts a connection."""
        if not self._addresses:
            try:
                self._addresses = await self._resolve()
            except ObservationFailed as failed:
                return Seen(profile=profile, address="", phase=Phase.RESOLVE, failed=failed)
        *others, last = self._addresses
        for position, address in enumerate(others, start=1):
            self._unvisited = tuple(map(str, self._addresses[position:]))
            seen = await self._visit(address, profile, last_resort=False)
            if seen.failed is None or seen.failed.failure.phase is not Phase.CONNECT:
                return seen
            self._retried = True
        self._unvisited = ()
        return await self._visit(last, profile, last_resort=not profile.is_default or not self._retries)

    def _profile(self) -> Profile:
        """What is offered at first."""
        usual = self._ways[0].alpn if self._ways[0] else DEFAULT_ALPN
        offered = self._endpoint.alpn or usual
        return Profile(alpn=() if offered == NO_ALPN else offered)

    async def _visit(self, address: Address, profile: Profile, *, last_resort: bool) -> Seen:
        endpoint = self._endpoint
        name = endpoint.server_name or endpoint.host
        asked = Asked(name, endpoint.server_name, endpoint.protocol, self._ways[0])
        self._attempt = Attempt(address, asked, profile, self._deadline, last_resort=last_resort)
        return await self._attempt.run()

    async def _resolve(self) -> list[Address]:
        endpoint, loop = self._endpoint, asyncio.get_running_loop()
        began = loop.time()
        try:
            known = self._resolver.known(endpoint.host, endpoint.port)
            if known is not None:
                return known
            async with asyncio.timeout_at(self._deadline.at):
                return await self._resolver.resolve(endpoint.host, endpoint.port)
        except TimeoutError:
            detail = f"{endpoint.host} was not resolved within {self._options.timeout:g} s"
            raise ObservationFailed(Failure(FailureKind.TIMED_OUT, Phase.RESOLVE, detail)) from None
        except (OSError, ValueError) as error:
            raise from_resolver(endpoint.host, error) from error
        finally:
            self._resolved = {Phase.RESOLVE.value: round(loop.time() - began, 6)}

    @property
    def _phase(self) -> Phase:
        return self._attempt.seen().phase if self._attempt else Phase.RESOLVE

    def _so_far(self, failure: Failure) -> Seen:
        """What was seen, ended by `failure`: by the attempt under way, or by one before it that showed more."""
        failed = ObservationFailed(failure)
        if self._attempt is None:
            return Seen(profile=Profile(), address="", phase=Phase.RESOLVE, failed=failed)
        return self._agreeing(self._attempt.seen(failed))

    def _agreeing(self, last: Seen) -> Seen:
        """The last attempt, unless an earlier one showed a chain that this one did not show."""
        shown = next((seen for seen in self._shown if seen.presented != last.presented), None)
        if shown is None:
            return last
        if last.presented:
            return replace(shown, failed=inconsistent(last.address, shown.presented, last.presented))
        return replace(shown, failed=last.failed)

    def _observation(self, seen: Seen) -> Observation:
        prelude = seen.prelude and replace(seen.prelude, injected=self._injected)
        notes = (*seen.profile.notes, Note.RETRIED) if self._retried else seen.profile.notes
        return Observation(
            observed_at=self._now(),
            vantage=Vantage(seen.address, self._endpoint.server_name),
            presented=seen.presented,
            staple=seen.staple,
            prelude=prelude,
            handshake=seen.facts,
            failure=seen.failed.failure if seen.failed else None,
            notes=notes if seen.presented else (),
            timings={**self._resolved, **seen.timings},
            unvisited=self._unvisited,
        )
