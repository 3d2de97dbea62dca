"""A candidate path: a chain that was built, from the leaf towards an anchor."""

import itertools
from collections.abc import Hashable

from certgate.model.cached import cached_property
from certgate.model.frozen import frozen
from certgate.trust.links import inherited, verify_certificate, verify_link
from certgate.x509.any_certificate import AnyCertificate
from certgate.x509.certificate import Certificate

__all__ = ["CertificatePath"]


@frozen()
class CertificatePath:
    """Certificates that link by name and key, the leaf first, without the anchor.

    `anchor` is None for a path without an anchor, which is checked nevertheless to find its other problems.
    """

    certificates: tuple[Certificate, ...]
    anchor: Certificate | None = None
    unknown: str = ""
    """Why the anchors to which it could lead are not known; empty if they are."""

    @property
    def leaf(self) -> Certificate:
        """The certificate the path is for."""
        return self.certificates[0]

    @cached_property
    def issuers(self) -> tuple[Certificate, ...]:
        """The CA certificates between the leaf and the anchor; `issuers[0]` issued the leaf."""
        return self.certificates[1:]

    def issuer_of(self, index: int) -> Certificate | None:
        """The issuer of `certificates[index]`: the next certificate or the anchor; None if there is none."""
        return self.certificates[index + 1] if index + 1 < len(self.certificates) else self.anchor

    @cached_property
    def links(self) -> tuple[tuple[Certificate, Certificate], ...]:
        """(certificate, its issuer) for every link, including the link to the anchor.

        A leaf that is itself an anchor, byte for byte, is trusted directly and has no link.
        """
        if self.anchor is None or self.anchor == self.certificates[-1]:
            return tuple(itertools.pairwise(self.certificates))
        return tuple(itertools.pairwise((*self.certificates, self.anchor)))

    @cached_property
    def has_own_anchor(self) -> bool:
        """Whether it ends at an anchor that is not one of its certificates, so that no other check covers that."""
        return self.anchor is not None and self.anchor not in self.certificates

    @cached_property
    def working_keys(self) -> tuple[bytes, ...]:
        """For each link, the issuer's public key.

        A DSA key without parameters inherits those of its issuer (RFC 5280 §6.1.4(e)), which a link alone lacks.
        """
        keys: list[bytes] = []
        for _, issuer in reversed(self.links):
            keys.append(inherited(issuer.spki, keys[-1] if keys else b"") or issuer.spki)
        return tuple(reversed(keys))

    @cached_property
    def signatures(self) -> tuple[str | None, ...]:
        """For each link, why its signature does not verify; None if it does."""
        return tuple(
            verify_link(certificate, issuer) if key == issuer.spki else verify_certificate(certificate, key)
            for (certificate, issuer), key in zip(self.links, self.working_keys, strict=True)
        )

    @cached_property
    def in_common(self) -> Hashable:
        """Equal for paths that differ in what is of their leaf alone; None if the leaf itself is the anchor.

        Raises Malformed.
        """
        if self.anchor is not None and not self.has_own_anchor:
            return None
        return self.leaf.in_common, self.issuers, self.anchor, self.unknown

    def of_any(self, leaf: AnyCertificate) -> "CertificatePath":
        """The path of a leaf that stands for those of all paths with the same `in_common`."""
        return CertificatePath((leaf, *self.issuers), self.anchor, self.unknown)

    @property
    def label(self) -> str:
        """Its label in findings."""
        return "path"

    @staticmethod
    def label_of(index: int) -> str:
        """The label of `certificates[index]` in findings."""
        return f"issuer {index}" if index else "leaf"

    @cached_property
    def key(self) -> str:
        """A key that identifies the path by content."""
        end = self.anchor.sha256 if self.anchor else "-"
        return "/".join([*(c.sha256 for c in self.certificates), end])
