"""The parts of a CRL as encoded (RFC 5280 §5.1)."""

from typing import NamedTuple

from certgate.x509.crl_entries import Entries
from certgate.x509.der import INTEGER, SEQUENCE, Element, NotDer, elements, encoded, integer, sequence

__all__ = ["CrlFrame", "looks_like_crl", "read_crl_frame"]

_TIMES = frozenset({0x17, 0x18})
_EXTENSIONS = 0xA0


class CrlFrame(NamedTuple):
    """CertificateList and the TBSCertList in it."""

    version: int | None
    """None if it is not encoded, as in version 1."""
    algorithm: bytes
    """That of the signed part."""
    outer_algorithm: bytes
    issuer: bytes
    this_update: Element
    next_update: Element | None
    has_list: bool
    """Whether revokedCertificates is present, empty or not."""
    entries: Entries
    extensions: bytes


def read_crl_frame(der: bytes) -> CrlFrame:
    """Split the CRL into its parts. Raises NotDer if that fails: then it is not a CRL."""
    outer = sequence(der)
    if len(outer) != 3 or outer[0].tag != SEQUENCE:
        raise NotDer("it is not a SEQUENCE of the signed part, the algorithm and the signature")
    parts = elements(outer[0].content)
    version = integer(parts.pop(0)) + 1 if parts and parts[0].tag == INTEGER else None
    head, rest = parts[:3], parts[3:]
    if not _is_head(head):
        raise NotDer("the signed part is not that of a CRL")
    end = rest.pop(0) if rest and rest[0].tag in _TIMES else None
    entries = rest.pop(0) if rest and rest[0].tag == SEQUENCE else None
    extensions = rest.pop(0).content if rest and rest[0].tag == _EXTENSIONS else b""
    if rest:
        raise NotDer("the signed part has unknown elements")
    stop = len(der) - len(outer[1].der) - len(outer[2].der) - (len(extensions) and _size(extensions))
    found = Entries(der, stop - len(entries.content), stop) if entries else Entries(der, 0, 0)
    listed = entries is not None
    return CrlFrame(version, head[0].der, outer[1].der, head[1].der, head[2], end, listed, found, extensions)


def looks_like_crl(der: bytes) -> bool:
    """Whether it begins as a CRL does: where a certificate has its validity, there is a time. Never raises."""
    try:
        parts = elements(sequence(der)[0].content)
    except (NotDer, IndexError):
        return False
    return _is_head(parts[1:4] if parts and parts[0].tag == INTEGER else parts[:3])


def _is_head(head: list[Element]) -> bool:
    """Whether these are the algorithm, the issuer and thisUpdate."""
    return len(head) == 3 and [part.tag for part in head[:2]] == [SEQUENCE, SEQUENCE] and head[2].tag in _TIMES


def _size(content: bytes) -> int:
    """The size in octets of an element with this content."""
    return len(encoded(b"\0", content))
