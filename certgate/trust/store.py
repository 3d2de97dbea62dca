"""Trust stores: named, exclusive, immutable sets of anchors."""

from collections.abc import Mapping
from dataclasses import field
from hashlib import sha256

from certgate.model.bundle_facts import BundleFacts
from certgate.model.cached import cached_property
from certgate.model.frozen import frozen
from certgate.model.verdict import StoreSummary
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed
from certgate.x509.name import Name
from certgate.x509.spiffe_id import trust_domains

__all__ = ["TrustStore"]


@frozen()
class TrustStore:
    """A snapshot of anchors. An anchor is a name and a key (RFC 5280 §6.1.1(d)), carried in a certificate."""

    name: str
    anchors: tuple[Certificate, ...]
    bundles: Mapping[str, "TrustStore"] = field(default_factory=dict)
    """Bundles of SPIFFE trust domains by name; if there are any, only the bundle of a leaf's own domain trusts it."""
    origins: tuple[BundleFacts, ...] = ()
    """Where bundles come from: one for each place that was named. A trust domain of which one place has no bundle is
    not in `bundles`: a store never shrinks silently."""
    unknown: str = ""
    """Why its anchors are not known, so that nothing can be said about a chain; empty if they are."""

    @property
    def summary(self) -> StoreSummary:
        """The store as reports name it."""
        return StoreSummary(self.name, self.sha256, len(self.anchors), self.origins)

    @cached_property
    def trust_domains(self) -> frozenset[str]:
        """The trust domains whose bundles were named, also those whose bundle is not known."""
        return frozenset(self.bundles).union(facts.trust_domain for facts in self.origins if facts.trust_domain)

    @cached_property
    def sha256(self) -> str:
        """The digest of its anchors' sorted digests, so that order and PEM comments do not matter."""
        digests = sorted({a.sha256 for a in self.anchors})
        digests += [f"{domain} {bundle.sha256}" for domain, bundle in sorted(self.bundles.items())]
        digests += [f"{domain} unknown" for domain in sorted(self.trust_domains - self.bundles.keys())]
        return sha256("".join(digests).encode()).hexdigest()

    def for_leaf(self, leaf: Certificate) -> "TrustStore":
        """The store for this leaf: this store or, with bundles, the one of its trust domain, else an empty store.

        Bundles are never merged (SPIFFE Federation §4).
        """
        if not self.trust_domains:
            return self
        try:
            domains = trust_domains(leaf.uris)
        except Malformed:
            domains = frozenset()
        own = self.bundles.get(*domains) if len(domains) == 1 else None
        return own or TrustStore(f"no bundle of {self.name}", (), unknown=self._why_unknown(domains))

    def _why_unknown(self, domains: frozenset[str]) -> str:
        """Why the bundle of the only one of these trust domains is not known; empty if none was named."""
        problems = (f.problem for f in self.origins if f.failure and domains == {f.trust_domain})
        return next((f"the bundle of trust domain {', '.join(domains)} is not known: {why}" for why in problems), "")

    @cached_property
    def _by_subject(self) -> Mapping[Name, tuple[Certificate, ...]]:
        found: dict[Name, dict[Certificate, None]] = {}
        for anchor in self.anchors:
            found.setdefault(anchor.subject, {})[anchor] = None
        return {name: tuple(anchors) for name, anchors in found.items()}

    @cached_property
    def _digests(self) -> frozenset[str]:
        return frozenset(anchor.sha256 for anchor in self.anchors)

    def named(self, name: Name) -> tuple[Certificate, ...]:
        """The anchors with this name (compared by RFC 5280 §7.1), in the store's order.

        Several can have the same key: a reissued root has new dates, which clients check.
        """
        return self._by_subject.get(name, ())

    def has_anchor_like(self, certificate: Certificate) -> bool:
        """Whether it has the name and key of an anchor."""
        return any(anchor.spki == certificate.spki for anchor in self.named(certificate.subject))

    def __contains__(self, certificate: Certificate) -> bool:
        """Whether it is an anchor's certificate, byte for byte."""
        return certificate.sha256 in self._digests

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __reduce__(self) -> tuple[type["TrustStore"], tuple[object, ...]]:
        """Pickle the anchors, without what was derived from them."""
        return TrustStore, (self.name, self.anchors, self.bundles, self.origins, self.unknown)
