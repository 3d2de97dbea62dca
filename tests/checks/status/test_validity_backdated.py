"""Dates that were set back."""

from datetime import timedelta

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.status.validity_backdated import backdated
from certgate.lab.ct import Log, issue_logged
from certgate.lab.pki import CLOCK, issue
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate

CA = issue("CA", ca=True)
A1, A2, B1 = Log("a1", "A"), Log("a2", "A"), Log("b1", "B")
START = CLOCK - timedelta(days=30)
PLAIN = issue("leaf", issuer=CA)
NO_SCT = NotApplicable("the certificate has no SCTs")


def leaf(*logs, **options):
    return server(issue_logged(subject="leaf", issuer=CA, logs=logs, **options))


def server(credential):
    return CertificateInRole(parse_certificate(credential.der), "leaf", frozenset({Role.SERVER}))


def test_a_certificate_that_was_logged_within_two_days_passes():
    assert list(backdated(leaf(A1, at=START + timedelta(hours=48)))) == []
    assert list(backdated(leaf(A1, at=START - timedelta(days=3)))) == []
    assert list(backdated(server(PLAIN))) == [NO_SCT]


def test_a_certificate_that_was_logged_later_is_backdated():
    assert list(backdated(leaf(A1, at=START + timedelta(hours=48, seconds=1)))) == [
        Problem("notBefore is 48.0 hours before the newest SCT (2026-05-18 12:00:01 UTC), at most 48 allowed")
    ]
