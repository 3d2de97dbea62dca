"""A certificate says where its revocation status is to be had, unless it is short-lived."""

from datetime import timedelta

import pytest
from cryptography import x509

from certgate.checks.registry import NotApplicable, Problem
from certgate.checks.revocation import pointer
from certgate.checks.subjects import CertificateInRole
from certgate.lab.pki import issue
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate

CA = issue("CA", ca=True)
NONE = {x509.CRLDistributionPoints: None}


def leaf(**options):
    certificate = parse_certificate(issue("leaf", issuer=CA, sans=["a.example"], **options).der)
    return CertificateInRole(certificate, "leaf", frozenset({Role.SERVER}))


def access(method, url="http://lab.example/"):
    description = x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
    return {x509.AuthorityInformationAccess: (x509.AuthorityInformationAccess([description]), False)}


def test_a_certificate_with_a_crl_or_an_ocsp_responder_passes():
    assert list(pointer(leaf())) == []
    assert list(pointer(leaf(extensions=NONE | access(x509.AuthorityInformationAccessOID.OCSP)))) == []


def test_a_certificate_with_neither_fails():
    problem = Problem("the certificate names neither a CRL nor an OCSP responder")

    assert list(pointer(leaf(extensions=NONE))) == [problem]
    assert list(pointer(leaf(extensions=NONE | access(x509.AuthorityInformationAccessOID.CA_ISSUERS)))) == [problem]


@pytest.mark.parametrize(("days", "seconds", "short"), [(7, 0, True), (7, 1, False), (10, 0, False)])
def test_a_certificate_that_lives_at_most_seven_days_needs_none(days, seconds, short):
    subject = leaf(extensions=NONE, days=days + seconds / 86400)

    reason = NotApplicable("a certificate that lives at most 7 days needs no revocation pointer")
    problem = Problem("the certificate names neither a CRL nor an OCSP responder")
    assert subject.certificate.lifetime == timedelta(days=days, seconds=seconds)
    assert list(pointer(subject)) == [reason if short else problem]


def test_how_long_is_short_is_the_policy_s():
    reason = NotApplicable("a certificate that lives at most 10 days needs no revocation pointer")

    assert list(pointer(leaf(extensions=NONE, days=10), short_lived_days=10)) == [reason]


def test_a_short_lived_certificate_with_a_pointer_passes():
    assert list(pointer(leaf(days=7))) == []
