"""A distinguished name's attributes as encoded: grouping, order and string types."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat import asn1

from certgate.x509.der import wrapped
from certgate.x509.errors import Malformed

__all__ = ["IA5_STRING", "PRINTABLE_STRING", "UTF8_STRING", "Attribute", "read_rdns"]

UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
IA5_STRING = 0x16


@asn1.sequence
class _TypeAndValue:
    type: x509.ObjectIdentifier
    value: asn1.TLV


@asn1.sequence
class _Name:
    rdns: list[asn1.SetOf[_TypeAndValue]]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: dotted OID, the tag of its string type, and its content."""

    oid: str
    tag: int
    content: bytes

    @property
    def text(self) -> str:
        """The content as UTF-8; what is none, escaped."""
        return self.content.decode("utf-8", "backslashreplace")


def read_rdns(name: bytes) -> tuple[tuple[Attribute, ...], ...]:
    """The RDNs in the DER of a Name, each with its attributes. Raises Malformed."""
    try:
        rdns = asn1.decode_der(_Name, wrapped(name)).rdns
    except ValueError as error:
        raise Malformed(f"a distinguished name cannot be read: {error}") from error
    return tuple(
        tuple(Attribute(a.type.dotted_string, a.value.tag_bytes[0], bytes(a.value.data)) for a in rdn.as_list())
        for rdn in rdns
    )
