"""What a certificate's key is for: extKeyUsage."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role

SERVER, CLIENT, CODE, MAIL, ANY = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.4", "2.5.29.37.0"  # fmt: skip
PRECERT = "1.3.6.1.4.1.11129.2.4.4"
IPSEC = "1.3.6.1.5.5.7.3.17"
NO_EKU = [NotApplicable("no extendedKeyUsage")]


def leaf(*ekus, **options):
    return issue("a.example", sans=["a.example"], ekus=ekus, **options)


def test_a_server_needs_server_auth(ask):
    assert ask("eku.server-auth", leaf(SERVER, CLIENT)) == []
    assert ask("eku.server-auth", leaf(CLIENT)) == [Problem("extendedKeyUsage lacks serverAuth, it has clientAuth")]


def test_any_purpose_is_not_server_auth(ask):
    expected = [Problem("extendedKeyUsage lacks serverAuth, it has anyExtendedKeyUsage")]
    assert ask("eku.server-auth", leaf(ANY)) == expected
    assert ask("eku.server-auth", leaf(ANY), allow_absent=True) == expected


def test_no_purposes_restrict_nothing_only_where_the_policy_says_so(ask):
    assert ask("eku.server-auth", leaf()) == [Problem("no extendedKeyUsage, serverAuth required")]
    assert ask("eku.server-auth", leaf(), allow_absent=True) == []


def test_client_auth_is_a_warning_until_the_day_it_is_forbidden(ask):
    day = datetime(2027, 3, 15, tzinfo=UTC)
    before = leaf(SERVER, CLIENT, not_before=day - timedelta(seconds=1))
    after = leaf(SERVER, CLIENT, not_before=day)
    assert ask("eku.client-auth-public", before) == [
        Problem("extendedKeyUsage has clientAuth", severity=Severity.WARNING)
    ]
    assert ask("eku.client-auth-public", after) == [Problem("extendedKeyUsage has clientAuth")]
    assert ask("eku.client-auth-public", leaf(SERVER, not_before=day)) == []
    assert ask("eku.client-auth-public", leaf()) == []


def test_other_uses_of_a_server_key_fail(ask):
    assert ask("eku.forbidden", leaf(SERVER, CLIENT)) == []
    assert ask("eku.forbidden", leaf()) == NO_EKU
    assert ask("eku.forbidden", leaf(SERVER, MAIL, CODE, PRECERT, ANY)) == [
        Problem("extendedKeyUsage has precertificate signing", key=PRECERT),
        Problem("extendedKeyUsage has codeSigning", key=CODE),
        Problem("extendedKeyUsage has emailProtection", key=MAIL),
        Problem("extendedKeyUsage has anyExtendedKeyUsage", key=ANY),
    ]


def test_purposes_without_a_name_are_told(ask):
    assert ask("eku.unlisted", leaf(SERVER, CLIENT, CODE)) == []
    assert ask("eku.unlisted", leaf()) == NO_EKU
    assert ask("eku.unlisted", leaf(SERVER, IPSEC)) == [Problem(f"extendedKeyUsage has {IPSEC}")]
    [many] = ask("eku.unlisted", leaf(SERVER, *(f"1.2.3.{n}" for n in range(7))))
    assert many.message.endswith("1.2.3.4 and 2 more")


def test_purposes_are_not_critical(ask):
    value = x509.ExtendedKeyUsage([x509.ObjectIdentifier(SERVER)])
    assert ask("eku.critical", leaf(SERVER)) == []
    assert ask("eku.critical", leaf()) == NO_EKU
    assert ask("eku.critical", leaf(extensions={type(value): (value, True)})) == [
        Problem("extendedKeyUsage is critical")
    ]


def intermediate(*ekus, **options):
    return issue("Sub", ca=True, issuer=issue("Root", ca=True), ekus=ekus, **options)


@pytest.mark.parametrize(
    ("ekus", "expected"),
    [
        ((SERVER,), []),
        ((SERVER, CLIENT), []),
        ((CLIENT,), [Problem("extendedKeyUsage lacks serverAuth", key="serverAuth", cause="chain.eku-nesting")]),
        ((SERVER, MAIL), [Problem("extendedKeyUsage has emailProtection", key=MAIL)]),
        ((SERVER, ANY), [Problem("extendedKeyUsage has anyExtendedKeyUsage", key=ANY)]),
        ((SERVER, IPSEC), [Problem(f"extendedKeyUsage has {IPSEC}", key=IPSEC, severity=Severity.INFO)]),
        ((ANY,), [Problem("extendedKeyUsage has only anyExtendedKeyUsage", key="any", severity=Severity.WARNING)]),
        ((), [Problem("no extendedKeyUsage", key="absent", severity=Severity.WARNING)]),
    ],
)
def test_an_intermediate_is_for_tls(ask, ekus, expected):
    assert ask("eku.subca", intermediate(*ekus), Role.ISSUER) == expected


@pytest.mark.parametrize(
    ("day", "ekus", "found"),
    [
        (14, [SERVER, CLIENT], []),
        (15, [SERVER, CLIENT], [Problem("extendedKeyUsage has clientAuth")]),
        (15, [SERVER], []),
        (15, [], [NotApplicable("no extendedKeyUsage")]),
    ],
)
def test_an_intermediate_issued_since_june_2026_is_for_servers_alone(ask, day, ekus, found):
    ca = issue("CA", issuer=issue("Root", ca=True), ca=True, ekus=ekus, not_before=datetime(2026, 6, day, tzinfo=UTC))

    assert ask("eku.subca-dedicated", ca, Role.ISSUER) == found


def test_a_root_is_no_intermediate(ask):
    root = issue("Root", ca=True, ekus=[CLIENT])

    assert ask("eku.subca-dedicated", root, Role.CA) == [NotApplicable("the certificate is a root")]


def test_a_root_has_no_purposes(ask):
    assert ask("eku.root", issue("Root", ca=True), Role.CA) == []
    assert ask("eku.root", issue("Root", ca=True, ekus=[SERVER]), Role.CA) == [Problem("extendedKeyUsage is present")]
    assert ask("eku.root", intermediate(SERVER), Role.CA) == [NotApplicable("the certificate is not a root")]


def test_every_purpose_is_not_critical(ask):
    def marked(*ekus, critical):
        usages = x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid) for oid in ekus])
        return issue("a", extensions={x509.ExtendedKeyUsage: (usages, critical)})

    assert ask("eku.any-critical", marked(SERVER, ANY, critical=True)) == [
        Problem("extendedKeyUsage has anyExtendedKeyUsage and is critical", cause="eku.critical")
    ]
    assert ask("eku.any-critical", marked(SERVER, ANY, critical=False)) == []
    assert ask("eku.any-critical", marked(SERVER, critical=True)) == []
    assert ask("eku.any-critical", issue("a", ekus=())) == NO_EKU


@pytest.mark.parametrize(
    ("oid", "kind"),
    [
        ("1.3.6.1.5.5.7.3.3", "a code-signing"),
        ("1.3.6.1.5.5.7.3.4", "an S/MIME"),
        ("1.3.6.1.5.5.7.3.8", "a time-stamping"),
        ("1.3.6.1.5.5.7.3.36", "a document-signing"),
    ],
)
def test_a_certificate_for_something_else_than_tls_is_called_what_it_is(ask, oid, kind):
    [answer] = ask("eku.server-auth", issue("Jane", ekus=[oid]))

    assert answer.message.startswith(f"this is {kind} certificate, not one for a TLS server: extendedKeyUsage has ")
    assert answer.denies is Premise.TLS


@pytest.mark.parametrize("also", ["1.3.6.1.5.5.7.3.2", "2.5.29.37.0"])
def test_a_certificate_that_is_also_for_clients_or_everything_is_not(ask, also):
    [answer] = ask("eku.server-auth", issue("Jane", ekus=["1.3.6.1.5.5.7.3.3", also]))

    assert answer.denies is None or answer.denies is not Premise.TLS
