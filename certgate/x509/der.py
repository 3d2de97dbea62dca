"""The outer ASN.1 of a certificate, read without interpreting what is inside.

`cryptography` reads all extensions or none; this layer sees each one by itself, twice-written ones included.
"""

from typing import Annotated

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from certgate.x509.errors import Malformed

__all__ = ["RawCertificate", "RawExtension", "RawTbs", "encoded", "read_certificate", "tlv", "wrapped"]


@asn1.sequence
class RawExtension:
    """RFC 5280 §4.1: `extn_value` is the DER inside the OCTET STRING."""

    extn_id: ObjectIdentifier
    critical: Annotated[bool, asn1.Default(False)]
    extn_value: bytes


@asn1.sequence
class RawTbs:
    """RFC 5280 §4.1.2. `version` is the integer as encoded: 2 means v3."""

    version: Annotated[int, asn1.Explicit(0), asn1.Default(0)]
    serial: int
    signature: asn1.TLV
    issuer: asn1.TLV
    validity: asn1.TLV
    subject: asn1.TLV
    spki: asn1.TLV
    issuer_unique_id: Annotated[asn1.BitString | None, asn1.Implicit(1)]
    subject_unique_id: Annotated[asn1.BitString | None, asn1.Implicit(2)]
    extensions: Annotated[list[RawExtension] | None, asn1.Explicit(3)]


@asn1.sequence
class RawCertificate:
    """RFC 5280 §4.1."""

    tbs: RawTbs
    signature_algorithm: asn1.TLV
    signature: asn1.BitString


@asn1.sequence
class _Wrapped:
    element: asn1.TLV


def wrapped(der: bytes) -> bytes:
    """A SEQUENCE of one element: the library decodes a SEQUENCE OF only as a field. Raises ValueError."""
    return asn1.encode_der(_Wrapped(element=asn1.decode_der(asn1.TLV, der)))


def read_certificate(der: bytes) -> RawCertificate:
    """Read the outer structure. Raises Malformed."""
    try:
        return asn1.decode_der(RawCertificate, der)
    except ValueError as error:
        raise Malformed(f"not a DER certificate: {error}") from error


def tlv(element: asn1.TLV) -> bytes:
    """The element's own DER, tag and length included."""
    return encoded(element.tag_bytes, bytes(element.data))


def encoded(tag: bytes, contents: bytes) -> bytes:
    """The DER of an element with this tag and these contents."""
    size = len(contents)
    if size < 0x80:
        length = bytes([size])
    else:
        octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(octets)]) + octets
    return tag + length + contents
