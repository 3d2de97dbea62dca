"""A reader and a writer of DER elements.

Lengths and tags are held to DER; what an element means is for its reader to say, so that one part that is wrong does
not hide the others. Nothing here recurses: nesting is bounded by the depth that a reader asks for.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, NamedTuple, TypeVar

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from certgate.x509.errors import Malformed

__all__ = [
    "Element",
    "NotDer",
    "RawCertificate",
    "RawExtension",
    "RawTbs",
    "bits",
    "boolean",
    "content_of",
    "dotted",
    "elements",
    "encoded",
    "guarded",
    "integer",
    "number",
    "oid",
    "only",
    "read_certificate",
    "sequence",
    "wrapped",
]

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, ENUMERATED, SEQUENCE, SET = 1, 2, 3, 4, 5, 6, 10, 0x30, 0x31
"""Tags, including the bit for constructed elements."""
_LONGEST_OID = 256

R = TypeVar("R")


class NotDer(ValueError):
    """Bytes that are not the expected DER. The message gives the reason, with "it" as the subject."""


class Element(NamedTuple):
    """One element: its tag octet, its content, and all of it as encoded."""

    tag: int
    content: bytes
    der: bytes


_new = tuple.__new__


def guarded(what: str, load: Callable[[], R]) -> R:
    """Read untrusted bytes. Raises Malformed about `what`, whatever the reader or a library raises; no library text.

    A panic in the library's Rust code derives from BaseException.
    """
    try:
        return load()
    except (Malformed, MemoryError):
        raise
    except NotDer as error:
        raise Malformed(f"{what} cannot be read: {error}") from error
    except Exception as error:
        raise Malformed(f"{what} cannot be read") from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise Malformed(f"{what} cannot be read") from error
        raise


def elements(data: bytes) -> list[Element]:
    """The consecutive elements in `data`. Raises NotDer."""
    found = []
    start, end = 0, len(data)
    while start < end:
        try:
            tag, size = data[start], data[start + 1]
        except IndexError:
            raise NotDer("it is truncated") from None
        at = start + 2
        if size >= 0x80:
            size, at = _long_size(data, at, size & 0x7F)
        stop = at + size
        if stop > end or tag & 0x1F == 0x1F:
            raise NotDer("it is truncated" if stop > end else "it has a tag of several octets")
        found.append(_new(Element, (tag, data[at:stop], data[start:stop])))
        start = stop
    return found


def _long_size(data: bytes, at: int, count: int) -> tuple[int, int]:
    octets = data[at : at + count]
    if not count:
        raise NotDer("it has an indefinite length, which DER does not allow")
    if len(octets) < count:
        raise NotDer("it is truncated")
    size = int.from_bytes(octets, "big")
    if size < 0x80 or not octets[0]:
        raise NotDer("it has a length with superfluous octets")
    return size, at + count


def only(data: bytes, tag: int) -> bytes:
    """The content of `data`, which is exactly one element with this tag. Raises NotDer."""
    try:
        found, at = data[0], 2
        size = data[1]
    except IndexError:
        raise NotDer("it is truncated" if data else "it is empty") from None
    if size >= 0x80:
        size, at = _long_size(data, at, size & 0x7F)
    if found != tag:
        raise NotDer(f"it is not {_NAMES.get(tag) or f'of the tag {tag:#x}'}, but has the tag {found:#x}")
    if surplus := len(data) - at - size:
        raise NotDer(f"{surplus} octets follow it" if surplus > 0 else "it is truncated")
    return data[at:]


def sequence(data: bytes) -> list[Element]:
    """The elements in `data`, which is exactly one SEQUENCE. Raises NotDer."""
    return elements(only(data, SEQUENCE))


def content_of(element: Element, tag: int) -> bytes:
    """The content of an element that must have this tag. Raises NotDer."""
    if element[0] != tag:
        raise NotDer(f"it is not {_NAMES.get(tag) or f'of the tag {tag:#x}'}, but has the tag {element.tag:#x}")
    return element[1]


_NAMES = {
    BOOLEAN: "a BOOLEAN",
    INTEGER: "an INTEGER",
    BIT_STRING: "a BIT STRING",
    ENUMERATED: "an ENUMERATED",
    OCTET_STRING: "an OCTET STRING",
    OID: "an OBJECT IDENTIFIER",
    SEQUENCE: "a SEQUENCE",
    SET: "a SET",
}


def integer(element: Element) -> int:
    """The value of an INTEGER. Raises NotDer."""
    return number(content_of(element, INTEGER))


def number(content: bytes) -> int:
    """The value of an INTEGER's content. Raises NotDer."""
    if not content:
        raise NotDer("it is a number without octets")
    if len(content) > 1 and ((content[0] == 0 and content[1] < 0x80) or (content[0] == 0xFF and content[1] >= 0x80)):
        raise NotDer("it is a number with superfluous octets")
    return int.from_bytes(content, "big", signed=True)


def boolean(element: Element) -> bool:
    """The value of a BOOLEAN; everything except zero is true, as in OpenSSL. Raises NotDer."""
    content = content_of(element, BOOLEAN)
    if len(content) != 1:
        raise NotDer("it is a BOOLEAN that does not have exactly one octet")
    return content != b"\0"


def bits(content: bytes) -> tuple[bytes, int]:
    """The octets of a BIT STRING's content, and the number of unused bits in the last. Raises NotDer."""
    if not content:
        raise NotDer("it is a BIT STRING without octets")
    unused = content[0]
    if unused > 7 or (unused and len(content) == 1) or (unused and content[-1] & ((1 << unused) - 1)):
        raise NotDer("it is a BIT STRING with wrong unused bits")
    return content[1:], unused


def oid(element: Element) -> str:
    """An OBJECT IDENTIFIER in dotted form. Raises NotDer."""
    return dotted(content_of(element, OID))


@lru_cache(maxsize=4096)
def dotted(content: bytes) -> str:
    """The dotted form of an OBJECT IDENTIFIER's content. Raises NotDer."""
    if not content or content[-1] & 0x80 or len(content) > _LONGEST_OID:
        raise NotDer("it is not a valid OBJECT IDENTIFIER")
    arcs: list[int] = []
    value, begins = 0, True
    for octet in content:
        if begins and octet == 0x80:
            raise NotDer("it is an OBJECT IDENTIFIER with superfluous octets")
        value = value << 7 | octet & 0x7F
        begins = octet < 0x80
        if begins:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def encoded(tag: bytes, contents: bytes) -> bytes:
    """The DER of an element with this tag and these contents."""
    size = len(contents)
    if size < 0x80:
        length = bytes([size])
    else:
        octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(octets)]) + octets
    return tag + length + contents


# --- for the library's typed reader and writer ---


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


def read_certificate(der: bytes) -> RawCertificate:
    """The certificate with its parts as encoded, which can be changed and encoded again. Raises Malformed."""
    return guarded("the certificate", lambda: asn1.decode_der(RawCertificate, der))


def wrapped(der: bytes) -> bytes:
    """A SEQUENCE of one element: the library decodes a SEQUENCE OF only as a field. Raises ValueError."""
    return asn1.encode_der(_Wrapped(element=asn1.decode_der(asn1.TLV, der)))
