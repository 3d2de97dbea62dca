"""Kubernetes manifests: the certificates and requests in Secrets, ConfigMaps and cert-manager's resources."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from certgate.model.observation import FailureKind
from certgate.model.target import Role
from certgate.observe.cert_manager import plan_certificate
from certgate.observe.contents import Contents, PrivateKeyNote, Unusable
from certgate.observe.kubernetes import Object, listed, objects_in, text
from certgate.observe.pem import BadPem, read_blocks
from certgate.observe.pem_file import read_pem
from certgate.observe.pkcs import ends
from certgate.observe.private_key import key_among
from certgate.observe.yaml_stream import Scalar, read_documents

__all__ = ["Artefact", "is_manifest", "looks_like_manifest", "read_manifest"]

_SUFFIXES = (".yaml", ".yml", ".json")
MAX_ARTEFACTS = 2_000
"""Chains and requests in one input."""
_SIGN = re.compile(rb'^[ \t{]*"?(apiVersion|kind)"?[ \t]*:', re.MULTILINE)
_ISSUERS = ("Issuer", "ClusterIssuer")
_CERT_MANAGER = "cert-manager.io"
_LEAF, _KEY = "tls.crt", "tls.key"
_BEGIN = re.compile(rb"^-----BEGIN (NEW )?(TRUSTED |X509 )?CERTIFICATE( REQUEST)?-----", re.MULTILINE)
_CA_KEY = re.compile(r"(^|[^a-z])(root|ca|cacert|cabundle)([^a-z]|$)|bundle", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Artefact:
    """One chain or request of a manifest."""

    id: str
    """`namespace/name/key`, of what is there."""
    line: int
    contents: Contents | Unusable
    role: Role = Role.SERVER
    role_reason: str = ""


def is_manifest(path: str) -> bool:
    """Whether a file is read as a manifest, by its name."""
    return path.lower().endswith(_SUFFIXES)


def looks_like_manifest(data: bytes) -> bool:
    """Whether the standard input is read as a manifest, by its contents."""
    return _SIGN.search(data) is not None


def read_manifest(data: bytes, password: bytes | None = None) -> list[Artefact]:
    """What is to be judged in a manifest, in its order. Raises Unusable if it cannot be read as a whole."""
    objects = [one for document in read_documents(data) for one in objects_in(document)]
    self_signed = frozenset(o.issuer_key for o in objects if o.kind in _ISSUERS and "selfSigned" in o.mapping("spec"))
    found: list[Artefact] = []
    for one in objects:
        for artefact in _artefacts(one, self_signed, password):
            if len(found) == MAX_ARTEFACTS:
                raise Unusable(FailureKind.LIMIT, f"the manifest holds more than {MAX_ARTEFACTS} chains, the limit")
            found.append(artefact)
    if not found:
        raise Unusable(FailureKind.NO_CERTIFICATE, "the manifest holds no certificate and no request for one")
    return found


def _artefacts(one: Object, self_signed: frozenset[tuple[str, str, str]], password: bytes | None) -> Iterator[Artefact]:
    match one.kind:
        case "Secret" | "ConfigMap":
            yield from _of_values(one, password)
        case "Certificate" if one.group == _CERT_MANAGER:
            yield _of_certificate(one, self_signed)
        case "CertificateRequest" | "CertificateSigningRequest":
            yield _read(one, "spec.request", _Value(one.mapping("spec").get("request"), is_base64=True), password)
        case "Issuer" | "ClusterIssuer" if one.group == _CERT_MANAGER:
            yield from _of_issuer(one)
        case _:
            return


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of a Secret or ConfigMap."""

    node: Any
    is_base64: bool

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.node.line if isinstance(self.node, Scalar) else 0

    def read(self) -> bytes:
        """Its contents. Raises Unusable."""
        if not isinstance(self.node, Scalar):
            raise Unusable(FailureKind.UNREADABLE, "the value is no text")
        if not self.is_base64:
            return self.node.text.encode("utf-8", "surrogatepass")
        try:
            return b64decode("".join(self.node.text.split()), validate=True)
        except (Base64Error, ValueError):
            raise Unusable(FailureKind.UNREADABLE, f"line {self.line}: the value is not base64") from None

    def line_of(self, number: int) -> int:
        """The line of the manifest on which line `number` of the contents stands."""
        if not isinstance(self.node, Scalar):
            return 0
        return self.line if self.is_base64 else self.node.line_of(number)


def _values(one: Object) -> dict[str, _Value]:
    """What the object holds by key; stringData wins over data, as in the cluster."""
    encoded, plain = ("data", "stringData") if one.kind == "Secret" else ("binaryData", "data")
    values = {key: _Value(node, is_base64=True) for key, node in one.mapping(encoded).items()}
    return values | {key: _Value(node, is_base64=False) for key, node in one.mapping(plain).items()}


def _of_values(one: Object, password: bytes | None) -> Iterator[Artefact]:
    values = _values(one)
    is_tls = one.kind == "Secret" and text(one.body.get("type")) == "kubernetes.io/tls"
    if is_tls and _LEAF not in values:
        missing = Unusable(FailureKind.NO_CERTIFICATE, f"the Secret has no {_LEAF}")
        yield Artefact(one.id(_LEAF), one.line, missing)
    for key, value in values.items():
        if is_tls and key == _LEAF:
            yield _with_key(_read(one, key, value, password), values.get(_KEY), password)
        elif not (is_tls and key == _KEY) and _holds_certificate(value):
            artefact = _read(one, key, value, password)
            yield from _split(artefact) if _CA_KEY.search(key) else [artefact]


def _holds_certificate(value: _Value) -> bool:
    try:
        return _BEGIN.search(value.read()) is not None
    except Unusable:
        return False


def _read(one: Object, key: str, value: _Value, password: bytes | None) -> Artefact:
    contents: Contents | Unusable
    try:
        found = read_pem(value.read(), password)
        contents = replace(found, lines=tuple(value.line_of(line) for line in found.lines))
    except Unusable as unusable:
        contents = unusable
    except BadPem as bad:
        contents = Unusable(FailureKind.UNREADABLE, f"in the value at line {value.line}, {bad}")
    return Artefact(one.id(key), value.line or one.line, contents)


def _with_key(artefact: Artefact, value: _Value | None, password: bytes | None) -> Artefact:
    if isinstance(artefact.contents, Unusable):
        return artefact
    note = None
    try:
        note = key_among(read_blocks(value.read()), password) if value else None
    except (Unusable, BadPem):
        note = PrivateKeyNote(problem=f"the {_KEY} of the Secret cannot be read")
    note = note or PrivateKeyNote(problem=f"the Secret has no private key in {_KEY}")
    return replace(artefact, contents=replace(artefact.contents, key=note))


def _split(bundle: Artefact) -> Iterator[Artefact]:
    """A bundle of CA certificates: each that issued none of the others, with all that could have issued it."""
    bundle = replace(bundle, role=Role.CA, role_reason=f"{bundle.id.rpartition('/')[2]} holds certificates of CAs")
    if isinstance(bundle.contents, Unusable) or not bundle.contents.certificates:
        yield bundle
        return
    lines = dict(zip(bundle.contents.certificates, bundle.contents.lines, strict=True))
    leaves = ends(tuple(lines))
    issuers = [der for der in lines if der not in leaves]
    for number, leaf in enumerate(leaves, 1):
        chain = (leaf, *issuers)
        contents = Contents(chain, tuple(lines[der] for der in chain), container="CA bundle")
        suffix = f"#{number}" if len(leaves) > 1 else ""
        yield replace(bundle, id=bundle.id + suffix, line=lines[leaf], contents=contents)


def _of_certificate(one: Object, self_signed: frozenset[tuple[str, str, str]]) -> Artefact:
    spec = one.mapping("spec")
    named = spec.get("issuerRef")
    reference = named if isinstance(named, dict) else {}
    kind = text(reference.get("kind")) or "Issuer"
    key = (kind, one.namespace if kind == "Issuer" else "", text(reference.get("name")))
    contents: Contents | Unusable
    try:
        contents = replace(plan_certificate(spec, self_signed=key in self_signed), lines=(one.line,))
    except Unusable as unusable:
        contents = unusable
    usages = {text(node) for node in listed(spec.get("usages"))}
    role, reason = Role.SERVER, "a Certificate is a server's unless it says otherwise"
    if text(spec.get("isCA")) == "true":
        role, reason = Role.CA, "the Certificate says isCA"
    elif "client auth" in usages and "server auth" not in usages:
        role, reason = Role.CLIENT, "the Certificate's usages have client auth without server auth"
    return Artefact(one.id("spec"), one.line, contents, role, reason)


def _of_issuer(one: Object) -> Iterator[Artefact]:
    """The CA certificates by which the issuer's own server is recognised."""
    for path in (("acme",), ("vault",), ("venafi", "tpp")):
        node: Any = one.mapping("spec")
        for part in (*path, "caBundle"):
            node = node.get(part) if isinstance(node, dict) else None
        if isinstance(node, Scalar):
            yield from _split(_read(one, ".".join(("spec", *path, "caBundle")), _Value(node, is_base64=True), None))
