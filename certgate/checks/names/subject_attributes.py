"""The attributes of a subject: their names, order and encodings."""

from collections.abc import Iterator, Mapping
from itertools import chain
from types import MappingProxyType

from certgate.checks.framework.subjects import CertificateInRole
from certgate.model.frozen import frozen
from certgate.x509.rdn import IA5_STRING, PRINTABLE_STRING, UTF8_STRING, Attribute

__all__ = ["EV_ATTRIBUTES", "FORMS", "ORDER", "RFC_5280_LENGTHS", "Form", "attribute_name", "attributes"]

_TEXT = frozenset({UTF8_STRING, PRINTABLE_STRING})


@frozen(slots=True)
class Form:
    """The name of an attribute, and its encoding by BR §7.1.4.2."""

    name: str
    tags: frozenset[int]
    longest: int | None


_ORDERED: Mapping[str, Form] = MappingProxyType(
    {
        "0.9.2342.19200300.100.1.25": Form("DC", frozenset({IA5_STRING}), 63),
        "2.5.4.6": Form("C", frozenset({PRINTABLE_STRING}), 2),
        "2.5.4.8": Form("ST", _TEXT, 128),
        "2.5.4.7": Form("L", _TEXT, 128),
        "2.5.4.17": Form("postalCode", _TEXT, 40),
        "2.5.4.9": Form("street", _TEXT, 128),
        "2.5.4.10": Form("O", _TEXT, 64),
        "2.5.4.4": Form("SN", _TEXT, 64),
        "2.5.4.42": Form("GN", _TEXT, 64),
        "2.5.4.11": Form("OU", _TEXT, 64),
        "2.5.4.3": Form("CN", _TEXT, 64),
    }
)
_UNORDERED: Mapping[str, Form] = MappingProxyType(
    {
        "2.5.4.15": Form("businessCategory", _TEXT, 128),
        "1.3.6.1.4.1.311.60.2.1.3": Form("jurisdictionC", frozenset({PRINTABLE_STRING}), 2),
        "1.3.6.1.4.1.311.60.2.1.2": Form("jurisdictionST", _TEXT, 128),
        "1.3.6.1.4.1.311.60.2.1.1": Form("jurisdictionL", _TEXT, 128),
        "2.5.4.5": Form("serialNumber", frozenset({PRINTABLE_STRING}), 64),
        "2.5.4.97": Form("organizationIdentifier", _TEXT, None),
    }
)
FORMS: Mapping[str, Form] = MappingProxyType({**_ORDERED, **_UNORDERED})
"""The encoding of each attribute, by OID."""
EV_ATTRIBUTES = frozenset(form.name for form in _UNORDERED.values())
"""The attributes that only EV certificates usually have, by name."""
RFC_5280_LENGTHS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "2.5.4.3": ("CN", 64),
        "2.5.4.5": ("serialNumber", 64),
        "2.5.4.7": ("L", 128),
        "2.5.4.8": ("ST", 128),
        "2.5.4.10": ("O", 64),
        "2.5.4.11": ("OU", 64),
        "2.5.4.12": ("title", 64),
        "2.5.4.65": ("pseudonym", 128),
        "1.2.840.113549.1.9.1": ("emailAddress", 255),
    }
)
"""The upper bounds of RFC 5280, appendix A.1, that have the same number everywhere: by OID, name and characters."""
ORDER = tuple(_ORDERED)
"""The attributes with a required order, by OID."""


def attributes(subject: CertificateInRole) -> Iterator[Attribute]:
    """The attributes of the subject, in order. Raises Malformed."""
    return chain.from_iterable(subject.certificate.subject.attributes)


def attribute_name(attribute: Attribute) -> str:
    """The usual short name of the attribute's type, or else its OID."""
    form = FORMS.get(attribute.oid)
    return form.name if form else attribute.oid
