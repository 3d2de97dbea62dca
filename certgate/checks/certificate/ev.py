"""Rules of the family ev: certificates with extended validation."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import capped, listed, shortened
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.country_codes import COUNTRY_CODES
from certgate.x509.errors import Malformed
from certgate.x509.organization_identifier import (
    ATTRIBUTE,
    EXTENSION,
    OrganizationIdentifier,
    parse_identifier,
    read_identifier,
)

__all__: list[str] = []

_SERVER = frozenset({Role.SERVER})
_EV = "2.23.140.1.1"
_NOT_EV = NotApplicable("the certificate does not assert extended validation")
_NO_IDENTIFIER = NotApplicable("the subject has no organizationIdentifier")
_BUSINESS_CATEGORY, _SERIAL_NUMBER = "2.5.4.15", "2.5.4.5"
_JURISDICTION_C, _JURISDICTION_ST, _JURISDICTION_L = (f"1.3.6.1.4.1.311.60.2.1.{n}" for n in (3, 2, 1))
_CATEGORIES = ("Private Organization", "Government Entity", "Business Entity", "Non-Commercial Entity")
_GLOBAL = "XG"
_VAT_PREFIXES = frozenset({"EL", "XI"})
"""Prefixes of VAT numbers that are no country codes: Greece and Northern Ireland (Directive 2006/112/EC, art. 215)."""


def _is_ev(subject: CertificateInRole) -> bool:
    return _EV in (subject.certificate.policies or ())


@check("ev.wildcard-forbidden", citation="CA/B EV Guidelines §7.1.2.1, §7.1.4.2.2", roles=_SERVER)
def wildcard_forbidden(subject: CertificateInRole) -> Iterator[Answer]:
    """A certificate with extended validation has no wildcard names, except for onion services.

    Why: the organization was validated for the servers that the certificate names.

    Fix: list the host names, or order a certificate with organization validation.
    """
    if not _is_ev(subject):
        yield _NOT_EV
        return
    yield from capped(
        Problem(f"{shortened(name)} is a wildcard name", key=shortened(name))
        for name in subject.certificate.dns_names
        if "*" in name and not name.lower().endswith(".onion")
    )


@check("ev.dns-names-only", citation="CA/B EV Guidelines §7.1.2.1", roles=_SERVER)
def dns_names_only(subject: CertificateInRole) -> Iterator[Answer]:
    """A certificate with extended validation has no IP addresses.

    Why: extended validation covers domain names only.

    Fix: use host names, or order a certificate with organization validation.
    """
    if not _is_ev(subject):
        yield _NOT_EV
        return
    yield from capped(
        Problem(f"{shortened(address)} is an IP address", key=shortened(address))
        for address in subject.certificate.ip_addresses
    )


@check("ev.business-category", citation="CA/B EV Guidelines §7.1.4.2.3", roles=_SERVER)
def business_category(subject: CertificateInRole) -> Iterator[Answer]:
    """The businessCategory of a certificate with extended validation is one of the four that are defined.

    These are Private Organization, Government Entity, Business Entity and Non-Commercial Entity.
    name.ov-iv-ev-subject reports a missing one.

    Why: the category tells how the CA validated the organization.

    Fix: have the CA reissue the certificate with the right category.
    """
    found = subject.certificate.subject.values(_BUSINESS_CATEGORY) if _is_ev(subject) else ()
    if not found:
        yield NotApplicable("no extended validation with a businessCategory")
        return
    for category in found[:5]:
        if category not in _CATEGORIES:
            yield Problem(f"the businessCategory {shortened(category)} is not defined", key="businessCategory")


@check("ev.jurisdiction", citation="CA/B EV Guidelines §7.1.4.2.4; ISO 3166-1", roles=_SERVER)
def jurisdiction(subject: CertificateInRole) -> Iterator[Answer]:
    """The jurisdiction of a certificate with extended validation is a place: a country, its state, its locality.

    jurisdictionC is an ISO 3166-1 code of two capital letters. A locality without its state is a warning, because not
    every country has states that regulate the registration.

    Why: the registration number identifies an organization only in its jurisdiction.

    Fix: have the CA reissue the certificate with the jurisdiction of the register.
    """
    if not _is_ev(subject):
        yield _NOT_EV
        return
    name = subject.certificate.subject
    for code in dict.fromkeys(name.values(_JURISDICTION_C)[:5]):
        if code not in COUNTRY_CODES:
            yield Problem(f"jurisdictionC {shortened(code)} is not an ISO 3166-1 code", key="jurisdictionC")
    if name.values(_JURISDICTION_L) and not name.values(_JURISDICTION_ST):
        yield Problem("jurisdictionL without jurisdictionST", key="jurisdictionST", severity=Severity.WARNING)


@check("ev.organization-identifier", citation="CA/B EV Guidelines §7.1.4.2.8, appendix H", roles=_SERVER)
def organization_identifier(
    subject: CertificateInRole, *, schemes: tuple[str, ...] = ("NTR", "VAT", "PSD")
) -> Iterator[Answer]:
    """The organizationIdentifier has the defined form: scheme, country, state, hyphen, reference.

    Examples are `VATDE-123456789` and `NTRUS+CA-12345678`. `schemes` lists the known registration schemes. The country
    is an ISO 3166-1 code, XG for a global register, or for VAT numbers also EL and XI; only NTR has a state.

    Why: programs find the organization in the register that the identifier names.

    Fix: have the CA reissue the certificate with a well-formed identifier.
    """
    found = subject.certificate.subject.values(ATTRIBUTE) if _is_ev(subject) else ()
    if not found:
        yield _NO_IDENTIFIER
        return
    for text in found[:5]:
        identifier = parse_identifier(text)
        if identifier is None:
            yield Problem(f"{shortened(text)} is not an organizationIdentifier", key="form")
        else:
            yield from _identifier_problems(identifier, schemes)


def _identifier_problems(identifier: OrganizationIdentifier, schemes: tuple[str, ...]) -> Iterator[Problem]:
    scheme, country = identifier.scheme, identifier.country
    if scheme not in schemes:
        yield Problem(f"the registration scheme {scheme} is unknown, {listed(schemes)} allowed", key="scheme")
    if country not in COUNTRY_CODES | {_GLOBAL} | (_VAT_PREFIXES if scheme == "VAT" else frozenset()):
        yield Problem(f"the country {country} of the organizationIdentifier is not an ISO 3166-1 code", key="country")
    if identifier.state and scheme != "NTR":
        yield Problem(f"the organizationIdentifier has a state, which {scheme} does not use", key="state")


@check("ev.organization-identifier-extension", citation="CA/B EV Guidelines §7.1.2.2", roles=_SERVER)
def organization_identifier_extension(subject: CertificateInRole) -> Iterator[Answer]:
    """An organizationIdentifier in the subject is also in the extension cabfOrganizationIdentifier, and is the same.

    Why: clients that read one of them see another organization than clients that read the other.

    Fix: have the CA reissue the certificate with equal identifiers.
    """
    found = subject.certificate.subject.values(ATTRIBUTE) if _is_ev(subject) else ()
    if not found:
        yield _NO_IDENTIFIER
        return
    try:
        extension = subject.certificate.value(EXTENSION, read_identifier)
    except Malformed as error:
        yield Problem(str(error), key="unreadable")
        return
    if extension is None:
        yield Problem("no extension cabfOrganizationIdentifier, required with organizationIdentifier", key="absent")
    elif not any(_is_same(text, extension) for text in found):
        yield Problem(
            f"cabfOrganizationIdentifier has {shortened(str(extension))}, the subject {listed(found)}", key="different"
        )


def _is_same(text: str, extension: OrganizationIdentifier) -> bool:
    """Whether both are the same identifier; only the attribute names the authority of a payment service (PSD)."""
    identifier = parse_identifier(text)
    if identifier and identifier.scheme == "PSD" and "-" in identifier.reference:
        without = identifier._replace(reference=identifier.reference.partition("-")[2])
        return extension in {identifier, without}
    return text == str(extension)


@check("ev.registration-match", citation="CA/B EV Guidelines §7.1.4.2.8, appendix H", roles=_SERVER)
def registration_match(subject: CertificateInRole) -> Iterator[Answer]:
    """An organizationIdentifier of the scheme NTR agrees with jurisdiction and serial number of the subject.

    Another number is a warning, because registers write their numbers in several ways.

    Why: both name the same entry of the same register.

    Fix: have the CA reissue the certificate with equal numbers.
    """
    name = subject.certificate.subject
    texts = name.values(ATTRIBUTE) if _is_ev(subject) else ()
    national = [one for text in texts if (one := parse_identifier(text)) and one.scheme == "NTR"]
    if not national:
        yield NotApplicable("the subject has no organizationIdentifier of the scheme NTR")
        return
    countries, numbers = name.values(_JURISDICTION_C), name.values(_SERIAL_NUMBER)
    for identifier in national[:5]:
        if countries and identifier.country not in countries:
            yield Problem(
                f"the organizationIdentifier is for {identifier.country}, the jurisdiction is {listed(countries)}",
                key="country",
            )
        if numbers and identifier.reference not in numbers:
            yield Problem(
                f"the organizationIdentifier has the number {shortened(identifier.reference)}, "
                f"the serial number is {listed(numbers)}",
                key="number",
                severity=Severity.WARNING,
            )
