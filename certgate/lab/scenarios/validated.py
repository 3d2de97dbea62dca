"""Leaves with extended validation."""

from cryptography import x509

from certgate.lab.changes import Changes
from certgate.lab.scenario import Scenario, fails
from certgate.lab.scenarios.subject import named
from certgate.x509.der import encoded

__all__ = ["SCENARIOS", "identifier_extension"]

_EV = ("2.23.140.1.1",)
_VAT = "VATDE-123456789"


def _subject(
    category: str = "Private Organization", jurisdiction: str = "DE", number: str = "HRB 1", identifier: str = ""
) -> x509.Name:
    return named(
        businessCategory=category,
        jurisdictionC=jurisdiction,
        serialNumber=number,
        C="DE",
        L="Berlin",
        O="Lab",
        organizationIdentifier=identifier,
    )


def _registered(identifier: str, *, extension: str) -> Changes:
    """A leaf for an organization in a register; `extension` is the same identifier or another one."""
    return {
        "subject": _subject(identifier=identifier),
        "policies": _EV,
        "raw_extensions": (("2.23.140.3.1", False, identifier_extension(extension)),),
    }


def identifier_extension(identifier: str) -> bytes:
    """The value of the extension cabfOrganizationIdentifier (EV Guidelines §7.1.2.2)."""
    register, _, reference = identifier.partition("-")
    place, _, state = register[3:].partition("+")
    parts = [(b"\x13", register[:3]), (b"\x13", place), (b"\x80", state), (b"\x0c", reference)]
    return encoded(b"\x30", b"".join(encoded(tag, text.encode()) for tag, text in parts if text))


SCENARIOS = (
    Scenario(
        name="good-extended",
        title="A good leaf with extended validation, for an organization with a VAT number",
        leaf=_registered(_VAT, extension=_VAT),
    ),
    Scenario(
        name="good-commercial-register",
        title="A good leaf with extended validation, for an organization in a commercial register",
        leaf=_registered("NTRDE-HRB 1", extension="NTRDE-HRB 1"),
    ),
    Scenario(
        name="extended-wildcard",
        title="A wildcard with extended validation, beside the right name",
        leaf={
            "subject": _subject(),
            "policies": _EV,
            "sans": ("extended-wildcard.lab.example", "*.extended-wildcard.lab.example"),
        },
        gives=(fails("ev.wildcard-forbidden"),),
    ),
    Scenario(
        name="extended-address",
        title="An IP address with extended validation, beside the right name",
        leaf={"subject": _subject(), "policies": _EV, "sans": ("extended-address.lab.example", "2a00::1")},
        gives=(fails("ev.dns-names-only"),),
    ),
    Scenario(
        name="business-category",
        title="The business category is none of those that are defined",
        leaf={"subject": _subject(category="Laboratory"), "policies": _EV},
        gives=(fails("ev.business-category"),),
    ),
    Scenario(
        name="jurisdiction-unknown",
        title="The jurisdiction is not a country",
        leaf={"subject": _subject(jurisdiction="ZZ"), "policies": _EV},
        gives=(fails("ev.jurisdiction"),),
    ),
    Scenario(
        name="registration-scheme",
        title="The organization's identifier is from an unknown register",
        leaf=_registered("ABCDE-1", extension="ABCDE-1"),
        gives=(fails("ev.organization-identifier"),),
    ),
    Scenario(
        name="registration-extension",
        title="The extension names another organization than the subject",
        leaf=_registered(_VAT, extension="VATDE-987654321"),
        gives=(fails("ev.organization-identifier-extension"),),
    ),
    Scenario(
        name="registration-country",
        title="The organization is in a register of another country than its jurisdiction",
        leaf=_registered("NTRFR-HRB 1", extension="NTRFR-HRB 1"),
        gives=(fails("ev.registration-match"),),
    ),
)
