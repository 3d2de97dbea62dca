"""Distribution points of certificates and CRLs (RFC 5280 §4.2.1.13, §5.2.5)."""

from typing import NamedTuple

from certgate.x509.der import SEQUENCE, NotDer, bits, content_of, elements, encoded, guarded, only, sequence
from certgate.x509.extension import tagged
from certgate.x509.general_names import GeneralName, read_general_name
from certgate.x509.name import Name

__all__ = ["ALL_REASONS", "CrlScope", "DistributionPoint", "PointName", "read_crl_scope", "read_distribution_points"]

_REASONS = (
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "aACompromise",
)
"""ReasonFlags from bit 1 on; bit 0 is unused."""
ALL_REASONS = frozenset(_REASONS)


class PointName(NamedTuple):
    """DistributionPointName: full names, or a name relative to the CRL issuer's."""

    full: tuple[GeneralName, ...] = ()
    relative: bytes | None = None
    """The content of a RelativeDistinguishedName."""

    def made_absolute(self, base: Name) -> tuple[GeneralName, ...]:
        """All names in full, with `base` as the CRL issuer's name. Raises Malformed if `base` is unreadable."""
        if self.relative is None:
            return self.full
        rdns = guarded("the CRL issuer's name", lambda: only(base.der, SEQUENCE)) + encoded(b"\x31", self.relative)
        return (GeneralName("DirName", Name(encoded(b"\x30", rdns))),)


class DistributionPoint(NamedTuple):
    """One entry of cRLDistributionPoints."""

    name: PointName
    reasons: frozenset[str]
    """The reasons that its CRLs cover; all if it names none."""
    issuers: tuple[Name, ...]
    """The directory names in cRLIssuer; empty if the certificate's issuer issues the CRL."""


class CrlScope(NamedTuple):
    """issuingDistributionPoint."""

    name: PointName
    only_user_certificates: bool
    only_ca_certificates: bool
    only_attribute_certificates: bool
    reasons: frozenset[str]
    """The reasons that the CRL covers; all if it names none."""
    indirect: bool
    """Whether entries may be about certificates of other issuers."""


def read_distribution_points(value: bytes) -> tuple[DistributionPoint, ...]:
    """The entries of cRLDistributionPoints. Raises NotDer."""
    return tuple(_point(content_of(element, SEQUENCE)) for element in sequence(value))


def read_crl_scope(value: bytes) -> CrlScope:
    """The value of issuingDistributionPoint. Raises NotDer."""
    parts = sequence(value)
    if not parts:
        raise NotDer("it is empty")
    name, users, cas, reasons, indirect, attributes = (
        tagged(parts, tag) for tag in (0xA0, 0x81, 0x82, 0x83, 0x84, 0x85)
    )
    if parts:
        raise NotDer("it is not a name, reasons and flags")
    return CrlScope(_name(name), _flag(users), _flag(cas), _flag(attributes), _reasons(reasons), _flag(indirect))


def _point(content: bytes) -> DistributionPoint:
    parts = elements(content)
    name, reasons, issuers = (tagged(parts, tag) for tag in (0xA0, 0x81, 0xA2))
    if parts:
        raise NotDer("an entry of it is not a name, reasons and an issuer")
    by = (read_general_name(element).value for element in elements(issuers or b""))
    return DistributionPoint(_name(name), _reasons(reasons), tuple(n for n in by if isinstance(n, Name)))


def _name(content: bytes | None) -> PointName:
    parts = elements(content or b"")
    full, relative = (tagged(parts, tag) for tag in (0xA0, 0xA1))
    if parts:
        raise NotDer("a name in it is neither full nor relative")
    return PointName(tuple(map(read_general_name, elements(full or b""))), relative)


def _reasons(content: bytes | None) -> frozenset[str]:
    if content is None:
        return ALL_REASONS
    octets, _ = bits(content)
    return frozenset(
        r for at, r in enumerate(_REASONS, 1) if at // 8 < len(octets) and octets[at // 8] & 0x80 >> at % 8
    )


def _flag(content: bytes | None) -> bool:
    if content is not None and len(content) != 1:
        raise NotDer("a flag does not have exactly one octet")
    return content not in {None, b"\0"}
