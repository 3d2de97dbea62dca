"""The hosts that Ingresses and Gateways serve, and the Secrets that they serve them from."""

from collections.abc import Iterable, Iterator

from certgate.model.frozen import frozen
from certgate.observe.kubernetes.objects import Object, listed, mapping
from certgate.observe.kubernetes.scalar import text

__all__ = ["Grants", "SecretName", "ServedHost", "served_hosts"]

SecretName = tuple[str, str]
"""Namespace and name; the namespace is empty if the manifest leaves it open."""
_HTTPS = 443
GATEWAY_GROUP = "gateway.networking.k8s.io"
_INGRESSES = frozenset({("Ingress", "networking.k8s.io"), ("Ingress", "extensions")})
_GATEWAYS = frozenset(
    {("Gateway", GATEWAY_GROUP), ("ListenerSet", GATEWAY_GROUP), ("XListenerSet", "gateway.networking.x-k8s.io")}
)


@frozen(slots=True, kw_only=True)
class ServedHost:
    """A host of an Ingress, or a listener of a Gateway that ends TLS."""

    by: Object
    host: str
    """In lower case; it may begin with `*.`. Empty for one that serves every host."""
    port: int = _HTTPS
    listener: str = ""
    """The listener's name; empty for an Ingress."""
    secrets: tuple[SecretName, ...] = ()
    """Empty if the controller's default certificate is served."""


def served_hosts(one: Object) -> Iterator[ServedHost]:
    """The hosts of an Ingress or a Gateway; none for any other object."""
    if (one.kind, one.group) in _INGRESSES:
        yield from _of_ingress(one)
    elif (one.kind, one.group) in _GATEWAYS:
        yield from _of_gateway(one)


def _of_ingress(one: Object) -> Iterator[ServedHost]:
    spec = one.mapping("spec")
    of_rules = list(filter(None, (text(mapping(rule).get("host")) for rule in listed(spec.get("rules")))))
    found: dict[str, dict[SecretName, None]] = {}
    for block in listed(spec.get("tls")):
        named = filter(None, (text(node) for node in listed(mapping(block).get("hosts"))))
        secret = text(mapping(block).get("secretName"))
        for host in list(named) or of_rules or [""]:
            secrets = found.setdefault(host.lower(), {})
            secrets |= {(one.namespace, secret): None} if secret else {}
    for host, secrets in found.items():
        yield ServedHost(by=one, host=host, secrets=tuple(secrets))


def _of_gateway(one: Object) -> Iterator[ServedHost]:
    for node in listed(one.mapping("spec").get("listeners")):
        listener = mapping(node)
        tls, port = mapping(listener.get("tls")), text(listener.get("port"))
        if text(listener.get("protocol")) not in {"HTTPS", "TLS"} or text(tls.get("mode")) == "Passthrough":
            continue
        yield ServedHost(
            by=one,
            host=text(listener.get("hostname")).lower(),
            port=int(port) if port.isdecimal() and 0 < int(port[:6]) < 65536 else _HTTPS,
            listener=text(listener.get("name")),
            secrets=tuple(
                dict.fromkeys(
                    (text(reference.get("namespace")) or one.namespace, text(reference.get("name")))
                    for reference in map(mapping, listed(tls.get("certificateRefs")))
                    if text(reference.get("kind")) in {"", "Secret"} and not text(reference.get("group"))
                )
            ),
        )


class Grants:
    """What ReferenceGrants allow.

    Source: the API reference of the Gateway API, ReferenceGrant.
    """

    def __init__(self, objects: Iterable[Object]) -> None:
        self._grants = {
            (text(who.get("group")), text(who.get("kind")), text(who.get("namespace")), one.namespace, name)
            for one in objects
            if one.kind == "ReferenceGrant" and one.group == GATEWAY_GROUP
            for who in map(mapping, listed(one.mapping("spec").get("from")))
            for name in _granted_secrets(one)
        }

    def allow(self, one: Object, secret: SecretName) -> bool:
        """Whether the object may name the Secret of another namespace."""
        namespace, name = secret
        who = (one.group, one.kind, one.namespace, namespace)
        return bool({(*who, name), (*who, "")} & self._grants)


def _granted_secrets(one: Object) -> Iterator[str]:
    """The names of the Secrets to which a grant refers, empty for all."""
    for what in map(mapping, listed(one.mapping("spec").get("to"))):
        if text(what.get("kind")) == "Secret" and not text(what.get("group")):
            yield text(what.get("name"))
