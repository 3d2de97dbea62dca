"""Certificates with extended validation."""

from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.lab.scenarios.subject import named
from certgate.lab.scenarios.validated import identifier_extension
from certgate.x509.der import encoded
from tests.checks.tables.row import Table, cert, na, problem, row, sequence, warning

EV, OV = "2.23.140.1.1", "2.23.140.1.2.2"
NOT_EV = na("the certificate does not assert extended validation")
NO_IDENTIFIER = na("the subject has no organizationIdentifier")
NOT_NATIONAL = na("the subject has no organizationIdentifier of the scheme NTR")
CATEGORIES = ("Private Organization", "Government Entity", "Business Entity", "Non-Commercial Entity")
OTHER_CATEGORIES = ("Private Organisation", "private organization", "V1.0, Clause 5.(b)")
REGISTERED = {"jurisdictionC": "DE", "serialNumber": "HRB 1"}
IDENTIFIERS = ("VATDE-1", "NTRGB-1", "NTRUS+CA-1", "NTRXG-1", "PSDBE-NBB-1.2", "VATEL-1", "VATXI-1", "NTRDE-HRB 1-2")
WRONG_IDENTIFIERS = {
    "VATDE": ("form", "VATDE is not an organizationIdentifier"),
    "VATDE-": ("form", "VATDE- is not an organizationIdentifier"),
    "vatde-1": ("form", "vatde-1 is not an organizationIdentifier"),
    "NTRUS+CALI-1": ("form", "NTRUS+CALI-1 is not an organizationIdentifier"),
    "LEIXG-1": ("scheme", "the registration scheme LEI is unknown, NTR, VAT, PSD allowed"),
    "VATZZ-1": ("country", "the country ZZ of the organizationIdentifier is not an ISO 3166-1 code"),
    "NTREL-1": ("country", "the country EL of the organizationIdentifier is not an ISO 3166-1 code"),
    "VATUS+CA-1": ("state", "the organizationIdentifier has a state, which VAT does not use"),
}


def leaf(*sans, policy=EV, extension="", **attributes):
    raw = [("2.23.140.3.1", False, identifier_extension(extension))] if extension else []
    return cert(named(**attributes), sans=sans, policies=[policy], raw_extensions=raw)


def identified(identifier, extension="", **attributes):
    return leaf(extension=extension, organizationIdentifier=identifier, **attributes)


def both(identifier, extension):
    message = f"cabfOrganizationIdentifier has {extension}, the subject {identifier}"
    return identified(identifier, extension), problem(message, key="different")


def organization(answer=NOT_EV):
    subject = leaf("*.a.example", "192.0.2.1", policy=OV, businessCategory="x", jurisdictionC="ZZ")
    return row("organization validation", subject, answer)


SIX = cert(
    x509.Name([*named(**REGISTERED), *[x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, "NTRDE-9")] * 6]),
    policies=[EV],
)
UNREADABLE = cert(
    named(organizationIdentifier="VATDE-1"),
    policies=[EV],
    raw_extensions=[("2.23.140.3.1", False, sequence(encoded(b"\x13", b"VAT")))],
)

TABLE: Table = {
    "ev.wildcard-forbidden": (
        row("a host", leaf("a.example")),
        row("a wildcard for onion services", leaf("*.a.onion")),
        row("a wildcard", leaf("*.a.example"), problem("*.a.example is a wildcard name", key="*.a.example")),
        organization(),
    ),
    "ev.dns-names-only": (
        row("a host", leaf("a.example")),
        row("an address", leaf("a.example", "2a00::1"), problem("2a00::1 is an IP address", key="2a00::1")),
        organization(),
    ),
    "ev.business-category": (
        *(row(category, leaf(businessCategory=category)) for category in CATEGORIES),
        *(row(category, leaf(businessCategory=category), problem(f"the businessCategory {category} is not defined", key="businessCategory")) for category in OTHER_CATEGORIES),
        organization(na("no extended validation with a businessCategory")),
    ),
    "ev.jurisdiction": (
        row("a country", leaf(jurisdictionC="DE")),
        row("no country", leaf(jurisdictionC="ZZ"), problem("jurisdictionC ZZ is not an ISO 3166-1 code", key="jurisdictionC")),
        row("a place in a state", leaf(jurisdictionC="DE", jurisdictionST="Berlin", jurisdictionL="Berlin")),
        row("a place without a state", leaf(jurisdictionC="DE", jurisdictionL="Berlin"), warning("jurisdictionL without jurisdictionST", key="jurisdictionST")),
        organization(),
    ),
    "ev.organization-identifier": (
        *(row(identifier, identified(identifier)) for identifier in IDENTIFIERS),
        *(row(identifier, identified(identifier), problem(message, key=key)) for identifier, (key, message) in WRONG_IDENTIFIERS.items()),
        row("a scheme that the policy knows", identified("LEIXG-1"), schemes=("LEI",)),
        row("none", leaf(), NO_IDENTIFIER),
        organization(NO_IDENTIFIER),
    ),
    "ev.organization-identifier-extension": (
        *(row(f"{one} and {other}", identified(one, other)) for one, other in [("VATDE-1", "VATDE-1"), ("NTRUS+CA-1", "NTRUS+CA-1"), ("PSDBE-NBB-1", "PSDBE-1"), ("PSDBE-NBB-1", "PSDBE-NBB-1")]),
        *(row(f"{one} and {other}", *both(one, other)) for one, other in [("VATDE-1", "VATDE-2"), ("NTRUS+CA-1", "NTRUS-1"), ("VATDE-1", "VATFR-1"), ("VATDE-A-1", "VATDE-1")]),
        row("absent", identified("VATDE-1"), problem("no extension cabfOrganizationIdentifier, required with organizationIdentifier", key="absent")),
        row("unreadable", UNREADABLE, problem("the extension 2.23.140.3.1 cannot be read: it is not a scheme, a country, a state and a reference", key="unreadable")),
        organization(NO_IDENTIFIER),
    ),
    "ev.registration-match": (
        row("the same", identified("NTRDE-HRB 1", **REGISTERED)),
        row("another country", identified("NTRFR-HRB 1", **REGISTERED), problem("the organizationIdentifier is for FR, the jurisdiction is DE", key="country")),
        row("another number", identified("NTRDE-HRB1", **REGISTERED), warning("the organizationIdentifier has the number HRB1, the serial number is HRB 1", key="number")),
        row("six of them", SIX, *[warning("the organizationIdentifier has the number 9, the serial number is HRB 1", key="number")] * 5),
        row("another scheme", identified("VATDE-9", **REGISTERED), NOT_NATIONAL),
        organization(NOT_NATIONAL),
    ),
}  # fmt: skip
