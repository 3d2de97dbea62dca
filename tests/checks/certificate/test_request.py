"""When the renewal of a certificate that is still to be made begins, each limit from both sides."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.checks.framework.subjects import CertificateInRole
from certgate.lab.pki import make_key
from certgate.model.observation import IssuancePlan
from certgate.model.target import Role
from certgate.x509.request import CertificateRequest

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
DER = (
    x509.CertificateSigningRequestBuilder()
    .subject_name(x509.Name([]))
    .sign(make_key(), hashes.SHA256())
    .public_bytes(Encoding.DER)
)


def renewal(plan, **parameters):
    subject = CertificateInRole(CertificateRequest(DER, plan), "leaf", frozenset({Role.REQUEST, Role.SERVER}))
    return list(all_checks()["request.renewal"].run(subject, **parameters))


@pytest.mark.parametrize(
    ("lifetime", "before", "problem"),
    [
        (90 * DAY, 7 * DAY, None),
        (90 * DAY, 7 * DAY - SECOND, "renewal starts 6 days before expiry, at least 7 days required"),
        (10 * DAY, DAY, None),
        (10 * DAY, DAY - SECOND, "renewal starts 23 hours before expiry, at least 1 day required"),
        (90 * DAY, 90 * DAY - SECOND, None),
        (90 * DAY, 90 * DAY, "renewal starts 90 days before expiry, but the lifetime is 90 days"),
    ],
)
def test_renewal_begins_early_enough_and_not_before_the_certificate_is_there(lifetime, before, problem):
    assert renewal(IssuancePlan(duration=lifetime, renew_before=before)) == ([Problem(problem)] if problem else [])


def test_thresholds_can_be_set():
    assert renewal(IssuancePlan(duration=90 * DAY, renew_before=10 * DAY), min_days=30, min_fraction=0.2) == [
        Problem("renewal starts 10 days before expiry, at least 18 days required")
    ]


def test_without_a_plan_nobody_renews_it():
    assert renewal(None) == [NotApplicable("no renewal is configured")]
