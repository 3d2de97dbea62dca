"""What the objects of a manifest expect of the Secrets they name: a server certificate, a client certificate, a CA."""

from collections.abc import Iterable, Iterator
from typing import Any

from certgate.model.target import Role
from certgate.observe.kubernetes.leaf_role import ReasonedRole
from certgate.observe.kubernetes.objects import Object, listed, mapping
from certgate.observe.kubernetes.scalar import text

__all__ = ["Expectations", "role_of_usages"]

_PATHS: dict[tuple[str, str], tuple[tuple[str, ...], Role]] = {
    ("Ingress", "networking.k8s.io"): (("spec", "tls", "secretName"), Role.SERVER),
    ("Ingress", "extensions"): (("spec", "tls", "secretName"), Role.SERVER),
    ("Gateway", "gateway.networking.k8s.io"): (("spec", "listeners", "tls", "certificateRefs"), Role.SERVER),
    ("ListenerSet", "gateway.networking.k8s.io"): (("spec", "listeners", "tls", "certificateRefs"), Role.SERVER),
    ("XListenerSet", "gateway.networking.x-k8s.io"): (("spec", "listeners", "tls", "certificateRefs"), Role.SERVER),
    ("Gateway", "networking.istio.io"): (("spec", "servers", "tls", "credentialName"), Role.SERVER),
    ("DestinationRule", "networking.istio.io"): (("spec", "trafficPolicy", "tls", "credentialName"), Role.CLIENT),
    ("HTTPProxy", "projectcontour.io"): (("spec", "virtualhost", "tls", "secretName"), Role.SERVER),
    ("IngressRoute", "traefik.io"): (("spec", "tls", "secretName"), Role.SERVER),
    ("IngressRouteTCP", "traefik.io"): (("spec", "tls", "secretName"), Role.SERVER),
    ("TLSStore", "traefik.io"): (("spec", "defaultCertificate", "secretName"), Role.SERVER),
    ("Issuer", "cert-manager.io"): (("spec", "ca", "secretName"), Role.CA),
    ("ClusterIssuer", "cert-manager.io"): (("spec", "ca", "secretName"), Role.CA),
    ("Certificate", "cert-manager.io"): (("spec", "secretName"), Role.SERVER),
}
"""The fields in which each kind of object names Secrets, and the use of their certificates."""
_STRICTEST_FIRST = (Role.SERVER, Role.CLIENT, Role.CA)


class Expectations:
    """The expected role of each Secret."""

    def __init__(self, objects: Iterable[Object]) -> None:
        self._by_name: dict[str, list[tuple[str, ReasonedRole]]] = {}
        for one in objects:
            for name, namespace, reasoned in _named_by(one):
                self._by_name.setdefault(name, []).append((namespace, reasoned))

    def of(self, secret: Object) -> ReasonedRole | None:
        """The strictest expected role, a server's before a CA's; None if there is none.

        An object without a namespace may be applied to any namespace.
        """
        found = [
            reasoned
            for namespace, reasoned in self._by_name.get(secret.name, ())
            if namespace == secret.namespace or not (namespace and secret.namespace)
        ]
        return min(found, key=lambda reasoned: _STRICTEST_FIRST.index(reasoned.role), default=None)


def _named_by(one: Object) -> Iterator[tuple[str, str, ReasonedRole]]:
    """The Secrets that the object uses: namespace, name and role."""
    path, role = _PATHS.get((one.kind, one.group), ((), Role.SERVER))
    if one.kind == "Certificate":
        reasoned = role_of_usages(one.mapping("spec"), str(one))
    else:
        reasoned = ReasonedRole(role, f"{one} uses it as a {'CA' if role is Role.CA else role}'s")
    for node in _at(one.body, path) if path else ():
        name = text(node) or text(mapping(node).get("name"))
        namespace = text(mapping(node).get("namespace")) or ("" if one.kind == "ClusterIssuer" else one.namespace)
        if name:
            yield name, namespace, reasoned or ReasonedRole(Role.SERVER, f"{one} asks for a server's certificate")


def _at(node: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """The values at a path, for each item of lists on the path."""
    if isinstance(node, list):
        for item in node:
            yield from _at(item, path)
    elif not path:
        yield node
    elif isinstance(node, dict) and path[0] in node:
        yield from _at(node[path[0]], path[1:])


def role_of_usages(spec: Any, who: str) -> ReasonedRole | None:
    """The role from `isCA` and `usages` of a Certificate, CertificateRequest or CertificateSigningRequest."""
    usages = {text(node) for node in listed(mapping(spec).get("usages"))}
    if text(mapping(spec).get("isCA")) == "true":
        return ReasonedRole(Role.CA, f"{who} says isCA")
    if "client auth" in usages and "server auth" not in usages:
        return ReasonedRole(Role.CLIENT, f"the usages of {who} have client auth without server auth")
    return None
