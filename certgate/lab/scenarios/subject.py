"""Subjects with values that nobody validated, and CAs with incomplete names."""

from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.lab.changes import Changes
from certgate.lab.scenario import Scenario, fails, unchecked, warns

__all__ = ["SCENARIOS", "named"]

_OV = ("2.23.140.1.2.2",)
_OIDS = {
    "C": NameOID.COUNTRY_NAME, "ST": NameOID.STATE_OR_PROVINCE_NAME, "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME, "CN": NameOID.COMMON_NAME, "emailAddress": NameOID.EMAIL_ADDRESS,
    "businessCategory": NameOID.BUSINESS_CATEGORY, "jurisdictionC": NameOID.JURISDICTION_COUNTRY_NAME,
    "jurisdictionL": NameOID.JURISDICTION_LOCALITY_NAME, "serialNumber": NameOID.SERIAL_NUMBER,
    "jurisdictionST": NameOID.JURISDICTION_STATE_OR_PROVINCE_NAME,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
}  # fmt: skip


def named(**attributes: str) -> x509.Name:
    """A name with these attributes, one RDN each; an empty value leaves the attribute out."""
    return x509.Name(
        [x509.NameAttribute(_OIDS[name], value, _validate=False) for name, value in attributes.items() if value]
    )


def _organization(*, country: str = "DE", place: str = "Berlin", name: str = "Lab", email: str = "") -> Changes:
    """A leaf with organization validation, without a common name."""
    return {"subject": named(C=country, L=place, O=name, emailAddress=email), "policies": _OV}


SCENARIOS = (
    Scenario(
        name="country-unknown",
        title="The leaf's country is UK, which is not the code of a country",
        leaf=_organization(country="UK"),
        gives=(fails("name.country-code"),),
    ),
    Scenario(
        name="subject-control-character",
        title="The leaf's organization has a line break",
        leaf=_organization(name="Lab\nBerlin"),
        gives=(fails("name.control-characters"),),
    ),
    Scenario(
        name="subject-outer-blank",
        title="The leaf's organization ends with a blank",
        leaf=_organization(name="Lab "),
        gives=(warns("name.outer-blanks"),),
    ),
    Scenario(
        name="subject-html-entity",
        title="The leaf's organization has an ampersand that is written as in HTML",
        leaf=_organization(name="Lab &amp; Sons"),
        gives=(fails("name.html-entities"),),
    ),
    Scenario(
        name="subject-misread",
        title="The leaf's place was decoded with the wrong character set",
        leaf=_organization(place="LÃ¼beck"),
        gives=(warns("name.misread-characters"),),
    ),
    Scenario(
        name="subject-placeholder",
        title="The leaf's place is a default value of OpenSSL",
        leaf=_organization(place="Default City"),
        gives=(fails("name.placeholder"),),
    ),
    Scenario(
        name="subject-too-long",
        title="The leaf's organization has more than 64 characters",
        leaf=_organization(name="Lab " * 16 + "Ltd"),
        gives=(fails("name.attribute-length"),),
    ),
    Scenario(
        name="subject-email",
        title="The leaf's subject has an e-mail address, its subject alternative name has none",
        leaf=_organization(email="hostmaster@lab.example"),
        gives=(fails("name.email-in-san"),),
    ),
    Scenario(
        name="ca-without-organization",
        title="The intermediate has no organization",
        issuers=({"subject": named(C="DE", CN="Lab CA 1 public")},),
        gives=(fails("name.ca-subject", "issuer 1"),),
    ),
    Scenario(
        name="ca-without-subject",
        title="The intermediate has no subject, so that the leaf has no issuer name",
        issuers=({"subject": ""},),
        gives=(
            fails("name.ca-subject-empty", "issuer 1"),
            unchecked("name.ca-subject", "issuer 1"),
            unchecked("name.issuer-empty"),
        ),
    ),
    Scenario(
        name="no-issuer-name",
        title="The leaf does not name its issuer",
        leaf={"issuer_name": x509.Name([])},
        gives=(
            fails("name.issuer-empty"),
            unchecked("chain.complete", "presented chain"),
            unchecked("trust.anchor", "path"),
        ),
    ),
)
