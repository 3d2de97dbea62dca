"""Form and timing of a response as the web PKI wants them."""

from datetime import timedelta

import pytest
from cryptography import x509

from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import Staple
from certgate.checks.status.ocsp_profile import delegate_profile, interval, next_update_bound, reason_extension, stale
from certgate.lab.ocsp import issue_responder, make_staple
from certgate.lab.pki import CLOCK, issue
from certgate.x509.certificate import parse_certificate

CA = issue("CA", ca=True)
LEAF = issue("leaf", issuer=CA, sans=["a.example"])
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def staple(issuer=CA, **options):
    der = make_staple(LEAF, CA, **options)
    return Staple(der, parse_certificate(LEAF.der), issuer and parse_certificate(issuer.der))


def spanning(span, **options):
    return staple(this_update=CLOCK, next_update=CLOCK + span, **options)


NOTHING = Staple(None, parse_certificate(LEAF.der), parse_certificate(CA.der))
BROKEN = Staple(None, parse_certificate(LEAF.der), parse_certificate(CA.der), unusable=True)


@pytest.mark.parametrize(
    "run", [delegate_profile, interval, lambda s: stale(s, CLOCK), next_update_bound, reason_extension]
)
def test_without_content_the_rules_do_not_pass(run):
    assert list(run(NOTHING)) == [NotApplicable("no staple")]
    assert [type(a) for a in run(BROKEN)] == [NotChecked]


# --- the delegate's profile ---


def test_an_issuer_that_signs_itself_has_no_delegate():
    assert list(delegate_profile(staple())) == [NotApplicable("the response is signed by the issuer itself")]


def test_a_delegate_of_the_profile_passes():
    assert list(delegate_profile(staple(responder=issue_responder(CA)))) == []


def test_a_delegate_of_an_unknown_signer_is_not_judged():
    unknown = NotChecked("the signer of the response is not known")

    assert list(delegate_profile(staple(responder=issue("Stranger", ca=True)))) == [unknown]
    assert list(delegate_profile(staple(responder=issue_responder(CA), issuer=None))) == [unknown]


SIGNING = "1.3.6.1.5.5.7.3.9"


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ({"extensions": {x509.CRLDistributionPoints: None}}, ["nocheck"]),
        (
            {
                "extensions": {x509.CRLDistributionPoints: None},
                "raw_extensions": [("1.3.6.1.5.5.7.48.1.5", False, b"\x04\x00")],
            },
            ["nocheck"],
        ),
        ({"extensions": {x509.OCSPNoCheck: (x509.OCSPNoCheck(), False)}}, ["cRLDistributionPoints"]),
        ({"ekus": [SIGNING, "1.3.6.1.5.5.7.3.1"]}, ["eku"]),
        ({"key_usage": ["digital_signature", "key_encipherment"]}, ["ku"]),
        ({"key_usage": []}, ["ku"]),
        ({"sans": ["ocsp.lab.example"]}, ["subjectAltName"]),
        ({"ca": True, "key_usage": ["digital_signature", "key_cert_sign"]}, ["ku", "ca"]),
    ],
)
def test_a_delegate_that_is_made_for_more_fails(options, keys):
    responder = issue_responder(CA, **options)

    assert [p.key for p in delegate_profile(staple(responder=responder))] == keys


# --- how long it holds ---


@pytest.mark.parametrize("span", [8 * HOUR - SECOND, 240 * HOUR - SECOND])
def test_an_interval_at_either_end_passes(span):
    assert list(interval(spanning(span))) == []


def test_an_interval_beyond_either_end_fails():
    assert list(interval(spanning(8 * HOUR - 2 * SECOND))) == [
        Problem("the response is valid for 8.0 h, at least 8 hours required", key="short")
    ]
    assert list(interval(spanning(240 * HOUR))) == [
        Problem("the response is valid for 10 d 0.0 h, at most 10 days allowed", key="long")
    ]


def test_without_next_update_there_is_no_interval():
    absent = [NotApplicable("the response has no nextUpdate")]
    subject = staple(next_update=None)

    assert list(interval(subject)) == list(stale(subject, CLOCK)) == list(next_update_bound(subject)) == absent


@pytest.mark.parametrize(
    ("span", "due"),
    [
        (10 * HOUR, 5 * HOUR),  # below sixteen hours: half
        (16 * HOUR, 8 * HOUR),  # eight hours before the end
        (16.5 * HOUR, 8.5 * HOUR),
        (72 * HOUR, 64 * HOUR),
        (168 * HOUR, 96 * HOUR),  # four days at most
    ],
)
def test_a_staple_is_stale_once_a_newer_one_must_be_there(span, due):
    subject = spanning(span)

    assert list(stale(subject, CLOCK + due)) == []
    assert list(stale(subject, CLOCK + due + SECOND)) == [
        Problem(f"the staple is old: a newer response was due at {CLOCK + due:%Y-%m-%d %H:%M:%S} UTC")
    ]


# --- who outlives whom ---


def test_a_response_must_not_outlive_its_issuer():
    end = parse_certificate(CA.der).not_after

    assert list(next_update_bound(staple(next_update=end))) == []
    assert list(next_update_bound(staple(next_update=end + SECOND))) == [
        Problem("nextUpdate is after the expiry of the signer's certificate (2026-08-14 11:59:59 UTC)")
    ]
    assert list(next_update_bound(staple(issuer=None))) == [NotChecked("the leaf's issuer is not known")]


def test_a_response_must_not_outlive_any_certificate_that_it_carries():
    responder = issue_responder(CA, not_before=CLOCK - timedelta(days=1), days=2)
    end = parse_certificate(responder.der).not_after

    assert list(next_update_bound(staple(responder=responder, next_update=end))) == []
    assert len(list(next_update_bound(staple(responder=responder, next_update=end + SECOND)))) == 1


# --- extensions ---


def test_a_reason_code_extension_fails():
    subject = staple(status="revoked", single_extensions=[("2.5.29.21", False, b"\x0a\x01\x01")])

    assert list(reason_extension(subject)) == [Problem("the response has the CRL entry extension reasonCode")]
    assert list(reason_extension(staple(single_extensions=[("1.2.3", False, b"")]))) == []
