"""The origin behind an edge: where it is, and what is expected of it."""

from enum import StrEnum

from certgate.model.frozen import frozen
from certgate.model.mutual_tls import ClientSource

__all__ = ["Origin", "Sameness"]


class Sameness(StrEnum):
    """What an edge and its origin must have in common."""

    NAMES = "names"
    """The subject alternative names of their leaves."""
    KEY = "key"
    """The public key of their leaves."""
    ISSUER = "issuer"
    """The issuer of their leaves."""


@frozen(slots=True, kw_only=True)
class Origin:
    """The server to which an endpoint (the edge: a load balancer, a CDN) forwards, and what is expected of it."""

    host: str
    """Its IP address as text, without brackets."""
    port: int
    trust: tuple[str, ...] = ()
    """The trust stores for its chain, as their union; empty if nothing is said about its trust."""
    client: ClientSource | None = None
    """The client certificate to send to the origin if it requests one."""
    same: tuple[Sameness, ...] = ()
    closed: bool = False
    """Whether it must refuse everyone but the edge."""

    def __str__(self) -> str:
        """Address and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_compared(self) -> bool:
        """Whether its certificate is compared: if it is closed, only a client certificate of its own opens it."""
        return not self.closed or self.client is not None
