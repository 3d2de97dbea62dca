"""The outer structure of a certificate: the position of each part (RFC 5280 §4.1)."""

from typing import NamedTuple

from certgate.x509.der import SEQUENCE, Element, NotDer, elements, sequence

__all__ = ["Frame", "read_frame"]

_VERSION, _ISSUER_ID, _SUBJECT_ID, _EXTENSIONS = 0xA0, 0x81, 0x82, 0xA3
_FIXED = 6
"""The number of parts that every TBSCertificate has."""


class Frame(NamedTuple):
    """The parts of a certificate as encoded; None for an absent optional part."""

    tbs: Element
    algorithm: Element
    signature: Element
    version: Element | None
    serial: Element
    tbs_algorithm: Element
    issuer: Element
    validity: Element
    subject: Element
    spki: Element
    issuer_id: Element | None
    subject_id: Element | None
    extensions: Element | None
    surplus: int
    """The number of elements of the TBSCertificate that no version defines or that are out of order."""


def read_frame(der: bytes) -> Frame:
    """Split a certificate into its parts. Raises NotDer if that fails: then it is not a certificate."""
    outer = sequence(der)
    if len(outer) != 3 or outer[0].tag != SEQUENCE:
        raise NotDer("it is not a SEQUENCE of the signed part, the algorithm and the signature")
    parts = elements(outer[0].content)
    version = parts.pop(0) if parts and parts[0].tag == _VERSION else None
    if len(parts) < _FIXED or [part[0] for part in parts[2:_FIXED]] != [SEQUENCE] * 4:
        raise NotDer("the signed part is not that of a certificate")
    rest = parts[_FIXED:]
    optional = [_taken(rest, tag) for tag in (_ISSUER_ID, _SUBJECT_ID, _EXTENSIONS)]
    return Frame._make((*outer, version, *parts[:_FIXED], *optional, len(rest)))


def _taken(rest: list[Element], tag: int) -> Element | None:
    return rest.pop(0) if rest and rest[0].tag == tag else None
