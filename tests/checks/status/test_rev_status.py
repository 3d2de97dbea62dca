"""Staple, OCSP responses and CRLs together: one believed answer suffices, a revocation counts most, silence is no pass."""

from datetime import timedelta

import pytest
from cryptography import x509

from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import CertificatePath, RevocationEvidence
from certgate.checks.status.rev_status import status
from certgate.lab.crl import make_crl
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import CLOCK, issue
from certgate.model.evidence import Evidence, EvidenceKind, FetchFailure
from certgate.model.finding import Severity
from certgate.model.target import Revocation
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True, days=900)
LEAF = issue("leaf", issuer=CA, sans=["a.example"])
CRL_URL = "http://crl.lab.example/1.crl"
OCSP_URL = "http://ocsp.lab.example/"
NO_CRLDP = {x509.CRLDistributionPoints: None}
NEEDS_NONE = NotApplicable("no revocation pointer needed: the certificate is short-lived or has noRevAvail")


def read(credential):
    return parse_certificate(credential.der)


def subject(*evidence, leaf=LEAF, index=0, staple=None, mode=Revocation.SOFT, unusable=False):
    path = CertificatePath((read(leaf), read(CA)), read(ROOT))
    return RevocationEvidence(path=path, index=index, staple=staple, unusable=unusable, evidence=evidence, mode=mode)


def ocsp(content, certificate=LEAF, **fields):
    return Evidence(kind=EvidenceKind.OCSP, source=OCSP_URL, content=content, about=read(certificate).sha256, **fields)


def crl(content, source=CRL_URL):
    return Evidence(kind=EvidenceKind.CRL, source=source, content=content)


def unreachable(kind, source, about=""):
    return Evidence(
        kind=kind,
        source=source,
        content=None,
        failure=FetchFailure.UNREACHABLE,
        detail="it cannot be reached",
        about=about,
    )


def ask(*evidence, now=CLOCK, **options):
    return list(status(subject(*evidence, **options), now))


def silent(reason):
    message = f"revocation status unknown: {reason}"
    return [Problem(message, key="undetermined", severity=Severity.WARNING)]


GOOD_STAPLE = make_staple(LEAF, CA)
GOOD_CRL = make_crl(CA)
REVOKED_STAPLE = make_staple(LEAF, CA, status="revoked", reason=1)
REVOKED_CRL = make_crl(CA, LEAF, reason=x509.ReasonFlags.key_compromise)


@pytest.mark.parametrize("mode", Revocation)
def test_one_good_answer_suffices_wherever_it_comes_from(mode):
    assert ask(staple=GOOD_STAPLE, mode=mode) == []
    assert ask(ocsp(GOOD_STAPLE), mode=mode) == []
    assert ask(crl(GOOD_CRL), mode=mode) == []
    assert ask(unreachable(EvidenceKind.CRL, CRL_URL), ocsp(GOOD_STAPLE), mode=mode) == []


@pytest.mark.parametrize("mode", Revocation)
def test_a_revocation_counts_more_than_any_number_of_good_answers(mode):
    by_staple = [Problem("revoked at 2026-06-13 12:00:00 UTC (keyCompromise), according to the staple")]
    by_crl = [Problem("revoked (keyCompromise), according to a CRL")]

    assert ask(ocsp(GOOD_STAPLE), crl(GOOD_CRL), staple=REVOKED_STAPLE, mode=mode) == by_staple
    assert ask(ocsp(GOOD_STAPLE), crl(REVOKED_CRL), staple=GOOD_STAPLE, mode=mode) == by_crl


def test_a_certificate_that_its_responder_does_not_know_fails_whatever_a_crl_says():
    message = f"the responder does not know the certificate, according to the response of {OCSP_URL}"

    assert ask(ocsp(make_staple(LEAF, CA, status="unknown")), crl(GOOD_CRL)) == [Problem(message)]


def test_an_intermediate_is_asked_for_under_its_own_issuer():
    root_crl = make_crl(ROOT, CA)

    assert ask(crl(make_crl(ROOT)), index=1) == []
    assert ask(crl(root_crl), index=1) == [Problem("revoked (unspecified), according to a CRL")]
    assert ask(crl(root_crl, "http://crl.lab.example/other.crl"), crl(GOOD_CRL), index=0) == []
    assert ask(ocsp(make_staple(CA, ROOT), CA), index=1) == []


def test_a_ca_cannot_vouch_for_itself_under_the_name_of_its_issuer():
    namesake = issue("Root", issuer=ROOT, ca=True, days=900)
    leaf = issue("leaf", issuer=namesake)
    path = CertificatePath((read(leaf), read(namesake)), read(ROOT))
    own = RevocationEvidence(path=path, index=1, evidence=(crl(make_crl(namesake)),), mode=Revocation.HARD)
    above = RevocationEvidence(path=path, index=1, evidence=(crl(make_crl(ROOT)),), mode=Revocation.HARD)

    assert list(status(own, CLOCK)) == [NotChecked("the CRL of CN=Root has a bad signature")]
    assert list(status(above, CLOCK)) == []


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (ocsp(b"<html>"), "not a DER OCSP response"),
        (
            ocsp(make_staple(LEAF, ROOT)),
            "is not valid: the response is signed neither by the issuer nor by a certificate in the response",
        ),
        (ocsp(make_staple(CA, ROOT)), "is not valid"),
        (ocsp(make_staple(LEAF, CA, next_update=CLOCK - timedelta(seconds=1))), "the response expired"),
        (crl(b"<html>"), f"{CRL_URL}: the CRL cannot be read"),
        (crl(make_crl(CA, signing_key=ROOT.key)), "has a bad signature"),
        (crl(make_crl(ROOT)), "the CRL is from another issuer"),
        (crl(make_crl(CA, next_update=CLOCK - timedelta(seconds=1))), "the CRL expired at 2026-06-15 11:59:59 UTC"),
        (unreachable(EvidenceKind.CRL, CRL_URL), f"{CRL_URL}: it cannot be reached"),
        (unreachable(EvidenceKind.OCSP, OCSP_URL, read(LEAF).sha256), f"{OCSP_URL}: it cannot be reached"),
    ],
)
def test_what_is_not_believed_is_a_warning_when_soft_and_unchecked_when_hard(evidence, reason):
    (soft,) = ask(evidence, mode=Revocation.SOFT)
    (hard,) = ask(evidence, mode=Revocation.HARD)

    assert (type(soft), soft.key, soft.severity) == (Problem, "undetermined", Severity.WARNING)
    assert reason in soft.message
    assert type(hard) is NotChecked
    assert reason in hard.reason


def test_all_reasons_are_told_each_once():
    failed = unreachable(EvidenceKind.CRL, CRL_URL)

    assert ask(failed, failed, staple=make_staple(LEAF, CA, next_update=None)) == silent(
        "the staple is not valid: nextUpdate is missing, so the response never expires; "
        f"{CRL_URL}: it cannot be reached"
    )


def test_without_anything_had_the_reason_says_what_was_asked():
    pointless = issue("leaf", issuer=CA, extensions=NO_CRLDP)

    assert ask(mode=Revocation.OFF) == [NotChecked("no OCSP response was stapled, and --revocation is off")]
    assert ask(mode=Revocation.GIVEN) == [NotChecked("no given CRL is from the certificate's issuer")]
    assert ask(mode=Revocation.GIVEN, index=1) == silent("no given CRL is from the certificate's issuer")
    assert ask(mode=Revocation.SOFT) == silent("no answer")
    assert ask(mode=Revocation.HARD) == [NotChecked("no answer")]
    assert ask(leaf=pointless) == silent("the certificate names neither an OCSP responder nor a CRL")


@pytest.mark.parametrize("mode", Revocation)
@pytest.mark.parametrize(("seconds", "short"), [(0, True), (1, False)])
def test_a_short_lived_certificate_without_a_pointer_needs_no_answer(mode, seconds, short):
    leaf = issue("leaf", issuer=CA, extensions=NO_CRLDP, days=7 + seconds / 86400)

    assert (ask(leaf=leaf, mode=mode) == [NEEDS_NONE]) is short


def test_a_certificate_with_no_rev_avail_and_no_pointer_needs_no_answer():
    leaf = issue("leaf", issuer=CA, extensions=NO_CRLDP, raw_extensions=[("2.5.29.56", False, b"\x05\x00")])

    assert ask(leaf=leaf, mode=Revocation.HARD) == [NEEDS_NONE]


def test_a_ca_cannot_do_without_an_answer_by_no_rev_avail():
    options = {"extensions": NO_CRLDP, "raw_extensions": [("2.5.29.56", False, b"\x05\x00")]}
    middle = issue("Middle", issuer=ROOT, ca=True, days=900, **options)
    path = CertificatePath((read(issue("leaf", issuer=middle)), read(middle)), read(ROOT))

    assert list(status(RevocationEvidence(path=path, index=1, mode=Revocation.HARD), CLOCK)) == [
        NotChecked("the certificate names neither an OCSP responder nor a CRL")
    ]


def test_a_short_lived_certificate_with_a_pointer_or_a_staple_is_asked_for():
    named = issue("leaf", issuer=CA, days=6)
    pointless = issue("leaf", issuer=CA, days=6, extensions=NO_CRLDP)
    revoked = make_staple(pointless, CA, status="revoked")

    assert ask(leaf=named, mode=Revocation.HARD) == [NotChecked("no answer")]
    assert [type(a) for a in ask(leaf=pointless, staple=revoked)] == [Problem]


def test_an_anchor_cannot_be_revoked():
    path = CertificatePath((read(ROOT),), read(ROOT))
    answers = list(status(RevocationEvidence(path=path, index=0, mode=Revocation.HARD), CLOCK))

    assert answers == [NotApplicable("a trusted root cannot be revoked, only removed from the trust store")]


# --- the nonce ---


def nonced(returned, sent=b"n" * 32):
    extensions = [] if returned is None else [("1.3.6.1.5.5.7.48.1.2", False, b"\x04\x20" + returned)]
    return ocsp(make_staple(LEAF, CA, extensions=extensions), nonce=sent)


def test_a_response_with_another_nonce_is_not_believed_and_one_without_is_by_its_dates():
    assert ask(nonced(None)) == []
    assert ask(nonced(b"n" * 32)) == []
    assert ask(nonced(b"m" * 32)) == silent(f"{OCSP_URL}: the nonce in the response is wrong")
