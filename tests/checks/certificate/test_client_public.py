"""Client certificates from public CAs."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable
from certgate.checks.framework.subjects import IssuedInRole
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate

CHECK = all_checks()["client.public-ca"]


def ask(organization, ends, policies=("2.23.140.1.2.1",)):
    names = [x509.NameAttribute(NameOID.COMMON_NAME, "R1")]
    names += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    issuer = issue(x509.Name(names), ca=True)
    end = datetime.fromisoformat(ends).replace(hour=12, tzinfo=UTC)
    client = issue("robot", issuer=issuer, policies=policies, not_before=end - timedelta(days=90), not_after=end)
    return list(CHECK.run(IssuedInRole(parse_certificate(client.der), "leaf", frozenset({Role.CLIENT}))))


@pytest.mark.parametrize(
    ("organization", "last"),
    [
        ("Google Trust Services", "2026-04-12"),
        ("Let's Encrypt", "2026-07-07"),
        ("Sectigo Limited", "2027-02-09"),
        ("DigiCert Inc", "2027-02-28"),
        ("Another CA", "2027-03-14"),
        ("", "2027-03-14"),
    ],
)
def test_it_fails_from_the_day_on_which_the_ca_issues_for_clients_no_longer(organization, last):
    (before,) = ask(organization, last)
    (after,) = ask(organization, str(datetime.fromisoformat(last).date() + timedelta(days=1)))

    assert before.severity is Severity.WARNING
    assert after.severity is None
    assert after.message.startswith(f"{organization or 'R1'} issues no certificates for clients from ")
    assert after.message.endswith(": this one cannot be renewed")


def test_a_certificate_without_a_reserved_policy_is_not_from_a_public_ca():
    assert ask("Corp", "2027-06-01", policies=()) == [NotApplicable("no policy that is reserved for public CAs")]
