"""Ingresses and Gateways from whose annotations cert-manager makes Certificates.

Source: cert-manager, pkg/controller/certificate-shim.
"""

import csv
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from certgate.observe.kubernetes.cert_manager.issuance import GROUP
from certgate.observe.kubernetes.objects import Object, listed, mapping
from certgate.observe.kubernetes.scalar import Scalar, text

__all__ = ["specs_of"]

_KINDS = {
    ("Ingress", "networking.k8s.io"),
    ("Ingress", "extensions"),
    ("Gateway", "gateway.networking.k8s.io"),
    ("ListenerSet", "gateway.networking.k8s.io"),
    ("XListenerSet", "gateway.networking.x-k8s.io"),
}
_PREFIX = f"{GROUP}/"
_TLS_ACME = "kubernetes.io/tls-acme"
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FIELDS = {
    "common-name": ("commonName",),
    "duration": ("duration",),
    "renew-before": ("renewBefore",),
    "renew-before-percentage": ("renewBeforePercentage",),
    "revision-history-limit": ("revisionHistoryLimit",),
    "private-key-algorithm": ("privateKey", "algorithm"),
    "private-key-size": ("privateKey", "size"),
    "subject-serialnumber": ("subject", "serialNumber"),
}
"""Annotations that set one field of the spec."""
_LISTS = {
    "alt-names": ("dnsNames",),
    "ip-sans": ("ipAddresses",),
    "email-sans": ("emailAddresses",),
    "usages": ("usages",),
    "subject-organizations": ("subject", "organizations"),
    "subject-organizationalunits": ("subject", "organizationalUnits"),
    "subject-countries": ("subject", "countries"),
    "subject-provinces": ("subject", "provinces"),
    "subject-localities": ("subject", "localities"),
    "subject-postalcodes": ("subject", "postalCodes"),
    "subject-streetaddresses": ("subject", "streetAddresses"),
}
"""Annotations that set a list, separated by commas."""
_USUAL_USAGES = ("digital signature", "key encipherment")


def specs_of(one: Object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The name of each requested Secret, and the spec of the Certificate that will be made for it."""
    if (one.kind, one.group) not in _KINDS or not _asks(one.annotations):
        return
    hosts: dict[str, list[Scalar]] = {}
    of_one = _ingress_hosts(one) if one.kind == "Ingress" else _listener_hosts(one)
    for secret, names in of_one:
        hosts.setdefault(secret, []).extend(names)
    for secret, names in hosts.items():
        yield secret, _spec(one, secret, names)


def _asks(annotations: Mapping[str, str]) -> bool:
    named = {f"{_PREFIX}issuer", f"{_PREFIX}cluster-issuer"} & annotations.keys()
    return bool(named) or annotations.get(_TLS_ACME) in _TRUE


def _ingress_hosts(one: Object) -> Iterator[tuple[str, list[Scalar]]]:
    for block in listed(one.mapping("spec").get("tls")):
        names = [node for node in listed(mapping(block).get("hosts")) if isinstance(node, Scalar)]
        secret = text(mapping(block).get("secretName"))
        if secret and names:
            yield secret, names


def _listener_hosts(one: Object) -> Iterator[tuple[str, list[Scalar]]]:
    ignored = {name.strip() for name in one.annotations.get(f"{_PREFIX}ignore-tls-listeners", "").split(",")}
    for listener in listed(one.mapping("spec").get("listeners")):
        tls, name = mapping(mapping(listener).get("tls")), mapping(listener).get("hostname")
        if text(tls.get("mode")) == "Passthrough" or text(mapping(listener).get("name")) in ignored:
            continue
        for reference in listed(tls.get("certificateRefs")):
            secret = text(mapping(reference).get("name"))
            if secret and isinstance(name, Scalar) and name.text:
                yield secret, [name]


def _spec(one: Object, secret: str, names: list[Scalar]) -> Mapping[str, Any]:
    annotations = one.mapping("metadata")["annotations"]
    distinct = list({node.text: node for node in names}.values())
    spec: dict[str, Any] = {
        "secretName": Scalar(secret, one.line),
        "issuerRef": _issuer(one),
        "dnsNames": [node for node in distinct if not _is_address(node.text)],
        "ipAddresses": [node for node in distinct if _is_address(node.text)],
        "usages": [Scalar(usage, one.line) for usage in _USUAL_USAGES],
    }
    for annotation, path in _FIELDS.items():
        if isinstance(node := annotations.get(_PREFIX + annotation), Scalar):
            _inside(spec, path)[path[-1]] = node
    for annotation, path in _LISTS.items():
        if isinstance(node := annotations.get(_PREFIX + annotation), Scalar) and node.text:
            before = spec[path[-1]] if annotation in {"alt-names", "ip-sans"} else []
            _inside(spec, path)[path[-1]] = [*before, *_items(node)]
    return spec


def _issuer(one: Object) -> dict[str, Scalar]:
    annotations = one.annotations
    name, kind = annotations.get(f"{_PREFIX}issuer"), "Issuer"
    if f"{_PREFIX}cluster-issuer" in annotations:
        name, kind = annotations[f"{_PREFIX}cluster-issuer"], "ClusterIssuer"
    kind = annotations.get(f"{_PREFIX}issuer-kind", kind)
    found = {"name": name or "the default", "kind": kind, "group": annotations.get(f"{_PREFIX}issuer-group", "")}
    return {key: Scalar(value, one.line) for key, value in found.items()}


def _inside(spec: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """The mapping that contains the last part of a path."""
    for part in path[:-1]:
        spec = spec.setdefault(part, {})
    return spec


def _items(node: Scalar) -> list[Scalar]:
    """The items between commas; a comma in quotes belongs to its item."""
    rows = list(csv.reader([node.text.replace("\n", " ")]))
    return [Scalar(item.strip(), node.line) for item in (rows[0] if rows else ())]


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
