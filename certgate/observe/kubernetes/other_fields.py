"""Certificates in fields of any object: `caBundle`, kubeconfig files, Routes, operators' resources."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from certgate.model.observation import FailureKind
from certgate.model.target import Role
from certgate.observe.files.contents import UnusableInput
from certgate.observe.kubernetes.appearance import SHORTEST
from certgate.observe.kubernetes.budget import Budget
from certgate.observe.kubernetes.entry import ManifestEntry
from certgate.observe.kubernetes.field_value import Encoding
from certgate.observe.kubernetes.holder import Holder, Node
from certgate.observe.kubernetes.objects import Object
from certgate.observe.kubernetes.scalar import Scalar

__all__ = ["holders_in"]

_NOT_DEPLOYED = frozenset({"status", "metadata.managedFields"})
"""Fields that the cluster writes."""
_READ_ELSEWHERE = {
    "Secret": frozenset({"data", "stringData"}),
    "ConfigMap": frozenset({"data", "binaryData"}),
    "CertificateRequest": frozenset({"spec.request"}),
    "CertificateSigningRequest": frozenset({"spec.request"}),
}
_BYTES_OF = re.compile(r"(^|\.)(admissionregistration|apiextensions|apiregistration)\.k8s\.io$|(^|\.)cert-manager\.io$")
"""API groups whose `caBundle` is bytes, and so base64."""
_FOR_SERVERS = frozenset({("Route", "route.openshift.io")})
_NAMED_FILES = {"client-certificate": Role.CLIENT, "certificate-authority": Role.CA}
"""Fields of a kubeconfig that name a file, and the role of its certificates."""
_PLAIN = re.compile(r"[A-Za-z0-9_-]*(\[\d+\])*")


def holders_in(one: Object, budget: Budget) -> Iterator[Holder | Object | ManifestEntry]:
    """Each mapping of the object that may contain certificates, each nested object, and each file that it names.

    Raises UnusableInput beyond a limit.
    """
    serves = (one.kind, one.group) in _FOR_SERVERS
    for path, values in _fields(one, budget):
        if isinstance(values, Object):
            yield values
            continue
        if _is_of_kubeconfig(one, path):
            yield from _named_files(one, path, values)
        nodes = {name: Node(node, _encoding(one, path, name)) for name, node in values.items()}
        if serves and path == "spec.tls":
            nodes |= _served_by_route(values)
        if any(_may_hold(value) for value in nodes.values()):
            yield Holder(one=one, values=nodes, path=path and f"{path}.", is_for_servers=serves, has_any_field=True)


def _served_by_route(tls: Mapping[str, Scalar]) -> dict[str, Node]:
    """The certificate of a Route and the issuers in its `caCertificate`, which the router sends after it.

    Source: OpenShift API, TLSConfig; openshift/router, which writes both into one file.
    """
    leaf, issuers = tls.get("certificate"), tls.get("caCertificate")
    if leaf is None or issuers is None or not (leaf.text.strip() and issuers.text.strip()):
        return {}
    whole = Scalar(f"{leaf.text.rstrip()}\n{issuers.text.strip()}\n", leaf.line, is_block=leaf.is_block)
    return {"certificate": Node(whole, Encoding.TEXT)}


def _may_hold(value: Node) -> bool:
    if not isinstance(value.node, Scalar):
        return False
    return len(value.node.text) >= SHORTEST or (value.encoding is Encoding.BASE64 and bool(value.node.text))


def _encoding(one: Object, path: str, name: str) -> Encoding:
    if name == "caBundle" and _BYTES_OF.search(one.group):
        return Encoding.BASE64
    return Encoding.BASE64 if _is_of_kubeconfig(one, path) and name.endswith("-data") else Encoding.EITHER


def _is_of_kubeconfig(one: Object, path: str) -> bool:
    return one.kind == "Config" and path.startswith(("clusters[", "users["))


def _named_files(one: Object, path: str, values: Mapping[str, Scalar]) -> Iterator[ManifestEntry]:
    """The certificate files that a kubeconfig names; embedded contents take precedence over a file."""
    for name, role in _NAMED_FILES.items():
        file = values.get(name)
        if file is None or not file.text or f"{name}-data" in values:
            continue
        detail = f"{one}, {path}.{name} (line {file.line}): names a file, which certgate does not read; check the file"
        contents = UnusableInput(FailureKind.UNREADABLE, f"{detail} itself: certgate check FILE --role {role}")
        yield ManifestEntry(id=one.id(f"{path}.{name}"), line=file.line, contents=contents, role=role)


def _fields(one: Object, budget: Budget) -> Iterator[tuple[str, Mapping[str, Scalar] | Object]]:
    """The plain values of each mapping and list by name, with the path of that mapping or list; and nested objects.

    Visits a value once, even if several aliases lead to it.
    """
    skipped = _NOT_DEPLOYED | _READ_ELSEWHERE.get(one.kind, frozenset())
    seen: set[int] = set()
    waiting: list[tuple[str, str, Any]] = [
        ("", "", {"document": one.body} if isinstance(one.body, Scalar) else one.body)
    ]
    while waiting:
        parent, name, body = waiting.pop()
        path = _joined(parent, name)
        if path in skipped or id(body) in seen:
            continue
        seen.add(id(body))
        if path and isinstance(body, dict) and {"kind", "apiVersion", "metadata"} <= body.keys():
            yield path, Object(body, one.line)
            continue
        items = body if isinstance(body, dict) else {f"{name}[{n}]": item for n, item in enumerate(body)}
        inside = path if isinstance(body, dict) else parent
        budget.visit(1 + len(items))
        found = {key: node for key, node in items.items() if isinstance(node, Scalar)}
        yield inside, {key: node for key, node in found.items() if not _is_skipped(_joined(inside, key), skipped)}
        waiting += reversed([(inside, key, node) for key, node in items.items() if not isinstance(node, Scalar)])


def _is_skipped(path: str, skipped: frozenset[str]) -> bool:
    return path in skipped or (path.startswith("metadata.annotations") and "last-applied" in path)


def _joined(path: str, name: str) -> str:
    part = name if _PLAIN.fullmatch(name) else f'["{name[:100]}"]'
    return f"{path}.{part}" if path and part and not part.startswith("[") else path + part
