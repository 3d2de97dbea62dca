"""A connection through a proxy: asks for it over a connected stream, and turns what fails into typed failures."""

from certgate.model.frozen import frozen
from certgate.model.observation import Failure, FailureKind, Phase
from certgate.model.proxy import Proxy, ProxyCredentials
from certgate.observe.tls.dialogue import Dialogue
from certgate.observe.tls.failures import ObservationFailed, from_os_error
from certgate.observe.tls.prelude.interface import Talk
from certgate.observe.tls.proxy.connect import connect
from certgate.observe.tls.proxy.socks import socks
from certgate.observe.tls.stream import Stream
from certgate.policy.hosts import join

__all__ = ["Tunnel", "failed_at_proxy"]

_OWN = frozenset({FailureKind.PROXY_AUTH, FailureKind.PROXY_REFUSED, FailureKind.PROXY_FAILED, FailureKind.LIMIT})


@frozen(slots=True)
class Tunnel:
    """To `host` and `port`, which the proxy resolves."""

    proxy: Proxy
    host: str
    port: int
    credentials: ProxyCredentials | None = None

    def __str__(self) -> str:
        """The peer as messages call it."""
        return f"{join(self.host, self.port)} via {self.proxy}"

    async def open(self, stream: Stream) -> None:
        """Ask for it over a stream that is connected to the proxy. Raises ObservationFailed.

        Not a byte more is received than the proxy's own answer: the target may speak right behind it.
        """
        dialogue = Dialogue(self._talk(), f"the proxy {self.proxy}", self.asked)
        try:
            said = dialogue.begin()
            while True:
                if said:
                    await stream.send_all(said)
                if dialogue.is_over:
                    return
                received = await stream.receive(dialogue.wanted)
                if not received:
                    raise dialogue.closed()
                said = dialogue.receive(received)
        except OSError as error:
            raise from_os_error(Phase.PROXY, f"the proxy {self.proxy}", error) from error

    @property
    def asked(self) -> str:
        """What is spoken with the proxy."""
        return "SOCKS5" if self.proxy.scheme == "socks5h" else "HTTP (CONNECT)"

    def too_slow(self, waited: str) -> ObservationFailed:
        """What it means that the time is up."""
        detail = f"the proxy {self.proxy} did not connect to {join(self.host, self.port)} within {waited}"
        return ObservationFailed(Failure(FailureKind.PROXY_FAILED, Phase.PROXY, detail), transient=True)

    def _talk(self) -> Talk[None]:
        if self.proxy.scheme == "socks5h":
            return socks(self.host, self.port, self.credentials)
        return connect(join(self.host, self.port), self.credentials)


def failed_at_proxy(failed: ObservationFailed) -> ObservationFailed:
    """A failure before the target was reached, as the proxy's own; whatever else it would be called."""
    failure = failed.failure
    phase = Phase.PROXY if failure.phase is Phase.PRELUDE else failure.phase
    kind = failure.kind if failure.kind in _OWN else FailureKind.PROXY_FAILED
    transient = failed.transient or kind is FailureKind.PROXY_FAILED
    return ObservationFailed(Failure(kind, phase, failure.detail), transient=transient)
