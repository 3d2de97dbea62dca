"""Options for observing endpoints."""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from certgate.model.frozen import frozen
from certgate.model.proxy import Proxy, ProxyCredentials
from certgate.model.target import ClientSource, Target, Visit
from certgate.observe.workload_api.identities import Identities

if TYPE_CHECKING:
    from certgate.observe.tls.client_certificate import ClientCertificate

__all__ = ["ObserveOptions"]

_TIMEOUT = 10.0
_CONNECT_IN_RANGE = 2.0
_TIMEOUT_FOR_MANY = 30.0
"""Where all addresses of a host are visited, or probes are made."""


@frozen(kw_only=True)
class ObserveOptions:
    """Bounds of an observing run, the same for all of its targets."""

    concurrency: int = 64
    """Targets to observe at the same time."""
    per_host: int = 2
    """Targets to observe at the same time on one host."""
    rate: float | None = None
    """Connections a second of this process, probes and retries included; None for no limit."""
    timeout: float | None = None
    """Seconds for one target: name look-up, all its connections and retries together. None for the default."""
    connect_timeout: float | None = None
    """Seconds for each attempt to connect, within those for the target. None for the default."""
    retries: int = 1
    """Further attempts after a transport failure."""
    max_connections: int = 40
    """Connections to one target, probes and retries included."""
    used: Mapping[str, int] = field(default_factory=dict)
    """Connections that were made before, by the id of the target: they count, too."""
    late_retry: bool = False
    """Whether targets that show nothing because of the transport are tried once more at the end."""
    max_addresses: int = 16
    """Addresses of one host that are visited where all of them are to be."""
    resolve: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    """Addresses for (host, port), used instead of a look-up."""
    client_certificates: Mapping[ClientSource, "ClientCertificate"] = field(default_factory=dict)
    """What was read of each pair of files that targets name."""
    identities: Identities = field(default_factory=Identities)
    """What agents give while targets are observed."""
    proxy_credentials: Mapping[Proxy, ProxyCredentials] = field(default_factory=dict)

    def shared_by(self, processes: int) -> "ObserveOptions":
        """The options for each of several processes that observe together: a share of the rate."""
        return replace(self, rate=self.rate / processes) if self.rate else self

    def connect_timeout_of(self, target: Target) -> float | None:
        """Seconds for each attempt to connect to the target; None for no limit of its own."""
        return self.connect_timeout or (_CONNECT_IN_RANGE if target.range else None)

    def timeout_of(self, visit: Visit) -> float:
        """Seconds for a target that is visited in this way."""
        many = visit.all_addresses or visit.probes or visit.questions
        return self.timeout or (_TIMEOUT_FOR_MANY if many else _TIMEOUT)
