"""A distinguished name's attributes as encoded: grouping, order and string types."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from certgate.x509.der import SEQUENCE, SET, NotDer, content_of, elements, guarded, oid, sequence

__all__ = [
    "BMP_STRING",
    "IA5_STRING",
    "NUMERIC_STRING",
    "PRINTABLE_STRING",
    "T61_STRING",
    "UTF8_STRING",
    "Attribute",
    "read_rdns",
]

UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
IA5_STRING = 0x16
NUMERIC_STRING = 0x12
T61_STRING = 0x14
BMP_STRING = 0x1E
_VISIBLE, _UNIVERSAL = 0x1A, 0x1C
_DECODERS: Mapping[int, Callable[[bytes], str]] = MappingProxyType(
    {
        UTF8_STRING: lambda content: content.decode("utf-8"),
        BMP_STRING: lambda content: content.decode("utf-16-be"),
        _UNIVERSAL: lambda content: content.decode("utf-32-be"),
        **{
            tag: lambda content: content.decode("utf-8")
            for tag in (NUMERIC_STRING, PRINTABLE_STRING, IA5_STRING, _VISIBLE)
        },
        T61_STRING: lambda content: content.decode("latin-1"),
    }
)
"""Decoders for each string type: T61String is read as ISO 8859-1, as clients do."""


class Attribute(NamedTuple):
    """One attribute: dotted OID, the tag of its string type, and its content."""

    oid: str
    tag: int
    content: bytes

    @property
    def value(self) -> str | bytes:
        """Its text, even with characters that the string type forbids; the raw content if it is not text."""
        decode = _DECODERS.get(self.tag)
        if decode is None:
            return self.content
        try:
            return decode(self.content)
        except UnicodeDecodeError:
            return self.content

    @property
    def text(self) -> str:
        """The value as text; octets that are not text are escaped."""
        value = self.value
        return value if isinstance(value, str) else value.decode("utf-8", "backslashreplace")


def read_rdns(name: bytes) -> tuple[tuple[Attribute, ...], ...]:
    """The RDNs in the DER of a Name, each with its attributes. Raises Malformed."""
    return guarded("a distinguished name", lambda: tuple(_rdn(content_of(e, SET)) for e in sequence(name)))


def _rdn(content: bytes) -> tuple[Attribute, ...]:
    return tuple(_attribute(content_of(element, SEQUENCE)) for element in elements(content))


def _attribute(content: bytes) -> Attribute:
    found = elements(content)
    if len(found) != 2:
        raise NotDer("an attribute of it is not a type and a value")
    return Attribute(oid(found[0]), found[1].tag, found[1].content)
