"""The part of a question about a path that is about its leaf alone, for an engine that knows the issuers already."""

from datetime import datetime
from functools import lru_cache
from typing import Self

from certgate.model.frozen import frozen
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate

__all__ = ["Issuers", "LinkQuestion"]

_NAME_CONSTRAINTS = "2.5.29.30"


@frozen(slots=True)
class Issuers:
    """What is the same for all leaves of one issuer: the path from it to an anchor."""

    issuer: Certificate
    others: tuple[Certificate, ...]
    store: TrustStore
    now: datetime
    purposes: tuple[str, ...]


@frozen(slots=True)
class LinkQuestion:
    """Whether a leaf is valid below its issuer. With a yes about the `issuers`, the answer is that for the path.

    There is none if several certificates may be the leaf's issuer, if the leaf is an anchor, which needs none, or if a
    CA constrains names: then what is above the issuer is about the leaf too.
    """

    issuers: Issuers
    store: TrustStore
    """The issuer as the only anchor."""

    @classmethod
    def of(
        cls,
        leaf: Certificate,
        others: tuple[Certificate, ...],
        store: TrustStore,
        now: datetime,
        purposes: tuple[str, ...],
    ) -> Self | None:
        """The question, if there is one. Raises Malformed."""
        issuer = _only_issuer(leaf, others, store)
        if issuer is None or leaf in store or _constrains_names(others, store):
            return None
        return cls(Issuers(issuer, others, store, now, purposes), _anchored(issuer))


def _only_issuer(leaf: Certificate, others: tuple[Certificate, ...], store: TrustStore) -> Certificate | None:
    """The only certificate with the name of the leaf's issuer, if it was sent and is no anchor."""
    sent = {other for other in others if other.subject == leaf.issuer}
    return None if leaf.is_self_issued or len(sent) != 1 or store.named(leaf.issuer) else sent.pop()


@lru_cache(maxsize=256)
def _constrains_names(others: tuple[Certificate, ...], store: TrustStore) -> bool:
    anchors = (anchor for other in others for anchor in store.named(other.issuer))
    return any(extension.oid == _NAME_CONSTRAINTS for ca in (*others, *anchors) for extension in ca.extensions)


@lru_cache(maxsize=256)
def _anchored(issuer: Certificate) -> TrustStore:
    return TrustStore(issuer.sha256, (issuer,))
