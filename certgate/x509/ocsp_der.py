"""The outer ASN.1 of an OCSP response (RFC 6960 §4.2.1), read without interpreting what is inside."""

from typing import Annotated, Literal

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from certgate.x509.der import RawExtension
from certgate.x509.errors import Malformed

__all__ = [
    "BASIC_RESPONSE",
    "RawBasicResponse",
    "RawCertId",
    "RawEnvelope",
    "RawReason",
    "RawResponseBytes",
    "RawRevoked",
    "RawSingle",
    "RawTbsResponse",
    "read_basic_response",
    "read_envelope",
]

BASIC_RESPONSE = ObjectIdentifier("1.3.6.1.5.5.7.48.1.1")
"""id-pkix-ocsp-basic: the only response type there is."""


@asn1.sequence
class RawResponseBytes:
    """ResponseBytes."""

    response_type: ObjectIdentifier
    response: bytes


@asn1.sequence
class RawEnvelope:
    """OCSPResponse. `status` is an ENUMERATED."""

    status: asn1.TLV
    response_bytes: Annotated[RawResponseBytes | None, asn1.Explicit(0)]


@asn1.sequence
class RawCertId:
    """CertID. `algorithm` is the AlgorithmIdentifier of the hashes."""

    algorithm: asn1.TLV
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial: int


@asn1.sequence
class RawReason:
    """The explicit tag around a CRLReason; `value` is an ENUMERATED."""

    value: asn1.TLV


@asn1.sequence
class RawRevoked:
    """RevokedInfo."""

    time: asn1.GeneralizedTime
    reason: Annotated[RawReason | None, asn1.Implicit(0)]


@asn1.sequence
class RawSingle:
    """SingleResponse."""

    cert_id: RawCertId
    status: (
        Annotated[asn1.Variant[asn1.Null, Literal["good"]], asn1.Implicit(0)]
        | Annotated[asn1.Variant[RawRevoked, Literal["revoked"]], asn1.Implicit(1)]
        | Annotated[asn1.Variant[asn1.Null, Literal["unknown"]], asn1.Implicit(2)]
    )
    this_update: asn1.GeneralizedTime
    next_update: Annotated[asn1.GeneralizedTime | None, asn1.Explicit(0)]
    extensions: Annotated[list[RawExtension] | None, asn1.Explicit(1)]


@asn1.sequence
class RawTbsResponse:
    """ResponseData. `responder` is a Name or the SHA-1 of the responder's key."""

    version: Annotated[int, asn1.Explicit(0), asn1.Default(0)]
    responder: (
        Annotated[asn1.Variant[asn1.TLV, Literal["name"]], asn1.Explicit(1)]
        | Annotated[asn1.Variant[bytes, Literal["key"]], asn1.Explicit(2)]
    )
    produced_at: asn1.GeneralizedTime
    responses: list[asn1.TLV]
    extensions: Annotated[list[RawExtension] | None, asn1.Explicit(1)]


@asn1.sequence
class RawBasicResponse:
    """BasicOCSPResponse. `tbs` stays as encoded, because that is what is signed."""

    tbs: asn1.TLV
    signature_algorithm: asn1.TLV
    signature: asn1.BitString
    certificates: Annotated[list[asn1.TLV] | None, asn1.Explicit(0)]


def read_envelope(der: bytes) -> RawEnvelope:
    """Read the outermost structure. Raises Malformed."""
    try:
        return asn1.decode_der(RawEnvelope, der)
    except ValueError as error:
        raise Malformed(f"not a DER OCSP response: {error}") from error


def read_basic_response(der: bytes) -> RawBasicResponse:
    """Read a BasicOCSPResponse. Raises Malformed."""
    try:
        return asn1.decode_der(RawBasicResponse, der)
    except ValueError as error:
        raise Malformed(f"the OCSP response's body cannot be read: {error}") from error
