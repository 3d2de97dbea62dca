"""One connection to one address: connect, start TLS, shake hands, collect what was seen."""

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from certgate.model.observation import Failure, FailureKind, HandshakeFacts, Phase, PreludeFacts
from certgate.net.resolver import Address
from certgate.observe.tls.client import facts, new_connection, presented
from certgate.observe.tls.client_certificate import ClientCertificate
from certgate.observe.tls.deadline import Deadline
from certgate.observe.tls.dialogue import MAX_DIALOGUE_BYTES, Dialogue
from certgate.observe.tls.failures import ObservationFailed, from_os_error
from certgate.observe.tls.handshake import handshake
from certgate.observe.tls.prelude.interface import Prelude
from certgate.observe.tls.profile import Profile, Remedy
from certgate.observe.tls.proxy.tunnel import Tunnel, failed_at_proxy
from certgate.observe.tls.server_hello import negotiated
from certgate.observe.tls.wire import escaped

__all__ = ["Asked", "Attempt", "Seen"]

_CHUNK = 16 * 1024
_PROXY_PROTOCOL = {"v1": b"PROXY UNKNOWN\r\n", "v2": b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00"}
"""The header by which a checker says that the connection is its own: UNKNOWN of version 1, LOCAL of version 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of the server: the same over every connection but for the ways in which TLS may begin."""

    name: str
    """The name that it is expected to have."""
    server_name: str | None
    """The name sent as SNI."""
    protocol: str = ""
    prelude: Prelude | None = None
    """None where TLS begins at once."""
    client_certificate: ClientCertificate | None = None
    """Shown if the server asks for one."""
    tunnel: Tunnel | None = None
    """How the server is reached; None where that is directly."""
    proxy_protocol: str = ""
    """The version of the PROXY protocol with which a connection begins; empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
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


class Attempt:
    """One connection with one profile; `seen` tells at any moment how far it has come."""

    def __init__(
        self, address: Address, asked: Asked, profile: Profile, deadline: Deadline, *, last_resort: bool
    ) -> None:
        """`address` is the proxy's where there is one.

        `last_resort`: no other address or attempt follows, so that it may take all the time there is.
        """
        self._address = address
        self._peer = str(asked.tunnel or address)
        """As messages call it."""
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
        self._shown_to_server = ""

    async def run(self) -> Seen:
        """Make the attempt. Raises nothing but asyncio.CancelledError and what is a bug."""
        try:
            await self._visit()
        except ObservationFailed as failed:
            if failed.failure.kind is FailureKind.CLIENT_CERTIFICATE_REQUIRED:
                self._facts = negotiated(bytes(self._received))
                if self._shown_to_server:
                    detail = f"{failed.failure.detail}; it was shown the one with sha256 {self._shown_to_server}"
                    failed = failed.with_detail(detail)
            return self.seen(self._explained(failed))
        return self.seen()

    def _explained(self, failed: ObservationFailed) -> ObservationFailed:
        """The failure, with what this attempt did beyond the usual and may be the reason."""
        if self._asked.tunnel and self._phase in {Phase.CONNECT, Phase.PROXY}:
            return failed_at_proxy(failed)
        if not self._asked.proxy_protocol or self._facts or self._phase is Phase.CONNECT:
            return failed
        sent = f"a PROXY protocol header ({self._asked.proxy_protocol}) was sent first"
        advice = "leave out proxy_protocol unless the server expects it"
        return failed.with_detail(f"{failed.failure.detail}; {sent}: {advice}")

    def seen(self, failed: ObservationFailed | None = None) -> Seen:
        """What has been seen by now."""
        return Seen(
            profile=self._profile,
            address="" if self._asked.tunnel else str(self._address),
            phase=self._phase,
            presented=self._presented,
            staple=self._staple,
            facts=self._facts,
            prelude=self._prelude,
            timings=dict(self._timings),
            client_certificate=self._shown_to_server,
            failed=failed,
        )

    async def _visit(self) -> None:
        until = self._deadline if self._last_resort else self._deadline.half()
        try:
            async with asyncio.timeout_at(until.at) as timer:
                with self._open() as sock:
                    await self._connect(sock)
                    if self._asked.tunnel:
                        await self._pass_through(sock, self._asked.tunnel)
                    if self._asked.proxy_protocol:
                        await self._announce(sock, _PROXY_PROTOCOL[self._asked.proxy_protocol])
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
            sock = socket.socket(self._address.family, socket.SOCK_STREAM)
        except OSError as error:
            raise from_os_error(Phase.CONNECT, self._connected_to, error) from error
        sock.setblocking(False)
        return sock

    async def _connect(self, sock: socket.socket) -> None:
        self._start(Phase.CONNECT)
        try:
            await asyncio.get_running_loop().sock_connect(sock, self._address.sockaddr)
        except OSError as error:
            raise from_os_error(Phase.CONNECT, self._connected_to, error) from error
        finally:
            self._stop()

    async def _pass_through(self, sock: socket.socket, tunnel: Tunnel) -> None:
        self._start(Phase.PROXY)
        try:
            await tunnel.open(sock)
        finally:
            self._stop()

    async def _announce(self, sock: socket.socket, header: bytes) -> None:
        try:
            await asyncio.get_running_loop().sock_sendall(sock, header)
        except OSError as error:
            raise from_os_error(self._phase, self._peer, error) from error

    async def _speak(self, sock: socket.socket, prelude: Prelude) -> None:
        """Speak in the clear until the server gives its go-ahead; what it says beyond that is no part of TLS."""
        self._start(Phase.PRELUDE)
        loop = asyncio.get_running_loop()
        dialogue = Dialogue(prelude.talk(self._asked.name), self._peer, self._asked.protocol)
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
            raise from_os_error(Phase.PRELUDE, self._peer, error) from error
        finally:
            self._stop()
        self._prelude = PreludeFacts(self._asked.protocol, prelude.way, escaped(injected))

    async def _shake_hands(self, sock: socket.socket, timer: asyncio.Timeout) -> None:
        self._start(Phase.HANDSHAKE)
        certificate = self._asked.client_certificate
        connection, told = new_connection(self._profile, self._asked.server_name, certificate)
        prelude = self._asked.prelude
        try:
            await handshake(
                sock,
                connection,
                self._peer,
                self._received,
                lambda: timer.reschedule(self._deadline.at),
                prelude.framing() if prelude and prelude.framing else None,
            )
            self._facts = facts(connection)
        finally:
            self._stop()
            self._presented, self._staple = presented(connection), told.staple
            if certificate and told.wants_certificate:
                self._shown_to_server = certificate.sha256
        if not self._presented:
            detail = f"{self._peer} completed a handshake without a certificate"
            raise ObservationFailed(Failure(FailureKind.NO_CERTIFICATE, self._phase, detail))

    def _too_slow(self) -> ObservationFailed:
        waited = f"{self._timings[self._phase.value]:.1f} s"
        if self._phase is Phase.PRELUDE and self._dialogue:
            return self._dialogue.too_slow(waited)
        if self._phase is Phase.PROXY and self._asked.tunnel:
            return self._asked.tunnel.too_slow(waited)
        if self._received:
            detail = f"{self._peer} did not complete the handshake: it sent {len(self._received)} bytes in {waited}"
            return ObservationFailed(Failure(FailureKind.DEADLINE, self._phase, detail))
        remedy = None
        detail = f"{self._connected_to} did not answer the attempt to connect for {waited}"
        if self._phase is Phase.HANDSHAKE:
            remedy = Remedy.CLASSICAL
            detail = f"{self._peer} accepted the connection, then sent nothing for {waited}"
        return ObservationFailed(Failure(FailureKind.TIMED_OUT, self._phase, detail), transient=True, remedy=remedy)

    @property
    def _connected_to(self) -> str:
        """The other end of the connection, as messages call it."""
        return f"the proxy {self._asked.tunnel.proxy} ({self._address})" if self._asked.tunnel else self._peer

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
