"""Who may call whom, as a configuration declares it by SPIFFE IDs."""

from collections.abc import Mapping, Sequence

from certgate.model.frozen import frozen

__all__ = ["TENANT", "Peers", "peers_of_tenant"]

TENANT = "tenant"
"""The label that names the tenant of a target."""


@frozen(slots=True, kw_only=True)
class Peers:
    """Clients that may call servers. Each is a SPIFFE ID, or ends in `/*` for all IDs below."""

    clients: tuple[str, ...]
    servers: tuple[str, ...]
    tenant: str = ""
    """The tenant whose targets this is about; empty for all targets."""


def peers_of_tenant(peers: Sequence[Peers] | None, labels: Mapping[str, str]) -> tuple[Peers, ...] | None:
    """The peers that are about a target with these labels; None if none are declared at all."""
    if peers is None:
        return None
    return tuple(one for one in peers if one.tenant in {"", labels.get(TENANT, "")})
