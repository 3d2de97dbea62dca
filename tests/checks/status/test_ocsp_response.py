"""OCSP responses on their own: who signed them, and when they are valid, at every boundary."""

from datetime import timedelta

import pytest

from certgate.checks.framework.registry import NotApplicable, NotChecked, Passed
from certgate.lab.ocsp import issue_responder, make_staple
from certgate.lab.pki import CLOCK, issue, make_key
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate
from tests.checks.status.published import ask_of, of_response

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True, days=900)
LEAF = issue("leaf", issuer=CA, sans=["a.example"])
OTHER = issue("other", issuer=CA, sans=["b.example"])
RESPONDER = issue_responder(CA)
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
SIGNED = [Passed("signed for CA")]


def response(**options):
    return make_staple(LEAF, CA, **options)


# --- the signature ---


@pytest.mark.parametrize("id_hash", ["sha1", "sha256"])
def test_a_response_is_verified_under_the_issuer_in_the_trust_store(id_hash):
    assert ask_of(Role.OCSP, "ocsp.response-signature", response(id_hash=id_hash), ROOT, CA) == SIGNED
    assert ask_of(Role.OCSP, "ocsp.response-signature", response(responder=RESPONDER), CA) == SIGNED


def test_without_the_issuer_nothing_is_known_of_the_signature():
    lack = "the issuer of the certificates it is about is not in the trust store ca.pem: name its file with --trust"

    assert ask_of(Role.OCSP, "ocsp.response-signature", response(), ROOT) == [NotChecked(lack)]
    assert ask_of(Role.OCSP, "ocsp.response-responder", response()) == [
        NotChecked("the signer of the response is not known")
    ]


def test_a_signature_by_another_key_or_by_a_stranger_fails():
    forged, strange = response(signing_key=make_key("P-256")), response(responder=issue_responder(ROOT))

    assert of_response("ocsp.response-signature", forged, CA) == ["the signature does not verify with the signer's key"]
    assert "was not issued by" in of_response("ocsp.response-signature", strange, CA)[0]


def test_a_responder_is_valid_to_its_last_second():
    end = parse_certificate(RESPONDER.der).not_after
    der = response(responder=RESPONDER)

    assert ask_of(Role.OCSP, "ocsp.response-signature", der, CA, now=end) == SIGNED
    assert "is valid only from" in of_response("ocsp.response-signature", der, CA, now=end + SECOND)[0]


def test_a_weak_hash_is_one_cause():
    weak = response(hash_name="sha1")
    [answer] = ask_of(Role.OCSP, "ocsp.response-signature", weak, CA)

    assert answer.cause == "ocsp.response-hash"
    assert of_response("ocsp.response-hash", weak) == ["the response is signed with SHA1"]
    assert of_response("ocsp.response-hash", response()) == []


def test_the_certificate_of_a_responder_has_its_profile():
    lax = issue_responder(CA, sans=["ocsp.a.example"])

    assert of_response("ocsp.response-responder", response(responder=RESPONDER), CA) == []
    assert of_response("ocsp.response-responder", response(responder=lax), CA) == [
        "the responder's certificate has subjectAltName"
    ]
    assert ask_of(Role.OCSP, "ocsp.response-responder", response(), CA) == [
        NotApplicable("the response is signed by the issuer itself")
    ]


# --- dates ---


@pytest.mark.parametrize(
    ("this", "end", "found"),
    [
        (-60, 0, []),
        (300, 400, []),
        (
            301,
            400,
            [
                "producedAt is in the future (2026-06-15 12:05:01 UTC)",
                "thisUpdate is in the future (2026-06-15 12:05:01 UTC)",
            ],
        ),
        (-60, -1, ["the response expired at 2026-06-15 11:59:59 UTC"]),
        (-60, -61, ["nextUpdate (2026-06-15 11:58:59 UTC) is before thisUpdate (2026-06-15 11:59:00 UTC)"]),
        (-60, None, []),
    ],
)
def test_a_response_is_current_from_this_update_to_next_update_with_some_skew_before(this, end, found):
    der = response(this_update=CLOCK + this * SECOND, next_update=None if end is None else CLOCK + end * SECOND)

    assert of_response("ocsp.response-current", der) == found


def test_every_status_counts():
    der = response(next_update=CLOCK - SECOND, also=[OTHER])
    serials = [parse_certificate(one.der).serial for one in (OTHER, LEAF)]

    assert of_response("ocsp.response-current", der) == [
        f"the response expired at 2026-06-15 11:59:59 UTC (serial number {serial:x})" for serial in serials
    ]


def test_next_update_is_required():
    assert of_response("ocsp.response-next-update", response()) == []
    assert of_response("ocsp.response-next-update", response(next_update=None)) == ["nextUpdate is missing"]


def lasting(span, **options):
    return response(this_update=CLOCK, next_update=CLOCK + span - SECOND, **options)


@pytest.mark.parametrize(
    ("span", "found"),
    [
        (8 * HOUR, []),
        (8 * HOUR - SECOND, ["valid for 8.0 h, at least 8 hours required"]),
        (10 * DAY, []),
        (10 * DAY + SECOND, ["valid for 10 d 0.0 h, at most 10 days allowed"]),
    ],
)
def test_a_status_is_valid_for_eight_hours_to_ten_days(span, found):
    assert of_response("ocsp.response-interval", lasting(span)) == found
    assert of_response("ocsp.response-interval", lasting(span), CA) == found


def test_the_status_of_a_ca_may_be_valid_for_a_year():
    def of_ca(span):
        return make_staple(CA, ROOT, this_update=CLOCK, next_update=CLOCK + span - SECOND)

    assert of_response("ocsp.response-interval", of_ca(HOUR), ROOT) == []
    assert of_response("ocsp.response-interval", of_ca(366 * DAY), ROOT) == []
    assert of_response("ocsp.response-interval", of_ca(366 * DAY + SECOND), ROOT) != []
    assert of_response("ocsp.response-interval", of_ca(366 * DAY)) != []


def test_a_response_without_an_end_has_no_interval():
    assert ask_of(Role.OCSP, "ocsp.response-interval", response(next_update=None)) == [
        NotApplicable("the response has no nextUpdate")
    ]


def test_a_response_does_not_outlive_its_signer():
    end = parse_certificate(RESPONDER.der).not_after

    def until(moment, **options):
        return response(next_update=moment, **options)

    assert of_response("ocsp.response-outlives", until(end, responder=RESPONDER)) == []
    assert of_response("ocsp.response-outlives", until(end + SECOND, responder=RESPONDER)) != []
    assert of_response("ocsp.response-outlives", until(end + SECOND), CA) == []
    assert ask_of(Role.OCSP, "ocsp.response-outlives", until(end)) == [
        NotChecked("the issuer of the certificates it is about is not known")
    ]
