"""Ranges of endpoints: each is declared in one line and expanded as its endpoints are needed."""

from collections.abc import Iterator
from itertools import count
from typing import ClassVar

from certgate.model.frozen import frozen
from certgate.model.proxy import Proxy
from certgate.model.target import Target
from certgate.policy.endpoint_parts import parse_id
from certgate.policy.span import EndpointRange, Span
from certgate.sources.context import Context, Defaults
from certgate.sources.declaration import Declaration
from certgate.sources.endpoints import EndpointDeclaration, EndpointsObserver
from certgate.sources.interface import Observer, TargetSource

__all__ = ["RangeDeclaration", "in_range", "parse_argument"]


@frozen(slots=True, kw_only=True)
class RangeDeclaration(Declaration):
    """A range of endpoints that differ in address and port alone."""

    needs_connection: ClassVar[bool] = True

    span: Span
    first: EndpointDeclaration
    """The first endpoint."""

    @property
    def name(self) -> str:
        """As it is written, without further settings."""
        return str(self.span)

    def range(self, defaults: Defaults) -> EndpointRange:
        """The range."""
        return EndpointRange(
            name=self.name,
            network=self.span.network,
            ports=self.span.ports or (self.first.address(defaults)[1],),
            suffix=self.first.suffix(defaults),
            place=self.first.place,
        )

    def proxy_of(self, defaults: Defaults) -> Proxy | None:
        """The proxy through which each endpoint is reached."""
        return self.first.proxy_of(defaults)

    def sources(self, context: Context) -> Iterator[TargetSource]:
        """The range as one source."""
        self.first.load_clients(context)
        yield _Range(self, context)

    def targets(self, context: Context, first: int) -> Iterator[Target]:
        """The endpoints, made on demand, without those that are declared one by one. Raises UsageError.

        The ordinals count from `first` on.
        """
        defaults = context.defaults
        range = self.range(defaults)
        taken = context.declared_singly.get(range.key)
        like, network = self.first, str(range.network)
        alike = like.terms.alike(defaults, like.protocol)
        ordinals = count(first)
        for host in self.span.addresses():
            for port in range.ports:
                if taken and taken.has(range.position(host, port)):
                    continue
                yield alike.target(next(ordinals), host, port, like.server_name, range.suffix, like.place, network)


@frozen()
class _Range(TargetSource):
    declaration: RangeDeclaration
    context: Context

    def targets(self) -> Iterator[Target]:
        return self.declaration.targets(self.context, 0)

    def observer(self) -> Observer:
        return self.context.shared(EndpointsObserver.of)


def in_range(declaration: EndpointDeclaration, span: Span | None) -> EndpointDeclaration | RangeDeclaration:
    """The declaration for all endpoints of a span, if there is one."""
    return RangeDeclaration(span=span, first=declaration) if span else declaration


def parse_argument(text: str) -> EndpointDeclaration | RangeDeclaration:
    """Parse an argument: `host[:port][/protocol][#name]`, a URL, or a range. Raises UsageError."""
    words = parse_id(text)
    first = EndpointDeclaration(host=words.host, port=words.port, server_name=words.name, protocol=words.protocol)
    return in_range(first, words.span)
