"""The hosts of a cluster's Ingresses and Gateways, and where each is visited."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from certgate.model.frozen import frozen
from certgate.model.kubernetes_facts import HostUse, KubernetesFacts, NamedSecret, Reference
from certgate.model.observation import Failure, FailureKind, Phase
from certgate.observe.files.contents import Contents
from certgate.observe.kubernetes.detour import Via
from certgate.observe.kubernetes.live.item import ClusterItem, Served
from certgate.observe.kubernetes.objects import Object, listed, mapping
from certgate.observe.kubernetes.scalar import text
from certgate.observe.kubernetes.served_hosts import ServedHost, served_hosts

__all__ = ["FoundHost", "hosts_of"]

NO_CONNECT = "no connection is made (--no-connect)"


@frozen(slots=True, kw_only=True)
class FoundHost:
    """A host, without the object that declares it."""

    served: ServedHost
    labels: Mapping[str, str]
    addresses: tuple[str, ...]
    """The addresses in the object's status."""

    def item(
        self,
        *,
        secrets: tuple[NamedSecret, ...],
        references: tuple[Reference, ...],
        via: Mapping[str, Via],
        connects: bool,
        read_at: datetime,
    ) -> ClusterItem:
        """The target: an endpoint, or the chain of its Secret if it is not visited."""
        served = self.served
        why = "" if connects else NO_CONNECT
        if served.host.startswith("*.") and not why:
            why = "a wildcard host is not visited: there is no single name to ask for"
        if not served.host and not why:
            why = "what serves every host is not visited: there is no name to ask for"
        one = served.by
        object = "/".join(filter(None, (one.kind, one.namespace, one.name, served.listener)))
        facts = KubernetesFacts(
            object=str(one),
            uses=(HostUse(str(one), served.host),) if served.host else (),
            secrets=secrets,
            references=references,
            not_visited=why,
        )
        chosen = via.get(served.host) or via.get("")
        visited = Served(
            served.host,
            (chosen and chosen.port) or served.port,
            (chosen.address,) if chosen else self.addresses,
        )
        return ClusterItem(
            id=f"{object}#{served.host}" if served.host else object,
            object=object,
            read_at=read_at,
            labels=self.labels,
            host=served.host,
            facts=facts,
            unvisited=f"{served.host or '*'}:{served.port}" if why else "",
            **(_unvisited(secrets) if why else {"served": visited}),
        )


def _unvisited(secrets: Sequence[NamedSecret]) -> Mapping[str, Contents | Failure]:
    """The chain of the first Secret that has one, or why there is none."""
    chain = next((one.chain for one in secrets if one.chain), ())
    if chain:
        return {"contents": Contents(certificates=chain)}
    detail = next((one.detail for one in secrets if one.detail), "there is no Secret whose chain could be judged")
    return {"failure": Failure(FailureKind.NO_CERTIFICATE, Phase.READ, detail)}


def hosts_of(one: Object, labels: Mapping[str, str]) -> Iterator[FoundHost]:
    """The hosts of an Ingress or a Gateway; the object itself is not kept."""
    bare = Object({key: one.body[key] for key in ("kind", "apiVersion") if key in one.body} | _names(one), 0)
    addresses = tuple(dict.fromkeys(_addresses(one)))
    for served in served_hosts(one):
        kept = ServedHost(by=bare, host=served.host, port=served.port, listener=served.listener, secrets=served.secrets)
        yield FoundHost(served=kept, labels=labels, addresses=addresses)


def _names(one: Object) -> dict[str, object]:
    metadata = one.mapping("metadata")
    return {"metadata": {key: metadata[key] for key in ("namespace", "name") if key in metadata}}


def _addresses(one: Object) -> Iterator[str]:
    status = one.mapping("status")
    for entry in map(mapping, listed(mapping(status.get("loadBalancer")).get("ingress"))):
        yield from filter(None, [text(entry.get("ip")) or text(entry.get("hostname"))])
    for entry in map(mapping, listed(status.get("addresses"))):
        yield from filter(None, [text(entry.get("value"))])
