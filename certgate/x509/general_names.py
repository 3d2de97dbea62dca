"""Subject alternative names of all nine types, as encoded: the library refuses a list that holds a rare one."""

from dataclasses import dataclass
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat import asn1

from certgate.x509.der import tlv, wrapped
from certgate.x509.errors import Malformed
from certgate.x509.name import Name

__all__ = ["KINDS", "GeneralName", "read_general_names"]

KINDS = ("otherName", "email", "DNS", "X400Name", "DirName", "EdiPartyName", "URI", "IP", "RID")
"""What OpenSSL calls the types, by tag number (RFC 5280 §4.2.1.6)."""


@asn1.sequence
class _List:
    entries: list[asn1.TLV]


@dataclass(frozen=True, slots=True)
class GeneralName:
    """One name: its type, and its content as text; in hexadecimal where the content is no text. All foreign."""

    kind: str
    text: str

    def __str__(self) -> str:
        """As OpenSSL shows it: DNS:a.example."""
        return f"{self.kind}:{self.text}"


def read_general_names(value: bytes) -> tuple[GeneralName, ...]:
    """The names in the DER of a GeneralNames. Raises Malformed."""
    try:
        entries = asn1.decode_der(_List, wrapped(value)).entries
    except ValueError as error:
        raise Malformed(f"the alternative names cannot be read: {error}") from error
    return tuple(_read(entry) for entry in entries)


def _read(entry: asn1.TLV) -> GeneralName:
    tag, content = entry.tag_bytes[0], bytes(entry.data)
    number = tag & 0x1F
    if tag & 0xC0 != 0x80 or number >= len(KINDS):
        return GeneralName(f"tag {tag:#x}", content.hex())
    kind = KINDS[number]
    return GeneralName(kind, _text(kind, content, entry))


def _text(kind: str, content: bytes, entry: asn1.TLV) -> str:
    if kind in {"DNS", "URI", "email"}:
        return content.decode("ascii", "backslashreplace")
    if kind == "IP" and len(content) in {4, 16}:
        return str(ip_address(content))
    if kind == "DirName":
        return Name(content).text
    if kind == "RID":
        try:
            return asn1.decode_der(x509.ObjectIdentifier, b"\x06" + tlv(entry)[1:]).dotted_string
        except ValueError:
            return content.hex()
    return content.hex()
