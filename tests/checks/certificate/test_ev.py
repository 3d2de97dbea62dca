"""Certificates with extended validation."""

import pytest

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.lab.scenarios.subject import named
from certgate.lab.scenarios.validated import identifier_extension
from certgate.model.finding import Severity
from certgate.x509.der import encoded

EV, OV = "2.23.140.1.1", "2.23.140.1.2.2"
NOT_EV = NotApplicable("the certificate does not assert extended validation")
NO_IDENTIFIER = NotApplicable("the subject has no organizationIdentifier")
RULES = (
    "wildcard-forbidden", "dns-names-only", "business-category", "jurisdiction", "organization-identifier",
    "organization-identifier-extension", "registration-match",
)  # fmt: skip


def leaf(*sans, policy=EV, extension="", **attributes):
    raw = [("2.23.140.3.1", False, identifier_extension(extension))] if extension else []
    return issue(named(**attributes), sans=sans, policies=[policy], raw_extensions=raw)


def identified(identifier, extension="", **attributes):
    return leaf(extension=extension, organizationIdentifier=identifier, **attributes)


@pytest.mark.parametrize("rule", RULES)
def test_only_extended_validation_is_judged(ask, rule):
    organization = leaf("*.a.example", "192.0.2.1", policy=OV, businessCategory="x", jurisdictionC="ZZ")
    (answer,) = ask(f"ev.{rule}", organization)
    assert isinstance(answer, NotApplicable)


def test_wildcards_are_for_onion_services_only(ask):
    assert ask("ev.wildcard-forbidden", leaf("a.example", "*.a.onion")) == []
    assert ask("ev.wildcard-forbidden", leaf("*.a.example")) == [
        Problem("*.a.example is a wildcard name", key="*.a.example")
    ]


def test_addresses_are_not_validated(ask):
    assert ask("ev.dns-names-only", leaf("a.example")) == []
    assert ask("ev.dns-names-only", leaf("a.example", "2a00::1")) == [
        Problem("2a00::1 is an IP address", key="2a00::1")
    ]


@pytest.mark.parametrize(
    "category", ["Private Organization", "Government Entity", "Business Entity", "Non-Commercial Entity"]
)
def test_four_categories_are_defined(ask, category):
    assert ask("ev.business-category", leaf(businessCategory=category)) == []


@pytest.mark.parametrize("category", ["Private Organisation", "private organization", "V1.0, Clause 5.(b)"])
def test_other_categories_are_not(ask, category):
    assert ask("ev.business-category", leaf(businessCategory=category)) == [
        Problem(f"the businessCategory {category} is not defined", key="businessCategory")
    ]


def test_a_jurisdiction_is_a_country(ask):
    assert ask("ev.jurisdiction", leaf(jurisdictionC="DE")) == []
    assert ask("ev.jurisdiction", leaf(jurisdictionC="ZZ")) == [
        Problem("jurisdictionC ZZ is not an ISO 3166-1 code", key="jurisdictionC")
    ]
    assert ask("ev.jurisdiction", leaf(policy=OV)) == [NOT_EV]


def test_a_place_without_a_state_is_a_warning(ask):
    assert ask("ev.jurisdiction", leaf(jurisdictionC="DE", jurisdictionL="Berlin")) == [
        Problem("jurisdictionL without jurisdictionST", key="jurisdictionST", severity=Severity.WARNING)
    ]


@pytest.mark.parametrize(
    "identifier",
    ["VATDE-1", "NTRGB-1", "NTRUS+CA-1", "NTRXG-1", "PSDBE-NBB-1.2", "VATEL-1", "VATXI-1", "NTRDE-HRB 1-2"],
)
def test_identifiers_of_known_registers(ask, identifier):
    assert ask("ev.organization-identifier", identified(identifier)) == []


@pytest.mark.parametrize(
    ("identifier", "problems"),
    [
        ("VATDE", {"form": "VATDE is not an organizationIdentifier"}),
        ("VATDE-", {"form": "VATDE- is not an organizationIdentifier"}),
        ("vatde-1", {"form": "vatde-1 is not an organizationIdentifier"}),
        ("NTRUS+CALI-1", {"form": "NTRUS+CALI-1 is not an organizationIdentifier"}),
        ("LEIXG-1", {"scheme": "the registration scheme LEI is unknown, NTR, VAT, PSD allowed"}),
        ("VATZZ-1", {"country": "the country ZZ of the organizationIdentifier is not an ISO 3166-1 code"}),
        ("NTREL-1", {"country": "the country EL of the organizationIdentifier is not an ISO 3166-1 code"}),
        ("VATUS+CA-1", {"state": "the organizationIdentifier has a state, which VAT does not use"}),
    ],
)
def test_identifiers_that_no_register_has(ask, identifier, problems):
    found = ask("ev.organization-identifier", identified(identifier))
    assert found == [Problem(message, key=key) for key, message in problems.items()]


def test_a_policy_may_know_more_registers(ask):
    assert ask("ev.organization-identifier", identified("LEIXG-1"), schemes=("LEI",)) == []
    assert ask("ev.organization-identifier", leaf()) == [NO_IDENTIFIER]


@pytest.mark.parametrize(
    ("identifier", "extension"),
    [("VATDE-1", "VATDE-1"), ("NTRUS+CA-1", "NTRUS+CA-1"), ("PSDBE-NBB-1", "PSDBE-1"), ("PSDBE-NBB-1", "PSDBE-NBB-1")],
)
def test_the_extension_repeats_the_identifier(ask, identifier, extension):
    assert ask("ev.organization-identifier-extension", identified(identifier, extension)) == []


@pytest.mark.parametrize(
    ("identifier", "extension"),
    [("VATDE-1", "VATDE-2"), ("NTRUS+CA-1", "NTRUS-1"), ("VATDE-1", "VATFR-1"), ("VATDE-A-1", "VATDE-1")],
)
def test_an_extension_for_another_organization_is_found(ask, identifier, extension):
    assert ask("ev.organization-identifier-extension", identified(identifier, extension)) == [
        Problem(f"cabfOrganizationIdentifier has {extension}, the subject {identifier}", key="different")
    ]


def test_the_extension_is_present(ask):
    assert ask("ev.organization-identifier-extension", identified("VATDE-1")) == [
        Problem("no extension cabfOrganizationIdentifier, required with organizationIdentifier", key="absent")
    ]


def test_the_extension_is_readable(ask):
    text = encoded(b"\x30", encoded(b"\x13", b"VAT"))
    damaged = issue(
        named(organizationIdentifier="VATDE-1"), policies=[EV], raw_extensions=[("2.23.140.3.1", False, text)]
    )
    (problem,) = ask("ev.organization-identifier-extension", damaged)
    assert problem.key == "unreadable"


def test_a_national_register_is_that_of_the_jurisdiction(ask):
    usual = {"jurisdictionC": "DE", "serialNumber": "HRB 1"}

    assert ask("ev.registration-match", identified("NTRDE-HRB 1", **usual)) == []
    assert ask("ev.registration-match", identified("NTRFR-HRB 1", **usual)) == [
        Problem("the organizationIdentifier is for FR, the jurisdiction is DE", key="country")
    ]
    assert ask("ev.registration-match", identified("NTRDE-HRB1", **usual)) == [
        Problem(
            "the organizationIdentifier has the number HRB1, the serial number is HRB 1",
            key="number",
            severity=Severity.WARNING,
        )
    ]
    assert ask("ev.registration-match", identified("VATDE-9", **usual)) == [
        NotApplicable("the subject has no organizationIdentifier of the scheme NTR")
    ]
