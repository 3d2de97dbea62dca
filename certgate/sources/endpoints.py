"""Endpoints: as arguments or in certgate.yaml, and how they are observed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, field
from functools import lru_cache
from typing import ClassVar

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
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

__all__ = ["EndpointDeclaration", "EndpointsObserver", "parse_alpn", "parse_also"]

_ROLES = frozenset({Role.SERVER})
_SPIFFE_ROLES = frozenset({Role.SERVER, Role.SPIFFE})
_ALPN_BYTES = 255
_MOST_ALPN_BYTES = 2048
_visit = lru_cache(maxsize=64)(Visit)
"""Makes one object for all targets that are visited in the same way."""


@frozen(slots=True, kw_only=True)
class EndpointDeclaration(Declaration):
    """An endpoint as declared; None and empty for values that are not set."""

    needs_connection: ClassVar[bool] = True

    host: str
    port: int | None = None
    _: KW_ONLY
    server_name: str | None = None
    policy: str | None = None
    trust: tuple[str, ...] = ()
    trust_mode: TrustMode = TrustMode.UNION
    spiffe_ids: tuple[str, ...] = ()
    policy_oids: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None
    revocation: Revocation | None = None
    expect: str = ""
    protocol: str | None = None
    """Empty for implicit TLS."""
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

    @property
    def name(self) -> str:
        """The id, as far as the declaration itself sets it."""
        return self._id(Defaults())

    def address(self, defaults: Defaults) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or default_port(self._spoken(defaults))

    def proxy_of(self, defaults: Defaults) -> Proxy | None:
        """The endpoint's own proxy, or that of the run."""
        return None if self.is_direct else self.proxy or defaults.proxy

    def _spoken(self, defaults: Defaults) -> str:
        return defaults.starttls if self.protocol is None else self.protocol

    def _id(self, defaults: Defaults) -> str:
        return join(*self.address(defaults)) + self.suffix(defaults)

    def suffix(self, defaults: Defaults) -> str:
        """What follows host and port in the id."""
        protocol = self._spoken(defaults)
        name = f"#{self.server_name}" if self.server_name and self.server_name != self.host else ""
        return (f"/{protocol}" if protocol else "") + name

    def load_clients(self, context: Context) -> None:
        """Read the client certificates that it names itself. Raises UsageError."""
        for client in self._clients():
            context.clients.load(client, self.place)

    def sources(self, context: Context) -> Iterator[TargetSource]:
        """The endpoint; all of them share one observer."""
        self.load_clients(context)
        yield _One(self, context.defaults, context.shared(EndpointsObserver.of))

    def _clients(self) -> Iterator[ClientSource]:
        yield from [self.client] if self.client else []
        yield from [self.origin.client] if self.origin and self.origin.client else []
        yield from self.mtls.certificates(None).values() if self.mtls else ()

    def targets(self, context: Context) -> Iterator[Target]:
        """The target of the endpoint. Raises UsageError."""
        yield self.target(context.defaults)

    def target(self, defaults: Defaults) -> Target:
        """The target of the endpoint. Raises UsageError."""
        expected = self.server_name or self.host
        host, port = self.address(defaults)
        protocol = self._spoken(defaults)
        if protocol:
            refuse_implicit(host, port, protocol)
        visit = self._visit(defaults)
        if visit.proxy and visit.all_addresses:
            raise UsageError(
                f"{self._id(defaults)} is reached through {visit.proxy}, which resolves its name: "
                "all of its addresses cannot be visited"
            )
        if visit.origin and (visit.origin.host, visit.origin.port) == (host, port):
            raise UsageError(
                f"{self._id(defaults)}: the origin's address is the endpoint's own; name what is behind it"
            )
        return Target(
            id=self._id(defaults),
            ordinal=0,
            source=Endpoint(host, port, None if is_ip(expected) else expected, protocol, visit),
            place=self.place,
            policy=self.policy or defaults.policy,
            trust=self.trust or defaults.trust,
            trust_mode=self.trust_mode,
            roles=_SPIFFE_ROLES if self.spiffe_ids else _ROLES,
            role_reason="endpoints present a server certificate"
            + ("; this one must be an SVID" if self.spiffe_ids else ""),
            names=(expected,),
            spiffe_ids=self.spiffe_ids,
            peers=peers_of_tenant(defaults.peers, self.labels),
            policy_oids=self.policy_oids,
            labels=self.labels,
            revocation=self.revocation or defaults.revocation,
            expect=self.expect or defaults.expect,
        )

    def _visit(self, defaults: Defaults) -> Visit:
        return _visit(
            alpn=self.alpn or defaults.alpn,
            all_addresses=defaults.all_addresses if self.all_addresses is None else self.all_addresses,
            also=self.also,
            clients_without_sni=self.clients_without_sni,
            may_probe=False if defaults.no_probes else self.probes,
            client=self.client or defaults.client,
            proxy=self.proxy_of(defaults),
            proxy_protocol=self.proxy_protocol,
            origin=self.origin.origin(self.address(defaults)[1]) if self.origin else None,
            mtls=self.mtls or defaults.mtls,
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
