"""What changes of a certificate are written with: subjects, extensions and names, well-formed or not."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from certgate.lab.pki import make_key
from certgate.lab.scenarios.hostile import SpelledName
from certgate.lab.scenarios.validated import identifier_extension
from certgate.x509.der import encoded

HOST = "www.example.com"
SERVER, CLIENT, ANY = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"
CODE, MAIL, TIME, OCSP = (f"1.3.6.1.5.5.7.3.{last}" for last in (3, 4, 8, 9))
DV, OV, IV, EV, ANY_POLICY = "2.23.140.1.2.1", "2.23.140.1.2.2", "2.23.140.1.2.3", "2.23.140.1.1", "2.5.29.32.0"

Changes = Mapping[str, Any]

key_of = cache(make_key)


def access(*locations: tuple[str, str]) -> x509.AuthorityInformationAccess:
    methods = {"ca": AuthorityInformationAccessOID.CA_ISSUERS, "ocsp": AuthorityInformationAccessOID.OCSP}
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                methods.get(method, x509.ObjectIdentifier("1.2.3")), x509.UniformResourceIdentifier(url)
            )
            for method, url in locations
        ]
    )


AIA = access(("ca", "http://pki.example.com/ca.der"), ("ocsp", "http://ocsp.example.com"))
CRL = x509.CRLDistributionPoints(
    [x509.DistributionPoint([x509.UniformResourceIdentifier("http://crl.example.com/1.crl")], None, None, None)]
)

_OIDS = {
    "C": NameOID.COUNTRY_NAME, "ST": NameOID.STATE_OR_PROVINCE_NAME, "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME, "OU": NameOID.ORGANIZATIONAL_UNIT_NAME, "CN": NameOID.COMMON_NAME,
    "street": NameOID.STREET_ADDRESS, "postalCode": NameOID.POSTAL_CODE, "serialNumber": NameOID.SERIAL_NUMBER,
    "givenName": NameOID.GIVEN_NAME, "surname": NameOID.SURNAME, "emailAddress": NameOID.EMAIL_ADDRESS,
    "businessCategory": NameOID.BUSINESS_CATEGORY, "jurisdictionC": NameOID.JURISDICTION_COUNTRY_NAME,
    "jurisdictionST": NameOID.JURISDICTION_STATE_OR_PROVINCE_NAME,
    "jurisdictionL": NameOID.JURISDICTION_LOCALITY_NAME, "orgId": NameOID.ORGANIZATION_IDENTIFIER,
    "DC": NameOID.DOMAIN_COMPONENT, "title": NameOID.TITLE,
}  # fmt: skip
_PRINTABLE = frozenset({"C", "serialNumber", "jurisdictionC"})


def name_of(*attributes: tuple[str, str] | tuple[str, int, bytes]) -> x509.Name:
    """A name with these attributes in this order: text, or a tag with its content."""
    return _Spelled(*(_attribute(*attribute) for attribute in attributes))


class _Spelled(SpelledName):
    """A name that knows whether it has attributes, so that the subjectAltName is critical only for an empty one."""

    def __init__(self, *attributes: tuple[x509.ObjectIdentifier, int, bytes]) -> None:
        super().__init__(*attributes)
        self._oids = [oid for oid, _, _ in attributes]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._oids)


def _attribute(short: str, value: Any, content: bytes | None = None) -> tuple[x509.ObjectIdentifier, int, bytes]:
    if content is not None:
        return _OIDS[short], value, content
    tag = 0x13 if short in _PRINTABLE else 0x16 if short in {"emailAddress", "DC"} else 0x0C
    return _OIDS[short], tag, value.encode()


OV_NAME = (("C", "DE"), ("ST", "Berlin"), ("L", "Berlin"), ("O", "Lab GmbH"))
IV_NAME = (("C", "DE"), ("ST", "Berlin"), ("L", "Berlin"), ("givenName", "Ada"), ("surname", "Lovelace"))
EV_NAME = (
    ("businessCategory", "Private Organization"),
    ("jurisdictionC", "DE"),
    ("serialNumber", "HRB 1"),
    ("C", "DE"),
    ("L", "Berlin"),
    ("O", "Lab GmbH"),
)
SUBJECTS: Mapping[str, Changes] = {
    "dv": {"subject": name_of(("CN", HOST)), "policies": (DV,)},
    "ov": {"subject": name_of(*OV_NAME), "policies": (OV,)},
    "iv": {"subject": name_of(*IV_NAME), "policies": (IV,)},
    "ev": {"subject": name_of(*EV_NAME), "policies": (EV,)},
}


def subject(policy: str, base: tuple[Any, ...], **changes: Any) -> Changes:
    """A subject with attributes replaced, left out (None) or added at the end."""
    attributes = [(k, changes.get(k, v)) for k, v in base if changes.get(k, v) is not None]
    attributes += [(k, v) for k, v in changes.items() if v is not None and k not in dict(base)]
    flat = [(k, *v) if isinstance(v, tuple) else (k, v) for k, v in attributes]
    return {"subject": name_of(*flat), "policies": (policy,)}


def registered(identifier: str, other: str | None) -> Changes:
    more = () if other is None else (("2.23.140.3.1", False, identifier_extension(other)),)
    return {**subject(EV, EV_NAME, orgId=identifier), "raw_extensions": more}


def lifetime(year: int, month: int, day: int, days: float) -> Changes:
    return {"not_before": datetime(year, month, day, tzinfo=UTC), "days": days}


def extension(value: x509.ExtensionType, critical: bool = False) -> Changes:
    return {"extensions": {type(value): (value, critical)}}


def no_extension(*kinds: type[x509.ExtensionType]) -> Changes:
    return {"extensions": dict.fromkeys(kinds)}


def raw(oid: str, value: bytes, critical: bool = False, instead: type[x509.ExtensionType] | None = None) -> Changes:
    found: dict[str, Any] = {"raw_extensions": ((oid, critical, value),)}
    return found | ({"extensions": {instead: None}} if instead else {})


def san(*names: Any) -> Changes:
    return {"sans": (HOST, *names)}


def sans_of(der: bytes) -> Changes:
    return {"sans": (), **raw("2.5.29.17", encoded(b"\x30", der))}


def usage(*bits: str) -> Changes:
    return {"key_usage": bits}


def usage_bits(content: bytes) -> Changes:
    return {"key_usage": (), **raw("2.5.29.15", encoded(b"\x03", content), True)}


def points(*each: x509.DistributionPoint, critical: bool = False) -> Changes:
    return extension(x509.CRLDistributionPoints(each), critical)


def point(*urls: str, **more: Any) -> x509.DistributionPoint:
    names = [x509.UniformResourceIdentifier(url) for url in urls] or None
    return x509.DistributionPoint(names, None, more.get("reasons"), more.get("issuer"))


def policies(*each: tuple[str, list[Any] | None], critical: bool = False) -> Changes:
    found = [x509.PolicyInformation(x509.ObjectIdentifier(oid), qualifiers) for oid, qualifiers in each]
    return {"policies": (), **extension(x509.CertificatePolicies(found), critical)}
