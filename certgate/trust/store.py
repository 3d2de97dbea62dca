"""Trust stores: named, exclusive, immutable sets of anchors."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from certgate.x509.certificate import Certificate
from certgate.x509.name import Name

__all__ = ["TrustStore"]


@dataclass(frozen=True)
class TrustStore:
    """A snapshot of anchors. An anchor is a name and a key (RFC 5280 §6.1.1(d)); the certificate only carries them."""

    name: str
    anchors: tuple[Certificate, ...]

    @cached_property
    def sha256(self) -> str:
        """Of the sorted digests of its anchors, so that order and PEM decoration do not count."""
        return sha256("".join(sorted({a.sha256 for a in self.anchors})).encode()).hexdigest()

    @cached_property
    def _by_subject(self) -> Mapping[Name, tuple[Certificate, ...]]:
        found: dict[Name, dict[bytes, Certificate]] = {}
        for anchor in self.anchors:
            found.setdefault(anchor.subject, {}).setdefault(anchor.spki, anchor)
        return {name: tuple(keys.values()) for name, keys in found.items()}

    @cached_property
    def _digests(self) -> frozenset[str]:
        return frozenset(anchor.sha256 for anchor in self.anchors)

    def named(self, name: Name) -> tuple[Certificate, ...]:
        """The anchors of this name (compared by RFC 5280 §7.1), one for each key, in the store's order."""
        return self._by_subject.get(name, ())

    def holds(self, certificate: Certificate) -> bool:
        """Whether it is one of the anchors by name and key."""
        return any(anchor.spki == certificate.spki for anchor in self.named(certificate.subject))

    def __contains__(self, certificate: Certificate) -> bool:
        """Whether it is one of the anchors' own certificates, byte for byte."""
        return certificate.sha256 in self._digests

    def __hash__(self) -> int:
        return hash(self.sha256)
