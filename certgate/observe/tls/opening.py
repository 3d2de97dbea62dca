"""One connection up to where TLS begins: connect, pass the proxy, announce, speak in the clear."""

import socket
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING

from certgate.model.frozen import frozen
from certgate.model.observation import Failure, FailureKind, Phase, PreludeFacts
from certgate.net.resolver import Address
from certgate.observe.event_loop import NEVER, TimeLimit
from certgate.observe.tls.deadline import in_microseconds
from certgate.observe.tls.dialogue import MAX_DIALOGUE_BYTES, Dialogue
from certgate.observe.tls.failures import ObservationFailed, from_os_error
from certgate.observe.tls.prelude.interface import Prelude
from certgate.observe.tls.stream import Stream
from certgate.observe.tls.wire import escaped

if TYPE_CHECKING:
    from certgate.observe.tls.client_certificate import ClientCertificate
    from certgate.observe.tls.proxy.tunnel import Tunnel

__all__ = ["Asked", "Opening"]

_CHUNK = 16 * 1024
_PROXY_PROTOCOL = {"v1": b"PROXY UNKNOWN\r\n", "v2": b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00"}
"""The header by which a checker says that the connection is its own: UNKNOWN of version 1, LOCAL of version 2."""


@frozen(slots=True, kw_only=True)
class Asked:
    """What is asked of the server: the same over every connection but for the ways in which TLS may begin."""

    name: str
    """The name that it is expected to have."""
    server_name: str | None
    """The name sent as SNI."""
    protocol: str = ""
    prelude: Prelude | None = None
    """None where TLS begins at once."""
    client_certificate: "ClientCertificate | None" = None
    """Shown if the server asks for one."""
    tunnel: "Tunnel | None" = None
    """How the server is reached; None where that is directly."""
    proxy_protocol: str = ""
    """The version of the PROXY protocol with which a connection begins; empty for none."""
    connect_timeout: float | None = None
    """Seconds to connect; None where other limits hold alone."""


class Opening:
    """One connection; tells at any moment how far it has come."""

    def __init__(self, address: Address, asked: Asked) -> None:
        """`address` is the proxy's where there is one."""
        self._address = address
        self._asked = asked
        self.visited = "" if asked.tunnel else str(address)
        """The address; empty where a proxy knows it."""
        self.peer = self.visited or str(asked.tunnel)
        """As messages call it."""
        self.phase = Phase.CONNECT
        """The last one that began."""
        self.timings: dict[str, float] = {}
        """Seconds per phase."""
        self.prelude: PreludeFacts | None = None
        self._dialogue: Dialogue | None = None
        self._began = 0.0

    def new_stream(self) -> Stream:
        """A stream for it, not connected yet. Raises ObservationFailed."""
        try:
            return Stream(socket.socket(self._address.family, socket.SOCK_STREAM))
        except OSError as error:
            raise from_os_error(Phase.CONNECT, self._connected_to, error) from error

    def reach(self, stream: Stream) -> Coroutine[None, None, None]:
        """Connect to the server, through the proxy if there is one. Raises ObservationFailed, TimeoutError."""
        asked = self._asked
        is_direct = asked.connect_timeout is None and not asked.tunnel and not asked.proxy_protocol
        return self._connect(stream) if is_direct else self._pass(stream)

    async def speak(self, stream: Stream) -> None:
        """Speak in the clear until the server gives its go-ahead; what it says beyond that is no part of TLS.

        Does nothing where TLS begins at once. Raises ObservationFailed.
        """
        if self._asked.prelude:
            self.begin(Phase.PRELUDE)
            try:
                await self._speak(stream, self._asked.prelude)
            finally:
                self.end()

    def begin(self, phase: Phase) -> None:
        """Note that a phase begins."""
        self.phase = phase
        self._began = time.monotonic()

    def end(self) -> None:
        """Note how long the phase took, however it ended."""
        self.timings[self.phase._value_] = in_microseconds(time.monotonic() - self._began)

    def too_slow(self) -> ObservationFailed:
        """The failure if the time is up now, before TLS begins."""
        waited = f"{self.timings.get(self.phase.value, 0.0):.1f} s"
        if self.phase is Phase.PRELUDE and self._dialogue:
            return self._dialogue.too_slow(waited)
        if self.phase is Phase.PROXY and self._asked.tunnel:
            return self._asked.tunnel.too_slow(waited)
        detail = f"{self._connected_to} did not answer the attempt to connect for {waited}"
        return ObservationFailed(Failure(FailureKind.TIMED_OUT, self.phase, detail), transient=True)

    def explained(self, failed: ObservationFailed, *, answered: bool) -> ObservationFailed:
        """The failure, with what was done beyond the usual and may be the reason. `answered`: the server spoke TLS."""
        if self._asked.tunnel and self.phase in {Phase.CONNECT, Phase.PROXY}:
            from certgate.observe.tls.proxy.tunnel import failed_at_proxy

            return failed_at_proxy(failed)
        if not self._asked.proxy_protocol or answered or self.phase is Phase.CONNECT:
            return failed
        sent = f"a PROXY protocol header ({self._asked.proxy_protocol}) was sent first"
        advice = "leave out proxy_protocol unless the server expects it"
        return failed.with_detail(f"{failed.failure.detail}; {sent}: {advice}")

    async def _connect(self, stream: Stream) -> None:
        self.begin(Phase.CONNECT)
        try:
            await stream.connect(self._address.sockaddr)
        except OSError as error:
            raise from_os_error(Phase.CONNECT, self._connected_to, error) from error
        finally:
            self.end()

    async def _pass(self, stream: Stream) -> None:
        """Connect within a limit of its own, pass the proxy, and announce, as far as that is asked."""
        seconds = self._asked.connect_timeout
        with TimeLimit(NEVER if seconds is None else time.monotonic() + seconds):
            await self._connect(stream)
        if self._asked.tunnel:
            self.begin(Phase.PROXY)
            try:
                await self._asked.tunnel.open(stream)
            finally:
                self.end()
        if self._asked.proxy_protocol:
            await self._announce(stream, _PROXY_PROTOCOL[self._asked.proxy_protocol])

    async def _announce(self, stream: Stream, header: bytes) -> None:
        try:
            await stream.send_all(header)
        except OSError as error:
            raise from_os_error(self.phase, self.peer, error) from error

    async def _speak(self, stream: Stream, prelude: Prelude) -> None:
        dialogue = Dialogue(prelude.talk(self._asked.name), self.peer, self._asked.protocol)
        self._dialogue = dialogue
        try:
            said = dialogue.begin()
            while True:
                if said:
                    await stream.send_all(said)
                if dialogue.is_over:
                    break
                received = await stream.receive(_CHUNK)
                if not received:
                    raise dialogue.closed()
                said = dialogue.receive(received)
            injected = dialogue.left + stream.at_hand(MAX_DIALOGUE_BYTES)
        except OSError as error:
            raise from_os_error(Phase.PRELUDE, self.peer, error) from error
        self.prelude = PreludeFacts(self._asked.protocol, prelude.way, escaped(injected))

    @property
    def _connected_to(self) -> str:
        """The other end of the connection, as messages call it."""
        return f"the proxy {self._asked.tunnel.proxy} ({self._address})" if self._asked.tunnel else self.peer
