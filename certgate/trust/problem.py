"""The problems that a path can have, by kind."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from certgate.model.frozen import frozen

__all__ = ["CLIENTS", "RFC5280", "Kind", "PathProblem"]


class Kind(StrEnum):
    """What can be wrong with a path. Each kind is named after the rule that reports it."""

    ANCHOR = "trust.anchor"
    SIGNATURE = "chain.signature"
    NO_CA = "chain.issuer-ca"
    NO_CERT_SIGN = "chain.issuer-keycertsign"
    PATH_LENGTH = "chain.pathlen"
    PURPOSE = "chain.eku-nesting"
    NAMES = "chain.name-constraints"
    POLICIES = "chain.policy-valid"
    CRITICAL = "chain.unknown-critical"
    EXPIRED = "validity.expired"
    NOT_YET_VALID = "validity.not-yet-valid"
    ANCHOR_DATES = "trust.anchor-expiry"
    ANCHOR_CONSTRAINTS = "trust.anchor-constraints"


CLIENTS = frozenset(Kind)
"""All kinds that clients check: those of RFC 5280 and the anchor's own certificate."""
RFC5280 = CLIENTS - {Kind.ANCHOR_DATES, Kind.ANCHOR_CONSTRAINTS}
"""All kinds in RFC 5280 §6. Issuer names that differ only in encoding match by §7.1, so they are not a problem."""


@frozen(slots=True, kw_only=True)
class PathProblem:
    """Something wrong with a path, or something that could not be checked."""

    kind: Kind
    index: int
    """Position of the certificate on the path; one past the last certificate for the anchor."""
    text: str
    key: str = ""
    """Distinguishes two problems of one kind; never contains serial numbers or dates."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    cause: str = ""
    """The rule that reports the cause, so that one mistake gives one error."""
    not_checked: bool = False
