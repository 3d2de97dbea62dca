"""What is stapled is believed only if it is the issuer's word, about this leaf, and fresh."""

from datetime import timedelta

import pytest

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import CertificatePath, RevocationEvidence, Staple
from certgate.checks.status.ocsp import certid, fresh, signature
from certgate.checks.status.rev_status import status
from certgate.lab.ocsp import issue_responder, make_staple, unsuccessful_staple
from certgate.lab.pki import CLOCK, issue
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed

CA = issue("CA", ca=True)
LEAF = issue("leaf", issuer=CA, sans=["a.example"])
OTHER = issue("other", issuer=CA, sans=["b.example"])
SECOND = timedelta(seconds=1)
UNSEEN = "the staple cannot be read: it breaks the handshake (not DER, or over 16 kB)"


def staple(der, leaf=LEAF, issuer=CA, *, unusable=False):
    return Staple(der, parse_certificate(leaf.der), issuer and parse_certificate(issuer.der), unusable)


def judged(subject, now=CLOCK):
    """All rules about the content, and the status that is learnt from it, by name."""
    answers = {}
    for check in (signature, certid, fresh):
        try:
            arguments = (subject,) if check is certid else (subject, now)
            answers[check.run.__name__] = list(check(*arguments))
        except Malformed as error:
            answers[check.run.__name__] = [NotChecked(str(error))]
    evidence = RevocationEvidence(
        path=CertificatePath((subject.leaf,), subject.issuer), index=0, staple=subject.der, unusable=subject.unusable
    )
    return answers | {"status": list(status(evidence, now))}


PASS = {"signature": [], "certid": [], "fresh": [], "status": []}


# --- the content as a whole ---


@pytest.mark.parametrize("by_name", [True, False])
@pytest.mark.parametrize("responder", [None, issue_responder(CA)])
def test_a_good_staple_passes_everything(responder, by_name):
    assert judged(staple(make_staple(LEAF, CA, responder=responder, by_name=by_name))) == PASS


def test_where_nothing_was_stapled_the_content_is_no_matter_but_the_status_is_unknown():
    nothing = NotApplicable("no staple")

    assert judged(staple(None)) == {
        "signature": [nothing],
        "certid": [nothing],
        "fresh": [nothing],
        "status": [NotChecked("no OCSP response was stapled, and --revocation is off")],
    }


def test_a_staple_that_broke_the_handshake_fails():
    unseen = NotChecked(UNSEEN)

    assert judged(staple(None, unusable=True)) == {
        "signature": [Problem(UNSEEN, denies=Premise.READABLE)],
        "certid": [unseen],
        "fresh": [unseen],
        "status": [unseen],
    }


@pytest.mark.parametrize("der", [b"", b"junk", unsuccessful_staple(6)])
def test_a_staple_that_is_no_response_fails(der):
    answers = judged(staple(der))

    assert [type(a) for (a,) in answers.values()] == [Problem, NotChecked, NotChecked, NotChecked]


def test_without_a_known_issuer_nothing_is_believed():
    unknown = NotChecked("the leaf's issuer is not known")

    assert judged(staple(make_staple(LEAF, CA), issuer=None)) == {
        "signature": [unknown],
        "certid": [unknown],
        "fresh": [],
        "status": [NotChecked("the certificate's issuer is not known")],
    }


def test_a_staple_of_another_certificate_says_nothing_of_this_one():
    assert judged(staple(make_staple(OTHER, CA))) == {
        "signature": [],
        "certid": [Problem("the staple is about another certificate")],
        "fresh": [],
        "status": [NotChecked("the staple is about another certificate")],
    }


def test_a_staple_signed_by_a_stranger_is_not_believed():
    stranger = issue("Stranger", ca=True)
    reason = "the responder's certificate was not issued by the leaf's issuer"

    for word in ("good", "revoked", "unknown"):
        assert judged(staple(make_staple(LEAF, CA, status=word, responder=stranger))) == PASS | {
            "signature": [Problem(reason, denies=Premise.SIGNER)],
            "status": [NotChecked(f"the staple is not valid: {reason}")],
        }


def test_a_revoked_certificate_fails_with_time_and_reason():
    message = "revoked at 2026-06-13 12:00:00 UTC"

    assert judged(staple(make_staple(LEAF, CA, status="revoked")))["status"] == [
        Problem(f"{message}, according to the staple")
    ]
    assert judged(staple(make_staple(LEAF, CA, status="revoked", reason=1))) == PASS | {
        "status": [Problem(f"{message} (keyCompromise), according to the staple")]
    }


def test_a_revocation_does_not_expire():
    late = CLOCK + timedelta(days=30)

    answers = judged(staple(make_staple(LEAF, CA, status="revoked")), late)

    assert answers["status"] == [Problem("revoked at 2026-06-13 12:00:00 UTC, according to the staple")]


def test_a_certificate_that_the_responder_does_not_know_fails():
    assert judged(staple(make_staple(LEAF, CA, status="unknown"))) == PASS | {
        "status": [Problem("the responder does not know the certificate, according to the staple")]
    }


# --- the delegate's dates ---


@pytest.mark.parametrize(("offset", "passes"), [(-1, False), (0, True), (90 * 86400 - 1, True), (90 * 86400, False)])
def test_a_delegate_must_be_valid_now(offset, passes):
    start = CLOCK - timedelta(days=30)
    now = start + offset * SECOND
    delegate = issue_responder(CA, not_before=start)
    der = make_staple(LEAF, CA, responder=delegate, this_update=now, next_update=now + timedelta(days=1))

    answers = judged(staple(der), now)

    reason = "the responder's certificate is valid only from 2026-05-16 12:00 to 2026-08-14 11:59 UTC"
    failed = {"signature": [Problem(reason)], "status": [NotChecked(f"the staple is not valid: {reason}")]}
    assert answers == (PASS if passes else PASS | failed)


# --- freshness ---


def times(this, end, produced=None):
    produced_at = None if produced is None else CLOCK + produced * SECOND
    next_update = None if end is None else CLOCK + end * SECOND
    return staple(
        make_staple(LEAF, CA, this_update=CLOCK + this * SECOND, next_update=next_update, produced_at=produced_at)
    )


@pytest.mark.parametrize("subject", [times(0, 0), times(-60, 1), times(300, 400), times(-60, 60, 300)])
def test_a_staple_is_fresh_from_this_update_to_next_update_with_some_skew_before(subject):
    assert judged(subject) == PASS


@pytest.mark.parametrize(
    ("subject", "key", "message"),
    [
        (times(-60, -1), "nextUpdate", "the response expired at 2026-06-15 11:59:59 UTC"),
        (times(301, 400, 0), "thisUpdate", "thisUpdate is in the future (2026-06-15 12:05:01 UTC)"),
        (times(-60, 60, 301), "producedAt", "producedAt is in the future (2026-06-15 12:05:01 UTC)"),
        (times(-60, None), "nextUpdate", "nextUpdate is missing, so the response never expires"),
        (
            times(200, 100),
            "nextUpdate",
            "nextUpdate (2026-06-15 12:01:40 UTC) is before thisUpdate (2026-06-15 12:03:20 UTC)",
        ),
    ],
)
def test_a_staple_outside_its_times_fails_and_its_good_is_not_believed(subject, key, message):
    assert judged(subject) == PASS | {
        "fresh": [Problem(message, key=key)],
        "status": [NotChecked(f"the staple is not valid: {message}")],
    }


def test_every_wrong_time_is_told():
    assert [p.key for p in fresh(times(400, None, 500), CLOCK)] == ["thisUpdate", "producedAt", "nextUpdate"]
