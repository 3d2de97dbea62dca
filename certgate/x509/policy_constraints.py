"""A certificate's constraints on certificate policies below it (RFC 5280 §4.2.1.5, §4.2.1.11, §4.2.1.14)."""

from certgate.model.frozen import frozen
from certgate.x509.der import INTEGER, NotDer, number, only, sequence
from certgate.x509.extension import read_oids, tagged
from certgate.x509.template import TemplateFacts

__all__ = [
    "ANY_POLICY",
    "PolicyConstraints",
    "read_counts",
    "read_inhibit",
    "read_mappings",
    "read_policy_constraints",
]

ANY_POLICY = "2.5.29.32.0"
_CONSTRAINTS, _INHIBIT_ANY, _MAPPINGS = "2.5.29.36", "2.5.29.54", "2.5.29.33"


@frozen(slots=True)
class PolicyConstraints:
    """Counts are numbers of certificates that may still follow; None if the extension or field is absent."""

    require_explicit: int | None = None
    inhibit_mapping: int | None = None
    inhibit_any: int | None = None
    mappings: tuple[tuple[str, str], ...] = ()
    """(issuerDomainPolicy, subjectDomainPolicy), as encoded."""


def read_policy_constraints(certificate: TemplateFacts) -> PolicyConstraints:
    """policyConstraints, inhibitAnyPolicy and policyMappings together. Raises Malformed."""
    explicit, mapping = certificate.value(_CONSTRAINTS, read_counts) or (None, None)
    inhibit = certificate.value(_INHIBIT_ANY, read_inhibit)
    return PolicyConstraints(explicit, mapping, inhibit, certificate.value(_MAPPINGS, read_mappings) or ())


def read_inhibit(value: bytes) -> int:
    """InhibitAnyPolicy. Raises NotDer."""
    return _count(only(value, INTEGER))


def read_counts(value: bytes) -> tuple[int | None, int | None]:
    """requireExplicitPolicy and inhibitPolicyMapping of PolicyConstraints. Raises NotDer."""
    parts = sequence(value)
    explicit, mapping = tagged(parts, 0x80), tagged(parts, 0x81)
    if parts:
        raise NotDer("it is not two counts of certificates")
    return None if explicit is None else _count(explicit), None if mapping is None else _count(mapping)


def _count(content: bytes) -> int:
    found = number(content)
    if found < 0:
        raise NotDer("it holds a negative count of certificates")
    return found


def read_mappings(value: bytes) -> tuple[tuple[str, str], ...]:
    """PolicyMappings. Raises NotDer."""
    return tuple(_mapping(element.der) for element in sequence(value))


def _mapping(der: bytes) -> tuple[str, str]:
    oids = read_oids(der)
    if len(oids) != 2:
        raise NotDer("an entry of it is not a pair of policies")
    return oids[0], oids[1]
