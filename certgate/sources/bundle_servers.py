"""Bundles of CA certificates whose servers are visited: each bundle is judged with the chain of its server."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from certgate.model.observation import Observed
from certgate.model.target import Endpoint, Target, Visit
from certgate.observe.evidence.rounds import Completion
from certgate.observe.kubernetes.live.item import ClusterItem, Served
from certgate.policy.hosts import is_ip
from certgate.sources.cluster_reading import ClusterReading
from certgate.sources.endpoints import EndpointsObserver
from certgate.sources.interface import Observer
from certgate.sources.local import completed
from certgate.system.stop import Stop

__all__ = ["BundleServersObserver"]


class BundleServersObserver(Observer):
    """Visits the server of each bundle, and hands on what was read of the bundle with what the server shows."""

    needs_connection: ClassVar[bool] = True

    def __init__(self, endpoints: EndpointsObserver, reading: ClusterReading) -> None:
        self._endpoints = endpoints
        self._reading = reading

    def observe(self, targets: Iterator[Target], *, completion: Completion | None, stop: Stop) -> Iterator[Observed]:
        """Visit many servers at a time. The evidence is that of the bundle; none is fetched for the server."""
        waiting: dict[str, tuple[Target, ClusterItem]] = {}
        for seen in self._endpoints.observe(self._servers(targets, waiting), completion=None, stop=stop):
            target, item = waiting.pop(seen.target.id)
            found = Observed(target, (_with_chain(item, seen).observation,))
            yield completed(completion, found) if completion else found

    def _servers(self, targets: Iterator[Target], waiting: dict[str, tuple[Target, ClusterItem]]) -> Iterator[Target]:
        for target in targets:
            item = self._reading.item(target.id)
            if item and item.called:
                waiting[target.id] = target, item
                yield replace(target, source=_endpoint(item.called))

    def shared_by(self, processes: int) -> Observer:
        """Each process has a share of the rate."""
        return BundleServersObserver(self._endpoints.shared_by(processes), self._reading)


def _endpoint(called: Served) -> Endpoint:
    visit = Visit(at=called.addresses, may_probe=False)
    return Endpoint(called.host, called.port, None if is_ip(called.host) else called.host, "", visit)


def _with_chain(item: ClusterItem, seen: Observed) -> ClusterItem:
    """The bundle with the chain that its server shows, or with why it shows none."""
    look, facts = seen.observations[0], item.facts
    if facts is None or facts.server is None:
        return item
    why = look.failure.detail if look.failure else "it shows no certificate"
    detail = "" if look.presented else f"{facts.server.name}: {why}"
    return replace(item, facts=replace(facts, server=replace(facts.server, chain=look.presented, detail=detail)))
