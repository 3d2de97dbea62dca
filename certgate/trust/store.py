"""Trust stores: named, exclusive, immutable sets of anchors."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from certgate.x509.certificate import Certificate

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

    def __hash__(self) -> int:
        return hash(self.sha256)
