"""CRLs on their own: who signed them, and when they are valid, at every boundary."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type

from certgate.checks.framework.registry import NotApplicable, NotChecked, Passed
from certgate.lab.crl import crl_entry, make_crl
from certgate.lab.pki import CLOCK, issue, make_key
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate
from tests.checks.status.published import ask_of, of_crl

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True, days=900)
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)


# --- the signature ---


def test_a_crl_is_verified_with_the_key_of_the_issuer_in_the_trust_store():
    assert ask_of(Role.CRL, "crl.signature", make_crl(CA), CA) == [Passed("signed by CA")]
    assert ask_of(Role.CRL, "crl.signature", make_crl(CA), ROOT, CA) == [Passed("signed by CA")]


def test_without_the_issuer_nothing_is_known_of_the_signature():
    advice = "its issuer CA is not in the trust store ca.pem: name its file with --trust"

    assert ask_of(Role.CRL, "crl.signature", make_crl(CA), ROOT) == [NotChecked(advice)]
    assert ask_of(Role.CRL, "crl.signature", make_crl(CA)) == [NotChecked(advice)]


def test_a_signature_by_another_key_fails():
    forged = make_crl(CA, signing_key=make_key("P-256"))

    assert "does not verify with the key of CA" in of_crl("crl.signature", forged, CA)[0]


def test_an_issuer_that_may_not_sign_crls_fails():
    lacking = issue("CA", issuer=ROOT, ca=True, key=CA.key, key_usage=["key_cert_sign"])

    assert of_crl("crl.signature", make_crl(CA), lacking) == ["the keyUsage of CA lacks cRLSign"]
    assert ask_of(Role.CRL, "crl.signature", make_crl(CA), lacking, CA) == [Passed("signed by CA")]


def test_an_issuer_is_valid_to_its_last_second():
    end = parse_certificate(CA.der).not_after

    assert ask_of(Role.CRL, "crl.signature", make_crl(CA), CA, now=end) == [Passed("signed by CA")]
    assert "is valid only from" in of_crl("crl.signature", make_crl(CA), CA, now=end + SECOND)[0]


@pytest.mark.parametrize(("hash_name", "found"), [("sha256", []), ("sha1", ["the CRL is signed with SHA1"])])
def test_a_weak_hash_fails(hash_name, found):
    assert of_crl("crl.signature-hash", make_crl(CA, hash_name=hash_name)) == found


def test_the_name_of_the_issuer_is_that_of_the_ca_byte_for_byte():
    printable = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "CA", _ASN1Type.PrintableString)])
    other_type = issue(printable, issuer=ROOT, ca=True, key=CA.key)
    nameless = issue("", issuer=ROOT, ca=True)

    assert of_crl("crl.issuer-name", make_crl(CA), CA) == []
    assert of_crl("crl.issuer-name", make_crl(CA)) == []
    assert of_crl("crl.issuer-name", make_crl(CA), other_type) == [
        "the issuer's name is not encoded as in the certificate of the CA"
    ]
    assert of_crl("crl.issuer-name", make_crl(nameless)) == ["the issuer's name is empty"]


# --- dates ---


def test_dates_are_utctime_before_2050_and_generalized_time_after_that():
    assert of_crl("crl.time-encoding", make_crl(CA, crl_entry(5))) == []
    assert of_crl("crl.time-encoding", make_crl(CA, next_update=datetime(2050, 1, 1, tzinfo=UTC))) == []


def test_a_date_with_fractions_or_without_seconds_has_the_wrong_encoding():
    crl = bytearray(make_crl(CA, this_update=CLOCK))
    at = crl.index(b"\x17\x0d260615120000Z")
    crl[at + 14 : at + 15] = b"X"

    assert of_crl("crl.time-encoding", bytes(crl)) == ["thisUpdate is not a UTCTime of the form YYMMDDHHMMSSZ"]


def test_the_date_of_an_entry_has_the_required_encoding_too():
    entry = crl_entry(5).replace(b"Z", b"X")

    assert of_crl("crl.time-encoding", make_crl(CA, crl_entry(4), entry)) == [
        "revocationDate is not a UTCTime of the form YYMMDDHHMMSSZ: the entry of serial number 5"
    ]


def test_next_update_is_present_and_after_this_update():
    start = CLOCK - DAY

    assert of_crl("crl.next-update", make_crl(CA, this_update=start, next_update=start + SECOND)) == []
    assert "is not after thisUpdate" in of_crl("crl.next-update", make_crl(CA, this_update=start, next_update=start))[0]
    assert of_crl("crl.next-update", make_crl(CA, next_update=None)) == [
        "nextUpdate is missing, so the CRL never expires"
    ]


@pytest.mark.parametrize(
    ("this", "end", "found"),
    [
        (-60, 0, []),
        (300, 400, []),
        (301, 400, ["thisUpdate is in the future (2026-06-15 12:05:01 UTC)"]),
        (-60, -1, ["the CRL expired at 2026-06-15 11:59:59 UTC"]),
    ],
)
def test_a_crl_is_current_from_this_update_to_next_update_with_some_skew_before(this, end, found):
    crl = make_crl(CA, this_update=CLOCK + this * SECOND, next_update=CLOCK + end * SECOND)

    assert of_crl("crl.current", crl) == found


# --- the interval ---


def lasting(span, **options):
    return make_crl(CA, this_update=CLOCK - DAY, next_update=CLOCK - DAY + span, **options)


@pytest.mark.parametrize(
    ("scope", "days"), [(None, 10), ({"only_contains_user_certs": True}, 10), ({"only_contains_ca_certs": True}, 366)]
)
def test_a_crl_lasts_ten_days_for_subscribers_and_a_year_for_cas(scope, days):
    whose = " for a CRL of CAs" if days == 366 else ""

    assert of_crl("crl.interval", lasting(days * DAY, scope=scope)) == []
    assert of_crl("crl.interval", lasting(days * DAY + HOUR, scope=scope)) == [
        f"the CRL is valid for {days}.0 days, at most {days} allowed{whose}"
    ]


def test_the_crl_of_a_root_covers_cas_whatever_its_scope_leaves_open():
    crl = make_crl(ROOT, this_update=CLOCK, next_update=CLOCK + 366 * DAY)

    assert of_crl("crl.interval", crl, ROOT) == []
    assert of_crl("crl.interval", crl) == ["the CRL is valid for 366.0 days, at most 10 allowed"]
    assert of_crl("crl.interval", crl, ROOT, max_ca_days=365) == [
        "the CRL is valid for 366.0 days, at most 365 allowed for a CRL of CAs"
    ]


def test_a_crl_without_an_end_has_no_interval():
    assert ask_of(Role.CRL, "crl.interval", make_crl(CA, next_update=None)) == [
        NotApplicable("the CRL has no nextUpdate")
    ]
