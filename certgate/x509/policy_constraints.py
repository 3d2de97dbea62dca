"""What a certificate says about certificate policies below it (RFC 5280 §4.2.1.5, §4.2.1.11, §4.2.1.14)."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat import asn1

from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed

__all__ = ["ANY_POLICY", "PolicyConstraints", "read_policy_constraints"]

ANY_POLICY = "2.5.29.32.0"
_MAPPINGS = "2.5.29.33"


@asn1.sequence
class _Mapping:
    issuer: x509.ObjectIdentifier
    subject: x509.ObjectIdentifier


@asn1.sequence
class _Wrapped:
    mappings: asn1.TLV


@asn1.sequence
class _Mappings:
    """What _Wrapped encodes: the library decodes a list only as a field."""

    entries: list[_Mapping]


@dataclass(frozen=True, slots=True)
class PolicyConstraints:
    """Counts are certificates that may still follow; None where the extension or field is absent."""

    require_explicit: int | None = None
    inhibit_mapping: int | None = None
    inhibit_any: int | None = None
    mappings: tuple[tuple[str, str], ...] = ()
    """(issuerDomainPolicy, subjectDomainPolicy), as encoded."""


def read_policy_constraints(certificate: Certificate) -> PolicyConstraints:
    """policyConstraints, inhibitAnyPolicy and policyMappings together. Raises Malformed."""
    constraints = certificate.read(x509.PolicyConstraints)
    inhibit = certificate.read(x509.InhibitAnyPolicy)
    return PolicyConstraints(
        constraints.require_explicit_policy if constraints else None,
        constraints.inhibit_policy_mapping if constraints else None,
        inhibit.skip_certs if inhibit else None,
        _read_mappings(certificate),
    )


def _read_mappings(certificate: Certificate) -> tuple[tuple[str, str], ...]:
    extension = certificate.extension(_MAPPINGS)
    if extension is None:
        return ()
    try:
        wrapped = asn1.encode_der(_Wrapped(mappings=asn1.decode_der(asn1.TLV, extension.value)))
        entries = asn1.decode_der(_Mappings, wrapped).entries
    except ValueError as error:
        raise Malformed(f"the policy mappings cannot be read: {error}") from error
    return tuple((e.issuer.dotted_string, e.subject.dotted_string) for e in entries)
