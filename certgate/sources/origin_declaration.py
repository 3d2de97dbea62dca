"""The origin behind an endpoint, as it is declared."""

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.target import ClientSource, Origin, Sameness
from certgate.policy.hosts import is_ip, split_endpoint

__all__ = ["OriginDeclaration", "parse_origin_address"]


@frozen(slots=True, kw_only=True)
class OriginDeclaration:
    """An origin as declared."""

    host: str
    port: int | None = None
    """None for the port of the endpoint."""
    trust: tuple[str, ...] = ()
    client: ClientSource | None = None
    same: tuple[Sameness, ...] = ()
    closed: bool = False

    def origin(self, port: int) -> Origin:
        """The origin of an endpoint with this port."""
        return Origin(
            host=self.host,
            port=self.port or port,
            trust=self.trust,
            client=self.client,
            same=self.same,
            closed=self.closed,
        )


def parse_origin_address(text: str) -> tuple[str, int | None]:
    """`IP`, `IP:PORT` or `[IPv6]:PORT`, as address and port. Raises UsageError."""
    host, port = split_endpoint(text)
    if not is_ip(host):
        raise UsageError(f'"{text}" is a name; the origin is an IP address, because its name may lead to the edge')
    return host, port
