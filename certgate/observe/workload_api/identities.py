"""What agents give while endpoints are observed: the client certificates to show, and the SVIDs that are current."""

import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING

from certgate.model.mutual_tls import WorkloadClient
from certgate.model.observation import FailureKind
from certgate.net.threads import DaemonThreads

if TYPE_CHECKING:
    from concurrent.futures import Future

    from certgate.observe.tls.client_certificate import ClientCertificate
    from certgate.observe.workload_api.agent import WorkloadApi
    from certgate.observe.workload_api.messages import X509Svid

__all__ = ["Identities"]

_KEPT = 5.0
"""Seconds for which a client certificate, or that there is none, is known without asking again."""
_MOST_THREADS = 8
_MOST_IDS = 5


class Identities:
    """Asks agents in threads of its own. Private keys stay in this process: a pickled copy asks by itself."""

    def __init__(self, timeout: float | None = None, now: Callable[[], float] = time.monotonic) -> None:
        """`timeout` is in seconds, for each question to an agent; None for the usual one."""
        self._timeout = timeout
        self._now = now
        self._threads = DaemonThreads("certgate-agent", most=_MOST_THREADS)
        self._asked: dict[WorkloadClient, tuple[float, Future[ClientCertificate]]] = {}
        self._lock = Lock()

    def __reduce__(self) -> tuple[type["Identities"], tuple[float | None]]:
        """Pickle nothing that was given."""
        return Identities, (self._timeout,)

    def client(self, client: WorkloadClient) -> "Future[ClientCertificate]":
        """The certificate of a client, which several may wait for. Raises AgentFailed."""
        with self._lock:
            at, known = self._asked.get(client, (0.0, None))
            if known and (not known.done() or self._now() - at < _KEPT):
                return known
            found = self._threads.submit(lambda: self._certificate(client), shared=True)
            self._asked[client] = self._now(), found
            return found

    def svids(self, socket: str) -> "Future[tuple[X509Svid, ...]]":
        """The SVIDs that an agent gives now, without keys. Raises AgentFailed."""
        return self._threads.submit(self._agent(socket).svids)

    def _agent(self, socket: str) -> "WorkloadApi":
        from certgate.observe.workload_api.agent import USUAL_TIMEOUT, WorkloadApi

        return WorkloadApi(socket, USUAL_TIMEOUT if self._timeout is None else self._timeout)

    def _certificate(self, client: WorkloadClient) -> "ClientCertificate":
        from certgate.observe.workload_api.agent import AgentFailed

        try:
            return _usable(self._agent(client.socket).svids(with_keys=True), client)
        except AgentFailed as error:
            failed = AgentFailed(error.kind, str(error))
        raise failed  # a new one: the frames of the other hold keys, and this one is kept


def _usable(svids: "Sequence[X509Svid]", client: WorkloadClient) -> "ClientCertificate":
    """The certificate of a client from the SVIDs that its agent gives. Raises AgentFailed."""
    from OpenSSL import SSL

    from certgate.observe.tls.client_certificate import ClientCertificate, require_usable
    from certgate.observe.workload_api.agent import AgentFailed

    wanted = [svid for svid in svids if svid.id == client.id] if client.id else svids
    if not wanted:
        given = ", ".join(svid.id for svid in svids[:_MOST_IDS])
        message = f"the agent at {client.socket} gives no SVID {client.id} to this process; it gives {given}"
        raise AgentFailed(FailureKind.NO_CERTIFICATE, message)
    found = ClientCertificate(wanted[0].chain, wanted[0].key)
    try:
        require_usable(found)
    except (SSL.Error, TypeError, ValueError, IndexError):
        message = f"the SVID {wanted[0].id} of the agent at {client.socket} cannot be used with its key"
        raise AgentFailed(FailureKind.UNREADABLE, message) from None
    return found
