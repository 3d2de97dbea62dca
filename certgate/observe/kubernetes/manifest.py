"""Everything in a manifest that must be checked: chains, requests and CA bundles."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from certgate.model.observation import FailureKind
from certgate.observe.files.contents import UnusableInput
from certgate.observe.kubernetes.budget import Budget
from certgate.observe.kubernetes.cert_manager.certificate_resource import of_annotations, of_certificate
from certgate.observe.kubernetes.cert_manager.issuance import GROUP, Issuers
from certgate.observe.kubernetes.declared_facts import ManifestFacts
from certgate.observe.kubernetes.documents import Document, read_documents
from certgate.observe.kubernetes.entry import ManifestEntry
from certgate.observe.kubernetes.expectations import Expectations
from certgate.observe.kubernetes.field_value import Encoding, ValueReader
from certgate.observe.kubernetes.holder import Holder, Node
from certgate.observe.kubernetes.objects import Object, objects_in
from certgate.observe.kubernetes.other_fields import holders_in
from certgate.observe.kubernetes.scalar import Lines, nodes_of, text
from certgate.observe.kubernetes.signing_request import of_request

__all__ = ["MAX_ENTRIES", "is_manifest", "looks_like_manifest", "read_manifest", "read_object"]

MAX_ENTRIES = 2_000
"""Most chains and requests in one manifest."""
_MAX_NESTED = 3
"""Levels of manifests in values of manifests."""
_SUFFIXES = (".yaml", ".yml", ".json", ".kubeconfig")
_NAMES = ("kubeconfig", ".kube/config")
_SIGN = re.compile(rb'^[ \t{]*"?(apiVersion|kind)"?[ \t]*:', re.MULTILINE)


def is_manifest(path: str) -> bool:
    """Whether a file's name is that of a manifest."""
    return path.lower().endswith(_SUFFIXES) or path.endswith(_NAMES)


def looks_like_manifest(data: bytes) -> bool:
    """Whether the contents of the standard input are a manifest."""
    return _SIGN.search(data) is not None


def read_manifest(data: bytes, password: bytes | None = None, budget: Budget | None = None) -> list[ManifestEntry]:
    """The entries to judge in a manifest, in order. Raises UnusableInput if the manifest itself cannot be read."""
    budget = budget or Budget()
    documents = list(read_documents(data, budget, Lines()))
    problems = [document.problem for document in documents if document.problem]
    if len(documents) == 1 and problems:
        raise problems[0]
    found = _Manifest(documents, budget, password, 0).entries()
    if not found:
        detail = "the manifest holds no certificate and no request for one"
        raise UnusableInput(FailureKind.NO_CERTIFICATE, detail)
    return found


def read_object(value: Any, password: bytes | None = None) -> list[ManifestEntry]:
    """The entries to judge in one object, given as Python reads JSON. Raises UnusableInput beyond a limit."""
    return _Manifest([Document(0, nodes_of(value))], Budget(), password, 0).entries()


class _Manifest:
    """The documents of a manifest, or of a nested manifest."""

    def __init__(self, documents: list[Document], budget: Budget, password: bytes | None, depth: int) -> None:
        self._documents = documents
        self._objects = {n: list(objects_in(one.value, one.line)) for n, one in enumerate(documents) if not one.problem}
        every = [one for objects in self._objects.values() for one in objects]
        self._expectations = Expectations(every)
        self._issuers = Issuers(every)
        self._facts = ManifestFacts(every)
        self._reader = ValueReader(budget, password, partial(_within, budget, password, depth + 1))
        self._budget = budget

    def entries(self) -> list[ManifestEntry]:
        """All entries, in order, with unique ids. Raises UnusableInput beyond a limit."""
        found: list[tuple[str, ManifestEntry]] = []
        for number, document in enumerate(self._documents):
            for entry in self._of_document(number, document):
                if len(found) == MAX_ENTRIES:
                    detail = f"the manifest holds more than {MAX_ENTRIES} chains, the limit; split it"
                    raise UnusableInput(FailureKind.LIMIT, detail)
                found.append(entry)
        return list(_with_unique_ids(found))

    def _of_document(self, number: int, document: Document) -> Iterator[tuple[str, ManifestEntry]]:
        """The entries of a document, each with the kind of its object."""
        if document.problem:
            yield "", ManifestEntry(id=f"document {number + 1}", line=document.line, contents=document.problem)
        for one in self._objects.get(number, ()):
            yield from self._of_object(one)

    def _of_object(self, one: Object) -> Iterator[tuple[str, ManifestEntry]]:
        match one.kind:
            case "Secret" | "ConfigMap":
                yield from ((one.kind, entry) for entry in self._of_values(one))
            case "Certificate" if one.group == GROUP:
                entry = of_certificate(one, self._issuers)
                yield one.kind, replace(entry, kubernetes=self._facts.of_certificate(one))
            case "CertificateRequest" | "CertificateSigningRequest":
                yield one.kind, of_request(one, self._issuers, self._reader)
            case _:
                yield from ((one.kind, entry) for entry in of_annotations(one, self._issuers))
        for part in holders_in(one, self._budget):
            if isinstance(part, Object):
                yield from self._of_object(part)
            elif isinstance(part, ManifestEntry):
                yield one.kind, part
            else:
                yield from ((one.kind, entry) for entry in part.entries(self._reader))

    def _of_values(self, one: Object) -> Iterator[ManifestEntry]:
        """The entries of a Secret or ConfigMap; stringData overrides data, as in the cluster."""
        encoded, plain = ("data", "stringData") if one.kind == "Secret" else ("binaryData", "data")
        values = {key: Node(node, Encoding.BASE64) for key, node in one.mapping(encoded).items()}
        values |= {key: Node(node, Encoding.TEXT) for key, node in one.mapping(plain).items()}
        is_secret = one.kind == "Secret"
        is_tls = is_secret and text(one.field("type")) == "kubernetes.io/tls"
        holder = Holder(
            one=one,
            values=values,
            expected=self._expectations.of(one) if is_secret else None,
            required="tls.crt" if is_tls else "",
            facts=self._facts.of_secret(one) if is_secret else None,
        )
        yield from holder.entries(self._reader)


def _with_unique_ids(found: list[tuple[str, ManifestEntry]]) -> Iterator[ManifestEntry]:
    """Make ids unique: add the kind if several kinds share an id (except for a Secret), a number within a kind."""
    count = Counter(entry.id for _, entry in found)
    seen: Counter[str] = Counter()
    for kind, entry in found:
        id = f"{kind}/{entry.id}" if count[entry.id] > 1 and kind not in {"", "Secret"} else entry.id
        seen[id] += 1
        yield replace(entry, id=f"{id} ({seen[id]})" if seen[id] > 1 else id)


def _within(budget: Budget, password: bytes | None, depth: int, data: bytes, lines: Lines) -> list[ManifestEntry]:
    """The entries in the text of a value, empty if it is not a manifest. Raises UnusableInput beyond a limit."""
    if depth > _MAX_NESTED:
        return []
    try:
        documents = list(read_documents(data, budget, lines))
    except UnusableInput as unusable:
        if unusable.failure.kind is FailureKind.LIMIT:
            raise
        return []
    if not any(isinstance(document.value, dict | list) for document in documents):
        return []
    return _Manifest(documents, budget, password, depth).entries()
