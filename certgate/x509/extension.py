"""Extensions of a certificate, each read on its own (RFC 5280 §4.2.1).

A value that has not the syntax of its type raises NotDer, here and nowhere else; what the values mean is for checks.
"""

from typing import NamedTuple, NoReturn

from certgate.x509.der import (
    BIT_STRING,
    BOOLEAN,
    OCTET_STRING,
    SEQUENCE,
    Element,
    NotDer,
    bits,
    boolean,
    content_of,
    elements,
    integer,
    oid,
    only,
    sequence,
)
from certgate.x509.general_names import GeneralName, read_general_name

__all__ = [
    "AccessDescription",
    "AuthorityKeyIdentifier",
    "BasicConstraints",
    "Extension",
    "PolicyInformation",
    "Qualifier",
    "Withheld",
    "read_access_descriptions",
    "read_authority_key_identifier",
    "read_basic_constraints",
    "read_crl_names",
    "read_extension",
    "read_key_identifier",
    "read_key_usage",
    "read_numbers",
    "read_oids",
    "read_policies",
    "tagged",
]

_CPS = "1.3.6.1.5.5.7.2.1"
_KEY_USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
"""Names of key usages by bit number (RFC 5280 §4.2.1.3)."""


class Extension:
    """One extension as encoded. `value` is the DER inside the OCTET STRING."""

    __slots__ = ("critical", "flag", "oid", "problem", "value")

    def __init__(self, oid: str, critical: bool, value: bytes, problem: str = "", flag: bytes = b"") -> None:
        self.oid = oid
        self.critical = critical
        self.flag = flag
        """The content of the BOOLEAN critical, which may be encoded even if it is false; empty if it is not."""
        self.value = value
        self.problem = problem
        """Why it is not a valid extension; it then counts as critical, and its value may be empty."""


class Withheld(Extension):
    """An extension whose value is about one certificate alone; who has only this has no value."""

    __slots__ = ()

    def __init__(self, oid: str, critical: bool, flag: bytes, problem: str) -> None:
        self.oid = oid
        self.critical = critical
        self.flag = flag
        self.problem = problem

    @property
    def value(self) -> NoReturn:  # type: ignore[override]
        """Raises TypeError."""
        raise TypeError(f"the value of {self.oid} is withheld")


class BasicConstraints(NamedTuple):
    """RFC 5280 §4.2.1.9."""

    ca: bool
    path_length: int | None


class AuthorityKeyIdentifier(NamedTuple):
    """RFC 5280 §4.2.1.1."""

    key_identifier: bytes | None
    authority_cert_issuer: bytes | None
    """As encoded."""
    authority_cert_serial_number: bytes | None
    """As encoded."""


class Qualifier(NamedTuple):
    """A policy qualifier: its OID, and its URL if it is a CPS pointer."""

    oid: str
    address: str | None


class PolicyInformation(NamedTuple):
    """RFC 5280 §4.2.1.4."""

    oid: str
    qualifiers: tuple[Qualifier, ...]


class AccessDescription(NamedTuple):
    """RFC 5280 §4.2.2.1."""

    method: str
    location: GeneralName


def read_extension(entry: Element) -> Extension:
    """One entry of the list of extensions. Raises NotDer if its OID is unreadable."""
    id, *rest = elements(content_of(entry, SEQUENCE)) or [entry]
    name, critical, flag, problem = oid(id), False, b"", ""
    try:
        if rest and rest[0].tag == BOOLEAN:
            critical, flag = boolean(rest[0]), rest.pop(0).content
            problem = "" if flag in {b"\0", b"\xff"} else "its flag critical is a BOOLEAN other than 00 and FF"
        if len(rest) == 1:
            return Extension(name, critical, content_of(rest[0], OCTET_STRING), problem, flag)
        problem = "it is not an OID, a flag and a value"
    except NotDer as error:
        problem = str(error)
    return Extension(name, True, b"", problem)


def read_basic_constraints(value: bytes) -> BasicConstraints:
    """BasicConstraints; cA FALSE may be encoded explicitly. Raises NotDer."""
    parts = sequence(value)
    ca = boolean(parts.pop(0)) if parts and parts[0].tag == BOOLEAN else False
    length = integer(parts.pop(0)) if parts else None
    if parts or (length is not None and length < 0):
        raise NotDer("it is not a flag and a path length")
    return BasicConstraints(ca, length)


def read_key_usage(value: bytes) -> frozenset[str]:
    """The names of the bits that are set. Raises NotDer."""
    octets, _ = bits(only(value, BIT_STRING))
    return frozenset(
        name for at, name in enumerate(_KEY_USAGES) if at // 8 < len(octets) and octets[at // 8] & 0x80 >> at % 8
    )


def read_oids(value: bytes) -> tuple[str, ...]:
    """A SEQUENCE OF OBJECT IDENTIFIER. Raises NotDer."""
    return tuple(map(oid, sequence(value)))


def read_numbers(value: bytes) -> tuple[int, ...]:
    """A SEQUENCE OF INTEGER. Raises NotDer."""
    return tuple(map(integer, sequence(value)))


def read_key_identifier(value: bytes) -> bytes:
    """SubjectKeyIdentifier. Raises NotDer."""
    return only(value, OCTET_STRING)


def read_authority_key_identifier(value: bytes) -> AuthorityKeyIdentifier:
    """AuthorityKeyIdentifier. Raises NotDer."""
    parts = sequence(value)
    key, issuer, serial = (tagged(parts, tag) for tag in (0x80, 0xA1, 0x82))
    if parts:
        raise NotDer("it is not a key identifier, an issuer and a serial number")
    return AuthorityKeyIdentifier(key, issuer, serial)


def tagged(parts: list[Element], tag: int) -> bytes | None:
    """The content of the first of `parts` if it has this tag; that element is then removed from `parts`."""
    return parts.pop(0).content if parts and parts[0].tag == tag else None


def read_policies(value: bytes) -> tuple[PolicyInformation, ...]:
    """CertificatePolicies, including qualifiers of unknown types. Raises NotDer."""
    return tuple(_policy(content_of(element, SEQUENCE)) for element in sequence(value))


def _policy(content: bytes) -> PolicyInformation:
    parts = elements(content)
    if not 1 <= len(parts) <= 2:
        raise NotDer("a policy in it is not an OID and its qualifiers")
    qualifiers = elements(content_of(parts[1], SEQUENCE)) if len(parts) == 2 else []
    return PolicyInformation(oid(parts[0]), tuple(_qualifier(content_of(q, SEQUENCE)) for q in qualifiers))


def _qualifier(content: bytes) -> Qualifier:
    parts = elements(content)
    if len(parts) != 2:
        raise NotDer("a qualifier in it is not an OID and a value")
    name = oid(parts[0])
    return Qualifier(name, parts[1].content.decode("ascii", "backslashreplace") if name == _CPS else None)


def read_access_descriptions(value: bytes) -> tuple[AccessDescription, ...]:
    """AuthorityInfoAccessSyntax. Raises NotDer."""
    found = []
    for element in sequence(value):
        parts = elements(content_of(element, SEQUENCE))
        if len(parts) != 2:
            raise NotDer("an entry of it is not a method and a location")
        found.append(AccessDescription(oid(parts[0]), read_general_name(parts[1])))
    return tuple(found)


def _full_name(content: bytes) -> list[Element]:
    """The names in a DistributionPointName, none if it is relative to the CRL issuer. Raises NotDer."""
    parts = elements(content)
    if len(parts) != 1 or parts[0].tag not in {0xA0, 0xA1}:
        raise NotDer("an entry of it has a name that is neither full nor relative")
    return elements(parts[0].content) if parts[0].tag == 0xA0 else []


def read_crl_names(value: bytes) -> tuple[GeneralName, ...]:
    """The full names of CRLDistributionPoints. Raises NotDer."""
    found: list[GeneralName] = []
    for element in sequence(value):
        parts = elements(content_of(element, SEQUENCE))
        name = tagged(parts, 0xA0)
        if (tagged(parts, 0x81), tagged(parts, 0xA2)) and parts:
            raise NotDer("an entry of it is not a name, reasons and an issuer")
        found += map(read_general_name, _full_name(name) if name is not None else ())
    return tuple(found)
