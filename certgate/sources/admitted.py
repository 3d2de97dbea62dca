"""Objects that are about to enter a cluster: each chain, request and served host in one is a target."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, NamedTuple

from certgate.model.frozen import frozen
from certgate.model.kubernetes_facts import NamedSecret
from certgate.model.observation import Observed
from certgate.model.target import Revocation
from certgate.observe.clock import Clock, utc_now
from certgate.observe.files.contents import UnusableInput
from certgate.observe.kubernetes.entry import ManifestEntry
from certgate.observe.kubernetes.live.cluster_hosts import hosts_of
from certgate.observe.kubernetes.live.item import ClusterItem
from certgate.observe.kubernetes.live.listing import as_object
from certgate.observe.kubernetes.live.secrets import items_of
from certgate.observe.kubernetes.manifest import read_object
from certgate.observe.kubernetes.served_hosts import served_hosts
from certgate.sources.context import Context, Defaults
from certgate.sources.kubernetes_cluster import ClusterDeclaration

__all__ = ["AdmittedObject", "AdmittedPart", "Named", "named_secrets", "parts_of", "usual_part"]

_CLUSTER = "admission"
"""The cluster in the source of the targets."""


@frozen(slots=True, kw_only=True)
class AdmittedObject:
    """An object as the API server would store it, and the Secrets that it names."""

    raw: Mapping[str, Any]
    """As Python reads JSON, with `kind` and `apiVersion`. It may hold a private key: it is never logged or kept."""
    secrets: Mapping[str, NamedSecret] = field(default_factory=dict)
    """By `namespace/name`, those whose chain is known."""


@frozen(slots=True)
class AdmittedPart:
    """A target of an object, observed."""

    observed: Observed
    is_rubbish: bool = False
    """Whether it is plainly meant as a certificate or a request, and is none that anybody could read."""


class Named(NamedTuple):
    """The Secrets that an object serves hosts from, as `namespace/name`."""

    own: tuple[str, ...]
    """Those of its own namespace."""
    foreign: tuple[str, ...]


def named_secrets(raw: Mapping[str, Any]) -> Named:
    """The Secrets that the object serves hosts from."""
    if "spec" not in raw:
        return Named((), ())
    one = as_object(raw)
    found = dict.fromkeys(secret for served in served_hosts(one) for secret in served.secrets)
    own, foreign = (
        tuple("/".join(secret) for secret in found if (secret[0] == one.namespace) is is_own)
        for is_own in (True, False)
    )
    return Named(own, foreign)


def parts_of(admitted: AdmittedObject, defaults: Defaults, now: Clock = utc_now) -> Iterator[AdmittedPart]:
    """Each target of the object. Beyond a limit, the object is one that could not be read."""
    raw, read_at = admitted.raw, now()
    labels = _labels(raw)
    context = Context(defaults=defaults)
    try:
        entries = read_object(raw)
    except UnusableInput as unusable:
        entries = [ManifestEntry(id=as_object(raw).id("*"), line=0, contents=unusable)]
    items = items_of(raw, entries, labels, read_at)
    for entry, item in zip(entries, items, strict=True):
        yield _part(item, context, is_rubbish=entry.is_rubbish)
    for host in hosts_of(as_object(raw), labels) if admitted.secrets else ():
        names = ("/".join(secret) for secret in host.served.secrets)
        secrets = tuple(admitted.secrets[name] for name in names if name in admitted.secrets)
        if secrets:
            item = host.item(secrets=secrets, references=(), via={}, connects=False, read_at=read_at)
            yield _part(item, context)


def usual_part(defaults: Defaults, now: Clock = utc_now) -> AdmittedPart:
    """A part by which a run can be planned before any object is known."""
    item = ClusterItem(id="Secret/NAMESPACE/NAME/tls.crt", object="Secret/NAMESPACE/NAME", read_at=now())
    return _part(item, Context(defaults=defaults))


def _part(item: ClusterItem, context: Context, *, is_rubbish: bool = False) -> AdmittedPart:
    declaration = ClusterDeclaration(revocation=Revocation.OFF)
    target = declaration.target(item, context, _CLUSTER)
    return AdmittedPart(Observed(target, (item.observation,)), is_rubbish)


def _labels(raw: Mapping[str, Any]) -> Mapping[str, str]:
    metadata = raw.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    return {str(key): str(value) for key, value in labels.items()} if isinstance(labels, dict) else {}
