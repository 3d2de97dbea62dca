"""The Secrets of a cluster: each is read, compared with its key, and forgotten."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from certgate.model.kubernetes_facts import NamedSecret, SecretState
from certgate.observe.files.contents import UnusableInput
from certgate.observe.kubernetes.entry import ManifestEntry
from certgate.observe.kubernetes.live.errors import ApiError, ApiFailure
from certgate.observe.kubernetes.live.item import ClusterItem, usable
from certgate.observe.kubernetes.live.listing import Listing, explained
from certgate.observe.kubernetes.live.resources import RESOURCES
from certgate.observe.kubernetes.manifest import read_object
from certgate.observe.kubernetes.served_hosts import SecretName

__all__ = ["SecretReader", "items_of"]

_TLS = "type=kubernetes.io/tls"
_MOST_SINGLE = 100
"""Secrets that are asked for one by one: those that are missing from the lists, or of another type or namespace."""


@dataclass
class SecretReader:
    """Reads TLS Secrets in pages, and keeps what is needed of those that objects name."""

    listing: Listing
    chains_of: Collection[SecretName]
    """Those that hosts name: their chains are kept."""
    existing: Collection[SecretName]
    """Those that Certificates name: whether they exist is kept."""
    found: dict[SecretName, NamedSecret] = field(default_factory=dict)
    _singles: int = 0

    def targets(self, namespace: str, labels: str) -> Iterator[tuple[Mapping[str, Any], list[ManifestEntry]]]:
        """Each TLS Secret with its entries. Raises ApiError if no request can succeed."""
        for raw in self.listing.objects("Secret", namespace, labels=labels, fields=_TLS):
            entries = self._read(raw)
            yield raw, entries

    def look_for_rest(self, namespace: str) -> None:
        """Look for Secrets that are named and not among those read so far, whatever their labels."""
        if any(secret not in self.found for secret in self._named_in(namespace)):
            for raw in self.listing.objects("Secret", namespace, fields=_TLS):
                if self._is_named(raw):
                    self._read(raw)

    def named(self, secret: SecretName) -> NamedSecret:
        """What is known about a Secret; asks for it if no list had it."""
        if secret not in self.found:
            self.found[secret] = self._single(secret)
        return self.found[secret]

    def _named_in(self, namespace: str) -> Iterator[SecretName]:
        for names in (self.chains_of, self.existing):
            yield from (secret for secret in names if secret[0] == namespace or not namespace)

    def _single(self, secret: SecretName) -> NamedSecret:
        namespace, name = secret
        full = "/".join(secret)
        self._singles += 1
        if self._singles > _MOST_SINGLE:
            detail = f"{full} is not among the TLS Secrets, and only {_MOST_SINGLE} further ones are asked for"
            return NamedSecret(name=full, state=SecretState.HIDDEN, detail=detail)
        resource = RESOURCES["Secret"]
        try:
            raw = {**self.listing.api.get(resource, namespace, name), "kind": "Secret", "apiVersion": "v1"}
        except ApiError as error:
            if error.kind is ApiFailure.NOT_FOUND:
                detail = f"the Secret {full} does not exist"
                return NamedSecret(name=full, state=SecretState.MISSING, detail=detail)
            if error.kind.is_of_cluster:
                raise
            detail = explained(error, resource, namespace, "get")
            return NamedSecret(name=full, state=SecretState.HIDDEN, detail=detail)
        self._read(raw)
        return self.found.get(secret) or NamedSecret(name=full)

    def _is_named(self, raw: Mapping[str, Any]) -> bool:
        secret = _name_of(raw)
        return secret in self.chains_of or secret in self.existing

    def _read(self, raw: Mapping[str, Any]) -> list[ManifestEntry]:
        secret = _name_of(raw)
        try:
            entries = read_object(raw)
        except UnusableInput as unusable:
            entries = [ManifestEntry(id="/".join((*secret, "tls.crt")), line=0, contents=unusable)]
        if secret in self.chains_of:
            self.found[secret] = _kept("/".join(secret), entries)
        elif secret in self.existing:
            self.found[secret] = NamedSecret(name="/".join(secret))
        return entries


def _name_of(raw: Mapping[str, Any]) -> SecretName:
    metadata = raw.get("metadata")
    names = metadata if isinstance(metadata, dict) else {}
    return str(names.get("namespace") or ""), str(names.get("name") or "")


def _kept(name: str, entries: Sequence[ManifestEntry]) -> NamedSecret:
    """The chain of `tls.crt`, and the public half of its key."""
    entry = next((one for one in entries if one.id.endswith("/tls.crt")), None)
    if entry is None:
        return NamedSecret(name=name, detail=f"the Secret {name} has no tls.crt")
    contents, failure = usable(entry.contents)
    return NamedSecret(
        name=name,
        detail=failure.detail if failure else "",
        chain=contents.certificates,
        public_key=contents.key.public_key,
        key_problem=contents.key.problem,
    )


def items_of(
    raw: Mapping[str, Any], entries: Sequence[ManifestEntry], labels: Mapping[str, str], read_at: datetime
) -> Iterator[ClusterItem]:
    """The targets of an object's entries."""
    kind = raw["kind"]
    object = "/".join(filter(None, _name_of(raw)))
    for entry in entries:
        contents, failure = usable(entry.contents)
        yield ClusterItem(
            id=f"{kind}/{entry.id}",
            object=f"{kind}/{object}",
            part=entry.id.removeprefix(f"{object}/"),
            read_at=read_at,
            labels=labels,
            contents=contents,
            failure=failure,
            role=entry.role,
            role_reason=entry.role_reason,
            facts=entry.kubernetes,
        )
