"""The bundles of CA certificates in a cluster, and the servers that are verified by them.

Sources: the API references of Kubernetes (WebhookClientConfig, APIService) and of cert-manager (annotations).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from certgate.model.frozen import frozen
from certgate.model.kubernetes_facts import BundleServer, NamedSecret, SecretState
from certgate.net.errors import FetchError
from certgate.net.url import parse_url
from certgate.observe.kubernetes.detour import Via
from certgate.observe.kubernetes.live.item import ClusterItem, Served
from certgate.observe.kubernetes.objects import Object, listed, mapping
from certgate.observe.kubernetes.scalar import text
from certgate.observe.kubernetes.served_hosts import SecretName

__all__ = ["FoundBundle", "Injected", "bundles_of", "injection_of"]

_HTTPS = 443
_STEP = re.compile(r"([^.\[\]]+)|\[(\d{1,6})\]")
_CERTIFICATE, _SECRET = "cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret"


@frozen(slots=True)
class Injected:
    """Where cert-manager takes an object's bundles from: a Certificate, or a Secret itself."""

    kind: str
    namespace: str
    name: str


@frozen(slots=True)
class _Called:
    """The server that is named beside a bundle."""

    host: str
    port: int
    is_service: bool
    """Whether only the cluster's own DNS knows its name."""


@frozen(slots=True, kw_only=True)
class FoundBundle:
    """A bundle, without the object that has it."""

    read: ClusterItem
    anchors: tuple[bytes, ...] = ()
    """Everything in its field, as DER."""
    called: _Called | None = None
    refusal: str = ""
    """Why the API server refuses the certificate of the server; empty if it does not."""
    secret: SecretName | None = None
    """The Secret from which cert-manager fills the bundle."""
    problem: str = ""
    """Why that Secret is not known, although an annotation leads to it."""

    def item(
        self, *, via: Mapping[str, Via], connects: bool, is_in_pod: bool, secret: NamedSecret | None
    ) -> ClusterItem:
        """The target; its server is visited if it can be reached, else the chain is that of the Secret."""
        called, facts = self.called, self.read.facts
        if called is None or facts is None:
            return self.read
        name = f"{called.host}:{called.port}"
        known = BundleServer(name=name, anchors=self.anchors, refusal=self.refusal)
        chosen = via.get(called.host)
        why = "" if connects else "no connection is made (--no-connect)"
        if called.is_service and not (why or chosen or is_in_pod):
            why = f"only the cluster knows the name {called.host}; --via {called.host}=ADDRESS:PORT leads there"
        served = None
        if not (why or self.refusal):
            port = (chosen and chosen.port) or called.port
            served = Served(called.host, port, (chosen.address,) if chosen else ())
            known = replace(known, asked=name, host=called.host)
        elif self.problem:
            known = replace(known, asked="cert-manager", detail=self.problem)
        elif secret and secret.state is not SecretState.LEFT_OUT:
            detail = "" if secret.chain else secret.detail or f"the Secret {secret.name} has no certificate"
            known = replace(known, asked=f"the Secret {secret.name}", chain=secret.chain, detail=detail)
        else:
            known = replace(known, detail=why)
        return replace(self.read, called=served, facts=replace(facts, server=known))


def bundles_of(
    one: Object, items: Sequence[ClusterItem], secret: SecretName | None = None, problem: str = ""
) -> Iterator[FoundBundle]:
    """The bundles of an object. Of several CAs in one field, the target of the first has the server."""
    whole: dict[str, dict[bytes, None]] = defaultdict(dict)
    for item in items:
        whole[_field(item)] |= dict.fromkeys(item.contents.certificates)
    for item in items:
        anchors = tuple(whole.pop(_field(item), ()))
        called = _called(one, _field(item)) if anchors else None
        yield FoundBundle(
            read=item, anchors=anchors, called=called, refusal=_refusal(one), secret=secret, problem=problem
        )


def _field(item: ClusterItem) -> str:
    return item.facts.bundle if item.facts else ""


def injection_of(one: Object) -> Injected | None:
    """What cert-manager's annotations name; None without one."""
    for annotation, kind in ((_SECRET, "Secret"), (_CERTIFICATE, "Certificate")):
        namespace, slash, name = one.annotations.get(annotation, "").partition("/")
        if slash and namespace and name:
            return Injected(kind, namespace, name)
    return None


def _called(one: Object, field: str) -> _Called | None:
    """The server beside a `caBundle`: a Service, or a URL that others than certgate call."""
    beside = _mapping_at(one.body, field)
    service = mapping(beside.get("service"))
    name, namespace = text(service.get("name")), text(service.get("namespace"))
    if name and namespace:
        port = text(service.get("port"))
        number = int(port) if port.isdecimal() and 0 < int(port[:6]) < 65536 else _HTTPS
        return _Called(f"{name}.{namespace}.svc", number, is_service=True)
    for key in ("url", "server"):
        try:
            url = parse_url(text(beside.get(key)), any_port=True)
        except FetchError:
            continue
        if url.scheme == "https":
            return _Called(url.host, url.port, is_service=False)
    return None


def _mapping_at(body: Any, field: str) -> Mapping[str, Any]:
    """The mapping that has the field: `webhooks[0].clientConfig` for `webhooks[0].clientConfig.caBundle`."""
    found = body
    for key, number in _STEP.findall(field.rpartition(".")[0]):
        if key:
            found = mapping(found).get(key)
        else:
            items = listed(found)
            found = items[int(number)] if int(number) < len(items) else None
    return mapping(found)


def _refusal(one: Object) -> str:
    """Why the API server does not accept the certificate of an extension's server; empty if that is not so."""
    for condition in map(mapping, listed(one.mapping("status").get("conditions"))):
        kind, status, reason = (text(condition.get(key)) for key in ("type", "status", "reason"))
        message = text(condition.get("message"))
        if (kind, status, reason) == ("Available", "False", "FailedDiscoveryCheck") and "x509: " in message:
            return message[message.index("x509: ") :][:500]
    return ""
