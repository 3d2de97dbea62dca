"""The shape of a question about a path: leaves of equal shape below the same issuers have the same answers."""

from collections.abc import Hashable
from datetime import datetime
from functools import lru_cache

from certgate.trust.engines.leaf_shape import leaf_shape
from certgate.trust.links import verify_link
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate

__all__ = ["question_shape"]

_NAME_CONSTRAINTS = "2.5.29.30"


def question_shape(
    leaf: Certificate, others: tuple[Certificate, ...], store: TrustStore, now: datetime, purposes: tuple[str, ...]
) -> Hashable | None:
    """The shape; None for a question that has to be asked on its own. Raises Malformed.

    There is none if the leaf is not plain, if its signature does not verify, if several certificates may be its
    issuer, if it is an anchor, which needs none, or if a CA constrains names.
    """
    issuer = _only_issuer(leaf, others, store)
    if issuer is None or leaf in store or _constrains_names((issuer, *others), store) or verify_link(leaf, issuer):
        return None
    shape = leaf_shape(leaf, now)
    return None if shape is None else (shape, others, store, now, purposes)


def _only_issuer(leaf: Certificate, others: tuple[Certificate, ...], store: TrustStore) -> Certificate | None:
    """The only certificate with the name of the leaf's issuer, sent or an anchor."""
    found = {*(other for other in others if other.subject == leaf.issuer), *store.named(leaf.issuer)}
    return None if leaf.is_self_issued or len(found) != 1 else found.pop()


@lru_cache(maxsize=256)
def _constrains_names(issuers: tuple[Certificate, ...], store: TrustStore) -> bool:
    anchors = (anchor for issuer in issuers for anchor in store.named(issuer.issuer))
    return any(extension.oid == _NAME_CONSTRAINTS for ca in (*issuers, *anchors) for extension in ca.extensions)
