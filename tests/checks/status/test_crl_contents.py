"""CRLs on their own: what they cover and what they list, at every boundary."""

from datetime import timedelta

import pytest
from cryptography import x509

from certgate.checks.framework.registry import NotApplicable
from certgate.lab.crl import crl_entry, make_crl
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Severity
from certgate.model.target import Role
from tests.checks.status.published import ask_of, of_crl

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True, days=900)
SECOND = timedelta(seconds=1)
URL = [x509.UniformResourceIdentifier("http://crl.a.example/1.crl")]
NO_ENTRIES = [NotApplicable("the CRL lists nothing")]
NO_POINT = [NotApplicable("no issuingDistributionPoint")]


def because(reason, **options):
    return make_crl(CA, crl_entry(5, reason=reason), **options)


def with_raw(oid, critical, der, **options):
    return make_crl(CA, crl_entry(5, raw_extensions=[(oid, critical, der)]), **options)


def pointing(der, *, critical=True):
    return make_crl(CA, raw_extensions=[("2.5.29.28", critical, der)])


# --- the distribution point ---


def test_a_crl_without_a_distribution_point_covers_everything():
    assert ask_of(Role.CRL, "crl.point-form", make_crl(CA)) == NO_POINT
    assert ask_of(Role.CRL, "crl.point-public", make_crl(CA)) == NO_POINT


@pytest.mark.parametrize(
    ("der", "found"),
    [
        (b"\x30\x03\x81\x01\xff", []),
        (b"\x30\x00", ["issuingDistributionPoint is empty"]),
        (
            b"\x30\x06\x81\x01\xff\x82\x01\xff",
            ["issuingDistributionPoint has both onlyContainsUserCerts and onlyContainsCACerts"],
        ),
    ],
)
def test_a_distribution_point_limits_the_crl_to_one_kind_of_certificate(der, found):
    assert of_crl("crl.point-form", pointing(der)) == found


def test_a_distribution_point_is_critical():
    assert of_crl("crl.point-form", pointing(b"\x30\x03\x81\x01\xff", critical=False)) == [
        "issuingDistributionPoint is not critical"
    ]


def test_a_public_crl_that_covers_a_part_names_its_url():
    mail = [x509.RFC822Name("a@a.example")]

    assert of_crl("crl.point-public", make_crl(CA, scope={"full_name": URL})) == []
    assert of_crl("crl.point-public", make_crl(CA, scope={"only_contains_user_certs": True})) == [
        "issuingDistributionPoint names no URL"
    ]
    assert of_crl("crl.point-public", make_crl(CA, scope={"full_name": [*URL, *mail]})) == [
        "issuingDistributionPoint has a name that is not a URL"
    ]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ({"indirect_crl": True}, "the CRL is indirect"),
        ({"only_contains_attribute_certs": True}, "the CRL covers only attribute certificates"),
        ({"only_some_reasons": frozenset({x509.ReasonFlags.superseded})}, "the CRL covers only some reasons"),
    ],
)
def test_a_public_crl_is_direct_and_for_all_reasons(scope, found):
    [answer] = ask_of(Role.CRL, "crl.point-public", make_crl(CA, scope={"full_name": URL} | scope))

    assert answer.message == found
    assert answer.severity is (Severity.WARNING if "reasons" in found else None)


# --- the entries ---


def test_an_empty_list_is_left_out():
    assert of_crl("crl.empty-list", make_crl(CA)) == []
    assert of_crl("crl.empty-list", make_crl(CA, crl_entry(1))) == []
    assert of_crl("crl.empty-list", make_crl(CA, b"")) == ["the list of entries is present and empty"]


def test_a_serial_number_is_listed_once_and_positive():
    assert ask_of(Role.CRL, "crl.serials", make_crl(CA)) == NO_ENTRIES
    assert of_crl("crl.serials", make_crl(CA, crl_entry(1), crl_entry(2))) == []
    assert of_crl("crl.serials", make_crl(CA, crl_entry(31), crl_entry(2), crl_entry(31), crl_entry(2))) == [
        "a serial number is listed again: the entry of serial number 1f, and 1 more"
    ]
    assert of_crl("crl.serials", make_crl(CA, crl_entry(0))) == [
        "a serial number is not positive: the entry of serial number 0"
    ]


def test_an_indirect_crl_may_list_the_serial_numbers_of_several_cas():
    twice = make_crl(CA, crl_entry(1), crl_entry(1), scope={"full_name": URL, "indirect_crl": True})

    assert of_crl("crl.serials", twice) == []


def test_no_revocation_is_later_than_the_crl():
    at = CLOCK - timedelta(hours=1)

    def dated(moment):
        return make_crl(CA, crl_entry(1), crl_entry(7, revoked_at=moment), this_update=at)

    assert ask_of(Role.CRL, "crl.revocation-dates", make_crl(CA)) == NO_ENTRIES
    assert of_crl("crl.revocation-dates", dated(at)) == []
    assert of_crl("crl.revocation-dates", dated(at + SECOND)) == [
        "the entry of serial number 7 is dated 2026-06-15 11:00:01 UTC"
    ]


# --- reasons ---


def test_a_crl_without_entries_has_no_reasons():
    for rule in ("crl.reasons", "crl.reasons-public", "crl.entry-extensions"):
        assert ask_of(Role.CRL, rule, make_crl(CA)) == NO_ENTRIES


@pytest.mark.parametrize("reason", [None, x509.ReasonFlags.superseded, x509.ReasonFlags.certificate_hold])
def test_defined_reasons_pass(reason):
    assert of_crl("crl.reasons", because(reason)) == []


@pytest.mark.parametrize(
    ("der", "found"),
    [
        (b"\x0a\x01\x07", "reasonCode is the unknown reason 7"),
        (b"\x0a\x01\x0b", "reasonCode is the unknown reason 11"),
        (b"\x02\x01\x01", "reasonCode is a reason that cannot be read"),
        (b"\x0a\x01\x08", "reasonCode is removeFromCRL, which only a delta CRL may use"),
    ],
)
def test_a_reason_is_one_that_is_defined(der, found):
    assert of_crl("crl.reasons", with_raw("2.5.29.21", False, der)) == [f"{found}: the entry of serial number 5"]


def test_a_reason_is_not_critical():
    assert of_crl("crl.reasons", with_raw("2.5.29.21", True, b"\x0a\x01\x01")) == [
        "reasonCode is critical: the entry of serial number 5"
    ]


def test_a_delta_removes_entries():
    delta = with_raw("2.5.29.21", False, b"\x0a\x01\x08", extensions=[(x509.DeltaCRLIndicator(0), True)])

    assert of_crl("crl.reasons", delta) == []
    assert of_crl("crl.reasons-public", delta) == []


def test_unspecified_is_a_warning_unless_the_crl_is_public():
    written = with_raw("2.5.29.21", False, b"\x0a\x01\x00")
    [answer] = ask_of(Role.CRL, "crl.reasons", written)

    assert (answer.severity, answer.cause) == (Severity.WARNING, "crl.reasons-public")
    assert of_crl("crl.reasons-public", written) == ["reasonCode is unspecified: the entry of serial number 5"]


@pytest.mark.parametrize(
    ("reason", "severity"),
    [(x509.ReasonFlags.certificate_hold, None), (x509.ReasonFlags.ca_compromise, Severity.WARNING)],
)
def test_a_public_crl_has_only_the_listed_reasons(reason, severity):
    [answer] = ask_of(Role.CRL, "crl.reasons-public", because(reason))

    assert answer.severity is severity
    assert of_crl("crl.reasons-public", because(x509.ReasonFlags.superseded)) == []
    assert of_crl("crl.reasons-public", because(None)) == []


def test_an_entry_for_a_ca_needs_a_reason():
    without = make_crl(ROOT, crl_entry(5), crl_entry(6))

    assert of_crl("crl.reasons-public", without) == []
    assert of_crl("crl.reasons-public", without, ROOT) == [
        "there is no reasonCode for the certificate of a CA: the entry of serial number 5, and 1 more"
    ]
    assert of_crl("crl.reasons-public", make_crl(ROOT, crl_entry(5, reason=x509.ReasonFlags.superseded)), ROOT) == []


# --- other extensions of entries ---


@pytest.mark.parametrize(
    ("critical", "der", "found"),
    [
        (False, b"\x18\x0f20260601000000Z", []),
        (True, b"\x18\x0f20260601000000Z", ["invalidityDate is critical: the entry of serial number 5"]),
        (
            False,
            b"\x18\x0d202606010000Z",
            ["invalidityDate is not a GeneralizedTime of the form YYYYMMDDHHMMSSZ: the entry of serial number 5"],
        ),
        (
            False,
            b"\x17\x0d260601000000Z",
            ["invalidityDate cannot be read: it has another tag: the entry of serial number 5"],
        ),
    ],
)
def test_an_invalidity_date_is_a_generalized_time(critical, der, found):
    answers = of_crl("crl.entry-extensions", with_raw("2.5.29.24", critical, der))

    assert [a.partition(": it")[0] for a in answers] == [f.partition(": it")[0] for f in found]


def test_a_certificate_issuer_is_critical_and_in_indirect_crls_alone():
    names = x509.CertificateIssuer([x509.DirectoryName(x509.Name.from_rfc4514_string("CN=Other"))]).public_bytes()
    indirect = {"full_name": URL, "indirect_crl": True}

    assert of_crl("crl.entry-extensions", with_raw("2.5.29.29", True, names, scope=indirect)) == []
    assert of_crl("crl.entry-extensions", with_raw("2.5.29.29", False, names, scope=indirect)) == [
        "certificateIssuer is not critical: the entry of serial number 5"
    ]
    assert of_crl("crl.entry-extensions", with_raw("2.5.29.29", True, names)) == [
        "certificateIssuer is present, but the CRL is not indirect: the entry of serial number 5"
    ]
