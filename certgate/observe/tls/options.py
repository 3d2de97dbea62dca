"""Options for observing endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from certgate.model.proxy import Proxy, ProxyCredentials
from certgate.model.target import ClientFiles

if TYPE_CHECKING:
    from certgate.observe.tls.client_certificate import ClientCertificate

__all__ = ["ObserveOptions"]


@dataclass(frozen=True, kw_only=True)
class ObserveOptions:
    """Bounds of an observing run, the same for all of its targets."""

    concurrency: int = 64
    """Targets to observe at the same time."""
    per_host: int = 2
    """Targets to observe at the same time on one host."""
    timeout: float = 10.0
    """Seconds for one target: name look-up, connection, handshake and retries together."""
    retries: int = 1
    """Further attempts after a transport failure."""
    max_addresses: int = 16
    """Addresses of one host that are visited where all of them are to be."""
    resolve: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    """Addresses for (host, port), used instead of a look-up."""
    client_certificates: Mapping[ClientFiles, "ClientCertificate"] = field(default_factory=dict)
    """What was read of each pair of files that targets name."""
    proxy_credentials: Mapping[Proxy, ProxyCredentials] = field(default_factory=dict)
