"""One endpoint: look-up, connection, handshake and the retries between them, before one deadline."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import cast

from certgate.model.observation import Failure, FailureKind, HandshakeFacts, Note, Observation, Phase
from certgate.model.target import Endpoint, Target
from certgate.observe.client import Profile, facts, new_connection, presented
from certgate.observe.clock import Clock
from certgate.observe.failures import ObservationFailed, Remedy, from_os_error, from_resolver
from certgate.observe.handshake import handshake
from certgate.observe.options import ObserveOptions
from certgate.observe.resolve import Address, Resolver

__all__ = ["EndpointObserver"]

_log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.25
"""Seconds before the first retry; each further pause is twice as long."""


class EndpointObserver:
    """Observes one endpoint once, and can say at any moment how far it has come."""

    def __init__(self, target: Target, options: ObserveOptions, resolver: Resolver, now: Clock) -> None:
        self.target = target
        self._endpoint = cast("Endpoint", target.source)
        self._options = options
        self._resolver = resolver
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + options.timeout
        self._retries = options.retries
        self._phase = Phase.RESOLVE
        self._addresses: list[Address] = []
        self._address = ""
        self._unvisited: tuple[str, ...] = ()
        self._presented: tuple[bytes, ...] = ()
        self._staple: bytes | None = None
        self._facts: HandshakeFacts | None = None
        self._retried = False
        self._timings: dict[str, float] = {}

    async def observe(self) -> Observation:
        """Everything that could be seen within the deadline. Raises nothing but asyncio.CancelledError."""
        profile = Profile()
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._attempt(profile)
            except ObservationFailed as failed:
                if remedied := profile.with_remedy(failed.remedy):
                    profile = remedied
                    continue
                if not (failed.transient and self._retries and self._left() > pause):
                    return self._observation(failed.failure, profile)
                self._retries -= 1
                self._retried = True
            except Exception as error:
                _log.debug("internal error while observing %s", self.target.id, exc_info=True)
                return self._observation(self._internal_error(error), profile)
            else:
                return self._observation(None, profile)
            await asyncio.sleep(pause)
            pause *= 2

    def interrupted(self) -> Observation:
        """What is known if the observation has to end now."""
        return self._observation(Failure(FailureKind.INTERRUPTED, self._phase, "the run was interrupted"), Profile())

    def _observation(self, failure: Failure | None, profile: Profile) -> Observation:
        notes = (*profile.notes, Note.RETRIED) if self._retried else profile.notes
        return Observation(
            target=self.target.id,
            observed_at=self._now(),
            address=self._address,
            server_name=self._endpoint.server_name,
            presented=self._presented,
            staple=self._staple,
            handshake=self._facts,
            failure=failure,
            notes=notes if self._presented else (),
            timings=self._timings,
            unvisited=self._unvisited,
        )

    def _internal_error(self, error: Exception) -> Failure:
        """One target's bug must not hide what was found at the others."""
        detail = f"certgate itself failed here, please report it: {type(error).__name__}: {error}"
        return Failure(FailureKind.HANDSHAKE_FAILED, self._phase, detail)

    async def _attempt(self, profile: Profile) -> None:
        """Shake hands with the first address that takes a connection."""
        self._presented, self._staple = (), None
        if not self._addresses:
            self._addresses = await self._resolve()
        *others, last = self._addresses
        for position, address in enumerate(others, start=1):
            self._unvisited = tuple(map(str, self._addresses[position:]))
            try:
                return await self._visit(address, profile, self._half())
            except ObservationFailed as failed:
                if failed.failure.phase is not Phase.CONNECT:
                    raise
                self._retried = True
        self._unvisited = ()
        last_resort = profile.classical or not self._retries
        return await self._visit(last, profile, self._deadline if last_resort else self._half())

    async def _resolve(self) -> list[Address]:
        endpoint, started = self._endpoint, self._start(Phase.RESOLVE)
        try:
            known = self._resolver.known(endpoint.host, endpoint.port)
            if known is not None:
                return known
            async with asyncio.timeout_at(self._deadline):
                return await self._resolver.resolve(endpoint.host, endpoint.port)
        except TimeoutError:
            detail = f"{endpoint.host} was not resolved within {self._options.timeout:g} s"
            raise ObservationFailed(Failure(FailureKind.TIMED_OUT, Phase.RESOLVE, detail)) from None
        except (OSError, ValueError) as error:
            raise from_resolver(endpoint.host, error) from error
        finally:
            self._stop(started)

    async def _visit(self, address: Address, profile: Profile, until: float) -> None:
        self._address = str(address)
        received = bytearray()
        try:
            async with asyncio.timeout_at(until) as timer:
                with self._open(address) as sock:
                    await self._connect(sock, address)
                    if until == self._deadline and not profile.classical:
                        timer.reschedule(self._half())
                    await self._shake_hands(sock, profile, received, lambda: timer.reschedule(self._deadline))
        except TimeoutError:
            raise self._too_slow(received) from None

    def _open(self, address: Address) -> socket.socket:
        try:
            sock = socket.socket(address.family, socket.SOCK_STREAM)
        except OSError as error:
            raise from_os_error(Phase.CONNECT, self._address, error) from error
        sock.setblocking(False)
        return sock

    async def _connect(self, sock: socket.socket, address: Address) -> None:
        started = self._start(Phase.CONNECT)
        try:
            await self._loop.sock_connect(sock, address.sockaddr)
        except OSError as error:
            raise from_os_error(Phase.CONNECT, self._address, error) from error
        finally:
            self._stop(started)

    async def _shake_hands(
        self, sock: socket.socket, profile: Profile, received: bytearray, on_answer: Callable[[], None]
    ) -> None:
        started = self._start(Phase.HANDSHAKE)
        connection, stapled = new_connection(profile, self._endpoint.server_name)
        try:
            await handshake(sock, connection, self._address, received, on_answer)
            self._facts = facts(connection)
        finally:
            self._stop(started)
            self._presented, self._staple = presented(connection), stapled.response
        if not self._presented:
            detail = f"{self._address} completed a handshake without showing a certificate"
            raise ObservationFailed(Failure(FailureKind.NO_CERTIFICATE, self._phase, detail))

    def _too_slow(self, received: bytearray) -> ObservationFailed:
        waited = f"{self._timings[self._phase.value]:.1f} s"
        if received:
            detail = f"{self._address} did not complete the handshake: it sent {len(received)} bytes in {waited}"
            return ObservationFailed(Failure(FailureKind.DEADLINE, self._phase, detail))
        remedy = None
        detail = f"{self._address} did not answer the attempt to connect for {waited}"
        if self._phase is Phase.HANDSHAKE:
            remedy = Remedy.CLASSICAL
            detail = f"{self._address} took the connection, then sent nothing for {waited}"
        return ObservationFailed(Failure(FailureKind.TIMED_OUT, self._phase, detail), transient=True, remedy=remedy)

    def _start(self, phase: Phase) -> float:
        self._phase = phase
        return self._loop.time()

    def _stop(self, started: float) -> None:
        self._timings[self._phase.value] = round(self._loop.time() - started, 6)

    def _left(self) -> float:
        return self._deadline - self._loop.time()

    def _half(self) -> float:
        """Until when something may take that is not the last resort: half of the time that is left."""
        return self._loop.time() + self._left() / 2
