"""A Kubernetes cluster: its hosts are visited, and its Secrets, Certificates and bundles are read."""

from collections.abc import Iterator
from dataclasses import field, replace
from typing import ClassVar

from certgate.model.cluster_source import ClusterSource
from certgate.model.frozen import frozen
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.target import Endpoint, Target, Visit
from certgate.observe.clock import utc_now
from certgate.observe.evidence.rounds import Completion
from certgate.observe.kubernetes.live.cluster import ClusterScope
from certgate.observe.kubernetes.live.item import ClusterItem, Look
from certgate.observe.kubernetes.live.kubeconfig import find_login
from certgate.policy.hosts import is_ip
from certgate.sources.bundle_servers import BundleServersObserver
from certgate.sources.cluster_reading import ClusterReading
from certgate.sources.context import Context
from certgate.sources.declaration import GivenTargets
from certgate.sources.endpoints import EndpointsObserver
from certgate.sources.interface import Observer, TargetSource
from certgate.sources.local import LocalObserver, Supplement
from certgate.system.stop import Stop

__all__ = ["ClusterDeclaration"]


@frozen(kw_only=True)
class ClusterDeclaration(GivenTargets):
    """A cluster as declared; None and empty for values that are not set."""

    needs_connection: ClassVar[bool] = True

    context: str = ""
    kubeconfig: str = ""
    namespaces: tuple[str, ...] = ()
    all_namespaces: bool = False
    scope: ClusterScope = field(default_factory=ClusterScope)
    """How the cluster is read; its namespaces are those above, or that of the context."""

    @property
    def name(self) -> str:
        """The cluster in messages."""
        return f"the cluster {self.context}" if self.context else "the cluster of the current context"

    def sources(self, context: Context) -> Iterator[TargetSource]:
        """Hosts that are visited, what was read, bundles whose servers are visited. Raises UsageError (kubeconfig)."""
        login = find_login(kubeconfig=self.kubeconfig, context=self.context)
        namespaces = () if self.all_namespaces else self.namespaces or (login.namespace,)
        shared = context.cluster
        scope = replace(
            self.scope,
            namespaces=namespaces,
            via={**self.scope.via, **shared.via},
            connects=shared.connects,
            reads_secrets=shared.reads_secrets,
            may_be_empty=shared.may_be_empty,
        )
        reading = ClusterReading(login, scope)
        endpoints = context.shared(EndpointsObserver.of)
        yield _Part(self, context, reading, Look.HOST, HostsObserver(endpoints, reading))
        yield _Part(self, context, reading, Look.NOTHING, ObjectsObserver(reading))
        yield _Part(self, context, reading, Look.SERVER_OF_BUNDLE, BundleServersObserver(endpoints, reading))

    def target(self, item: ClusterItem, context: Context, cluster: str) -> Target:
        """The target of an item."""
        is_named = item.host and not item.host.startswith("*.")
        return self.given(
            context.defaults,
            id=item.id,
            source=_endpoint(item, context) or ClusterSource(cluster, item.object, item.part),
            role=item.role,
            role_reason=item.role_reason or ("clients reach it as a server" if item.host else ""),
            names=(item.host,) if is_named else (),
            labels=item.labels,
        )


def _endpoint(item: ClusterItem, context: Context) -> Endpoint | None:
    served, defaults = item.served, context.defaults
    if served is None:
        return None
    visit = Visit(
        at=served.addresses,
        all_addresses=defaults.all_addresses or len(served.addresses) > 1,
        alpn=defaults.alpn,
        may_probe=False if defaults.no_probes else None,
        client=defaults.client,
        mtls=defaults.mtls,
    )
    return Endpoint(served.host, served.port, None if is_ip(served.host) else served.host, "", visit)


@frozen()
class _Part(TargetSource):
    """The targets of a cluster that are observed in the same way."""

    declaration: ClusterDeclaration
    context: Context
    reading: ClusterReading
    look: Look
    by: Observer

    def targets(self) -> Iterator[Target]:
        for item in self.reading.items(self.look):
            yield self.declaration.target(item, self.context, self.reading.cluster)

    def observer(self) -> Observer:
        return self.by


class HostsObserver(Observer):
    """Visits hosts, and adds to each observation what the cluster says."""

    needs_connection: ClassVar[bool] = True

    def __init__(self, endpoints: EndpointsObserver, reading: ClusterReading) -> None:
        self._endpoints = endpoints
        self._reading = reading

    def observe(self, targets: Iterator[Target], *, completion: Completion | None, stop: Stop) -> Iterator[Observed]:
        """Observe the targets, and yield each as soon as it is done."""
        for seen in self._endpoints.observe(targets, completion=completion, stop=stop):
            item = self._reading.item(seen.target.id)
            facts = item.facts if item else None
            yield replace(seen, observations=tuple(replace(one, kubernetes=facts) for one in seen.observations))

    def shared_by(self, processes: int) -> Observer:
        """Each process has a share of the rate."""
        return HostsObserver(self._endpoints.shared_by(processes), self._reading)


class ObjectsObserver(LocalObserver):
    """Hands on what was read of objects."""

    def __init__(self, reading: ClusterReading) -> None:
        super().__init__(Supplement())
        self._reading = reading

    def see(self, target: Target) -> tuple[Observation, ...]:
        """What was read of the target."""
        item = self._reading.item(target.id)
        if item:
            return (item.observation,)
        failure = Failure(FailureKind.UNREADABLE, Phase.READ, "the cluster declares it no more; run again")
        return (Observation(observed_at=utc_now(), failure=failure),)
