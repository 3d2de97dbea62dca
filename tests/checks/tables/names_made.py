"""Certificates with names of every form, for the table of the family name."""

from base64 import b32encode
from hashlib import sha3_256

from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.lab.scenarios.hostile import SpelledName
from certgate.lab.scenarios.subject import named
from tests.checks.tables.row import cert

__all__ = ["DNS", "SAN", "URI", "ca", "dns", "holding", "leaf", "listed", "mail", "onion", "raw", "spelled", "subject"]

DNS, URI = x509.DNSName, x509.UniformResourceIdentifier
SAN = "2.5.29.17"
_OIDS = {
    "DC": NameOID.DOMAIN_COMPONENT, "C": NameOID.COUNTRY_NAME, "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME, "street": NameOID.STREET_ADDRESS, "O": NameOID.ORGANIZATION_NAME, "SN": NameOID.SURNAME,
    "GN": NameOID.GIVEN_NAME, "OU": NameOID.ORGANIZATIONAL_UNIT_NAME, "CN": NameOID.COMMON_NAME,
    "businessCategory": NameOID.BUSINESS_CATEGORY, "jurisdictionC": NameOID.JURISDICTION_COUNTRY_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER, "title": NameOID.TITLE, "postalCode": NameOID.POSTAL_CODE,
    "jurisdictionST": NameOID.JURISDICTION_STATE_OR_PROVINCE_NAME, "jurisdictionL": NameOID.JURISDICTION_LOCALITY_NAME,
    "pseudonym": NameOID.PSEUDONYM,
}  # fmt: skip


def leaf(*names, subject=""):
    """A leaf for these names: DNS names, addresses or URIs by their form."""
    return cert(subject, sans=names)


def dns(*names):
    """A leaf for these DNS names, whatever they look like."""
    return cert("", sans=[DNS(name) for name in names])


def raw(hexadecimal):
    """A leaf with these octets as its subjectAltName."""
    return cert("", raw_extensions=[(SAN, True, bytes.fromhex(hexadecimal))])


def mail(text):
    return x509.RFC822Name._init_without_validation(text)


def listed(*names):
    """A CA whose issuer has these alternative names."""
    value = x509.IssuerAlternativeName(names)
    return cert("a", ca=True, extensions={x509.IssuerAlternativeName: (value, False)})


def onion(*, version=3, checksum=None):
    """The address of an onion service, without `onion`."""
    public, number = bytes(range(32)), bytes([version])
    right = sha3_256(b".onion checksum" + public + number).digest()[:2]
    return b32encode(public + (checksum or right) + number).decode().lower()


def holding(value, attribute="O", **more):
    """A leaf with this attribute in its subject."""
    return cert(named(**{attribute: value}), **more)


def _attribute(text):
    name, _, value = text.partition("=")
    return x509.NameAttribute(_OIDS[name], value or ("AA" if name in {"C", "jurisdictionC"} else "x"), _validate=False)


def subject(text, policy="2.23.140.1.2.1", *, together=False):
    """A leaf with a subject such as `C,O=Lab,CN`; values are `x` where none is written."""
    found = [_attribute(part) for part in text.split(",") if part]
    return cert(x509.Name([x509.RelativeDistinguishedName(found)] if together else found), policies=[policy])


def spelled(oid, tag, octets):
    """A leaf with one attribute of these octets."""
    return cert(SpelledName((oid, tag, octets)))


def ca(**attributes):
    return cert(named(**attributes), ca=True)
