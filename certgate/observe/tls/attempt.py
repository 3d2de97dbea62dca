"""One connection to one address: connect, start TLS, shake hands, collect what was seen."""

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from certgate.model.observation import Failure, FailureKind, HandshakeFacts, Phase, PreludeFacts
from certgate.net.resolver import Address
from certgate.observe.tls.client import facts, new_connection, presented
from certgate.observe.tls.deadline import Deadline
from certgate.observe.tls.dialogue import MAX_DIALOGUE_BYTES, Dialogue
from certgate.observe.tls.failures import ObservationFailed, from_os_error
from certgate.observe.tls.handshake import handshake
from certgate.observe.tls.prelude.interface import Prelude
from certgate.observe.tls.profile import Profile, Remedy
from certgate.observe.tls.server_hello import negotiated
from certgate.observe.tls.wire import escaped

__all__ = ["Asked", "Attempt", "Seen"]

_CHUNK = 16 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the server: the same over every connection but for the ways in which TLS may begin."""

    name: str
    """The name that it is expected to have."""
    server_name: str | None
    """The name sent as SNI."""
    protocol: str = ""
    prelude: Prelude | None = None
    """None where TLS begins at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one attempt saw: the facts so far, and how it ended if it ended badly."""

    profile: Profile
    address: str
    phase: Phase
    """The last one that began."""
    presented: tuple[bytes, ...] = ()
    """DER of the certificates in wire order."""
    staple: bytes | None = None
    facts: HandshakeFacts | None = None
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds per phase."""
    prelude: PreludeFacts | None = None
    failed: ObservationFailed | None = None


class Attempt:
    """One connection with one profile; `seen` tells at any moment how far it has come."""

    def __init__(
        self, address: Address, asked: Asked, profile: Profile, deadline: Deadline, *, last_resort: bool
    ) -> None:
        """`last_resort`: no other address or attempt follows, so that it may take all the time there is."""
        self._target = address
        self._asked = asked
        self._profile = profile
        self._deadline = deadline
        self._last_resort = last_resort
        self._phase = Phase.CONNECT
        self._began = 0.0
        self._timings: dict[str, float] = {}
        self._dialogue: Dialogue | None = None
        self._prelude: PreludeFacts | None = None
        self._received = bytearray()
        self._presented: tuple[bytes, ...] = ()
        self._staple: bytes | None = None
        self._facts: HandshakeFacts | None = None

    async def run(self) -> Seen:
        """Make the attempt. Raises nothing but asyncio.CancelledError and what is a bug."""
        try:
            await self._visit()
        except ObservationFailed as failed:
            if failed.failure.kind is FailureKind.CLIENT_CERTIFICATE_REQUIRED:
                self._facts = negotiated(bytes(self._received))
            return self.seen(failed)
        return self.seen()

    def seen(self, failed: ObservationFailed | None = None) -> Seen:
        """What has been seen by now."""
        return Seen(
            profile=self._profile,
            address=str(self._target),
            phase=self._phase,
            presented=self._presented,
            staple=self._staple,
            facts=self._facts,
            prelude=self._prelude,
            timings=dict(self._timings),
            failed=failed,
        )

    async def _visit(self) -> None:
        until = self._deadline if self._last_resort else self._deadline.half()
        try:
            async with asyncio.timeout_at(until.at) as timer:
                with self._open() as sock:
                    await self._connect(sock)
                    if self._asked.prelude:
                        timer.reschedule(self._deadline.at)  # silence in the clear is nothing that a retry helps
                        await self._speak(sock, self._asked.prelude)
                        timer.reschedule((self._deadline if self._last_resort else self._deadline.half()).at)
                    if self._last_resort and self._profile.is_default:
                        timer.reschedule(self._deadline.half().at)  # silence may mean that a small ClientHello helps
                    await self._shake_hands(sock, timer)
        except TimeoutError:
            raise self._too_slow() from None

    def _open(self) -> socket.socket:
        try:
            sock = socket.socket(self._target.family, socket.SOCK_STREAM)
        except OSError as error:
            raise from_os_error(Phase.CONNECT, str(self._target), error) from error
        sock.setblocking(False)
        return sock

    async def _connect(self, sock: socket.socket) -> None:
        self._start(Phase.CONNECT)
        try:
            await asyncio.get_running_loop().sock_connect(sock, self._target.sockaddr)
        except OSError as error:
            raise from_os_error(Phase.CONNECT, str(self._target), error) from error
        finally:
            self._stop()

    async def _speak(self, sock: socket.socket, prelude: Prelude) -> None:
        """Speak in the clear until the server gives its go-ahead; what it says beyond that is no part of TLS."""
        self._start(Phase.PRELUDE)
        loop = asyncio.get_running_loop()
        dialogue = Dialogue(prelude.talk(self._asked.name), str(self._target), self._asked.protocol)
        self._dialogue = dialogue
        try:
            said = dialogue.begin()
            while True:
                if said:
                    await loop.sock_sendall(sock, said)
                if dialogue.is_over:
                    break
                received = await loop.sock_recv(sock, _CHUNK)
                if not received:
                    raise dialogue.closed()
                said = dialogue.receive(received)
            injected = dialogue.left + _at_hand(sock)
        except OSError as error:
            raise from_os_error(Phase.PRELUDE, str(self._target), error) from error
        finally:
            self._stop()
        self._prelude = PreludeFacts(self._asked.protocol, prelude.way, escaped(injected))

    async def _shake_hands(self, sock: socket.socket, timer: asyncio.Timeout) -> None:
        self._start(Phase.HANDSHAKE)
        connection, stapled = new_connection(self._profile, self._asked.server_name)
        prelude = self._asked.prelude
        try:
            await handshake(
                sock,
                connection,
                str(self._target),
                self._received,
                lambda: timer.reschedule(self._deadline.at),
                prelude.framing() if prelude and prelude.framing else None,
            )
            self._facts = facts(connection)
        finally:
            self._stop()
            self._presented, self._staple = presented(connection), stapled.response
        if not self._presented:
            detail = f"{self._target} completed a handshake without a certificate"
            raise ObservationFailed(Failure(FailureKind.NO_CERTIFICATE, self._phase, detail))

    def _too_slow(self) -> ObservationFailed:
        waited = f"{self._timings[self._phase.value]:.1f} s"
        if self._phase is Phase.PRELUDE and self._dialogue:
            return self._dialogue.too_slow(waited)
        if self._received:
            detail = f"{self._target} did not complete the handshake: it sent {len(self._received)} bytes in {waited}"
            return ObservationFailed(Failure(FailureKind.DEADLINE, self._phase, detail))
        remedy = None
        detail = f"{self._target} did not answer the attempt to connect for {waited}"
        if self._phase is Phase.HANDSHAKE:
            remedy = Remedy.CLASSICAL
            detail = f"{self._target} accepted the connection, then sent nothing for {waited}"
        return ObservationFailed(Failure(FailureKind.TIMED_OUT, self._phase, detail), transient=True, remedy=remedy)

    def _start(self, phase: Phase) -> None:
        self._phase = phase
        self._began = asyncio.get_running_loop().time()

    def _stop(self) -> None:
        self._timings[self._phase.value] = round(asyncio.get_running_loop().time() - self._began, 6)


def _at_hand(sock: socket.socket) -> bytes:
    """What lies there to be read, without waiting."""
    found = bytearray()
    with suppress(BlockingIOError):
        while len(found) < MAX_DIALOGUE_BYTES and (chunk := sock.recv(_CHUNK)):
            found += chunk
    return bytes(found)
