"""Endpoints: as arguments or in certgate.yaml, and how they are observed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property, lru_cache
from typing import ClassVar

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen, replacing
from certgate.model.mutual_tls import MutualTls
from certgate.model.observation import Observed
from certgate.model.peers import peers_of_tenant
from certgate.model.proxy import Proxy
from certgate.model.target import ClientSource, Endpoint, Place, Revocation, Role, Target, TrustMode, Visit
from certgate.observe.evidence.rounds import Completion
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.late_retry import observe_with_late_retry
from certgate.observe.tls.options import ObserveOptions
from certgate.policy.endpoint_parts import default_port, refuse_implicit
from certgate.policy.hosts import is_ip, join, parse_name
from certgate.sources.context import Context, Defaults
from certgate.sources.declaration import Declaration
from certgate.sources.interface import Observer, TargetSource
from certgate.sources.origin_declaration import OriginDeclaration
from certgate.system.stop import Stop

__all__ = ["EndpointDeclaration", "EndpointTerms", "EndpointsObserver", "parse_alpn", "parse_also"]

_ROLES = frozenset({Role.SERVER})
_SPIFFE_ROLES = frozenset({Role.SERVER, Role.SPIFFE})
_ALPN_BYTES = 255
_MOST_ALPN_BYTES = 2048


@lru_cache(maxsize=64)
def _shared(visit: Visit) -> Visit:
    """The first of equal ones."""
    return visit


@frozen(kw_only=True)
class EndpointTerms:
    """What an endpoint is declared with, apart from its address and names: many endpoints of a list share it.

    None and empty for values that are not set.
    """

    policy: str | None = None
    trust: tuple[str, ...] = ()
    trust_mode: TrustMode = TrustMode.UNION
    spiffe_ids: tuple[str, ...] = ()
    policy_oids: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    revocation: Revocation | None = None
    expect: str = ""
    alpn: tuple[str, ...] = ()
    all_addresses: bool | None = None
    also: tuple[str, ...] = ()
    clients_without_sni: bool = False
    probes: bool | None = None
    client: ClientSource | None = None
    proxy: Proxy | None = None
    is_direct: bool = False
    """Whether it is reached without the run's proxy."""
    proxy_protocol: str = ""
    origin: OriginDeclaration | None = None
    mtls: MutualTls | None = None

    @cached_property
    def _alike(self) -> "dict[str | None, Alike]":
        return {}

    def alike(self, defaults: Defaults, protocol: str | None) -> "Alike":
        """What endpoints with these terms and this protocol have in common, made once: worth it for many of them."""
        found = self._alike.get(protocol)
        if found is None or found.defaults is not defaults:
            found = self._alike[protocol] = Alike(self, defaults, protocol)
        return found

    def proxy_of(self, defaults: Defaults) -> Proxy | None:
        """The endpoint's own proxy, or that of the run."""
        return None if self.is_direct else self.proxy or defaults.proxy

    def clients(self) -> Iterator[ClientSource]:
        """The client certificates that it names itself."""
        yield from [self.client] if self.client else []
        yield from [self.origin.client] if self.origin and self.origin.client else []
        yield from self.mtls.certificates(None).values() if self.mtls else ()

    def visit(self, defaults: Defaults, port: int) -> Visit:
        """How an endpoint with this port is visited."""
        return Visit(
            alpn=self.alpn or defaults.alpn,
            all_addresses=defaults.all_addresses if self.all_addresses is None else self.all_addresses,
            also=self.also,
            clients_without_sni=self.clients_without_sni,
            may_probe=False if defaults.no_probes else self.probes,
            client=self.client or defaults.client,
            proxy=self.proxy_of(defaults),
            proxy_protocol=self.proxy_protocol,
            origin=self.origin.origin(port) if self.origin else None,
            mtls=self.mtls or defaults.mtls,
        )


_USUAL = EndpointTerms()


class Alike:
    """Makes the targets of endpoints with the same terms and the same protocol: address and names alone differ."""

    def __init__(self, terms: EndpointTerms, defaults: Defaults, protocol: str | None) -> None:
        self.defaults = defaults
        self.protocol = defaults.starttls if protocol is None else protocol
        """Empty for implicit TLS."""
        self.port = default_port(self.protocol)
        """The port of endpoints that name none."""
        self._terms = terms
        self._visit = None if terms.origin else _shared(terms.visit(defaults, 0))
        """None if it depends on the port."""
        self._may_be_refused = bool(self.protocol or not self._visit or self._visit.proxy)
        self._made = replacing(Target, "id", "ordinal", "source", "place", "range", "names")
        self._like = Target(
            id="",
            ordinal=0,
            source=Endpoint("", 0, None, self.protocol),
            policy=terms.policy or defaults.policy,
            trust=terms.trust or defaults.trust,
            trust_mode=terms.trust_mode,
            roles=_SPIFFE_ROLES if terms.spiffe_ids else _ROLES,
            role_reason="endpoints present a server certificate"
            + ("; this one must be an SVID" if terms.spiffe_ids else ""),
            spiffe_ids=terms.spiffe_ids,
            peers=peers_of_tenant(defaults.peers, terms.labels),
            policy_oids=terms.policy_oids,
            labels=terms.labels,
            revocation=terms.revocation or defaults.revocation,
            expect=terms.expect or defaults.expect,
        )

    def target(
        self,
        ordinal: int,
        host: str,
        port: int,
        server_name: str | None,
        suffix: str,
        place: Place | None,
        range: str = "",
    ) -> Target:
        """The target of an endpoint. Raises UsageError."""
        id = join(host, port) + suffix
        visit = self._visit or _shared(self._terms.visit(self.defaults, port))
        if self._may_be_refused:
            self._refuse(id, host, port, visit)
        expected = server_name or host
        source = Endpoint(host, port, None if is_ip(expected) else expected, self.protocol, visit)
        return self._made(self._like, id, ordinal, source, place, range, (expected,))

    def _refuse(self, id: str, host: str, port: int, visit: Visit) -> None:
        """Raise UsageError for an endpoint that cannot be visited in this way."""
        if self.protocol:
            refuse_implicit(host, port, self.protocol)
        if visit.proxy and visit.all_addresses:
            raise UsageError(
                f"{id} is reached through {visit.proxy}, which resolves its name: "
                "all of its addresses cannot be visited"
            )
        if visit.origin and (visit.origin.host, visit.origin.port) == (host, port):
            raise UsageError(f"{id}: the origin's address is the endpoint's own; name what is behind it")


@frozen(slots=True, kw_only=True)
class EndpointDeclaration(Declaration):
    """An endpoint as declared; None for values that are not set."""

    needs_connection: ClassVar[bool] = True

    host: str
    port: int | None = None
    server_name: str | None = None
    protocol: str | None = None
    """Empty for implicit TLS."""
    place: Place | None = None
    terms: EndpointTerms = _USUAL

    @property
    def name(self) -> str:
        """The id, as far as the declaration itself sets it."""
        usual = Defaults()
        return join(*self.address(usual)) + self.suffix(usual)

    def address(self, defaults: Defaults) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or default_port(self._spoken(defaults))

    def _spoken(self, defaults: Defaults) -> str:
        return defaults.starttls if self.protocol is None else self.protocol

    def proxy_of(self, defaults: Defaults) -> Proxy | None:
        """The endpoint's own proxy, or that of the run."""
        return self.terms.proxy_of(defaults)

    def suffix(self, defaults: Defaults) -> str:
        """What follows host and port in the id."""
        return _suffix(self._spoken(defaults), self.host, self.server_name)

    def load_clients(self, context: Context) -> None:
        """Read the client certificates that it names itself. Raises UsageError."""
        for client in self.terms.clients():
            context.clients.load(client, self.place)

    def sources(self, context: Context) -> Iterator[TargetSource]:
        """The endpoint; all of them share one observer."""
        self.load_clients(context)
        yield _One(self, context.defaults, context.shared(EndpointsObserver.of))

    def targets(self, context: Context, first: int) -> Iterable[Target]:
        """The target of the endpoint, with the ordinal `first`. Raises UsageError."""
        return (self._target(self.terms.alike(context.defaults, self.protocol), first),)

    def target(self, defaults: Defaults) -> Target:
        """The target of the endpoint. Raises UsageError."""
        return self._target(Alike(self.terms, defaults, self.protocol), 0)

    def _target(self, alike: Alike, ordinal: int) -> Target:
        host, name = self.host, self.server_name
        return alike.target(
            ordinal, host, self.port or alike.port, name, _suffix(alike.protocol, host, name), self.place
        )


@frozen()
class EndpointsObserver(Observer):
    """Observes endpoints, many at a time."""

    needs_connection: ClassVar[bool] = True

    options: ObserveOptions

    @classmethod
    def of(cls, context: Context) -> "EndpointsObserver":
        """The observer for a context."""
        return cls(context.observing)

    def observe(self, targets: Iterator[Target], *, completion: Completion | None, stop: Stop) -> Iterator[Observed]:
        """Observe the targets, and yield each as soon as it is done."""
        observe = observe_with_late_retry if self.options.late_retry else observe_endpoints
        return observe(targets, self.options, completion=completion, stop=stop)

    def shared_by(self, processes: int) -> "EndpointsObserver":
        """Each process has a share of the rate."""
        return EndpointsObserver(self.options.shared_by(processes))


@frozen()
class _One(TargetSource):
    declaration: EndpointDeclaration
    defaults: Defaults
    by: EndpointsObserver

    def targets(self) -> Iterator[Target]:
        yield self.declaration.target(self.defaults)

    def observer(self) -> Observer:
        return self.by


def _suffix(protocol: str, host: str, server_name: str | None) -> str:
    """What follows host and port in the id."""
    name = f"#{server_name}" if server_name and server_name != host else ""
    return f"/{protocol}{name}" if protocol else name


def parse_alpn(words: Sequence[str]) -> tuple[str, ...]:
    """Parse application protocols by their names in TLS; the single word `none` means no ALPN. Raises UsageError."""
    for word in words:
        if not (word.isascii() and word.isprintable()) or not 0 < len(word) <= _ALPN_BYTES or " " in word:
            raise UsageError(f'"{word}" is not the name of an application protocol such as h2 or postgresql')
    if "none" in words and len(words) > 1:
        raise UsageError("alpn: none stands alone")
    if len(set(words)) < len(words):
        raise UsageError("alpn: a protocol is named twice")
    if sum(len(word) + 1 for word in words) > _MOST_ALPN_BYTES:
        raise UsageError(f"alpn: more than {_MOST_ALPN_BYTES} bytes")
    return tuple(words)


def parse_also(names: Sequence[str]) -> tuple[str, ...]:
    """Parse additional server names. Raises UsageError."""
    found = tuple(parse_name(name) for name in names)
    for name in found:
        if is_ip(name):
            raise UsageError(f'"{name}" is an IP address, which is never sent as a server name')
        if found.count(name) > 1:
            raise UsageError(f'also: "{name}" is named twice')
    return found
