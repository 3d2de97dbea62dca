"""Whether certificates are renewed, and the CAs that objects name."""

from datetime import timedelta

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable
from certgate.checks.framework.subjects import KubernetesObjects
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Severity
from certgate.model.kubernetes_facts import IssuerState, KubernetesFacts, Renewal
from certgate.model.observation import Failure, FailureKind, Observation, Phase

DAY = timedelta(days=1)


def answers(rule, *, seen=(), failure=None, now=CLOCK, **facts):
    observation = Observation(observed_at=CLOCK, presented=seen, failure=failure)
    check = all_checks()[rule]
    subject = KubernetesObjects(KubernetesFacts(**{"object": "Certificate shop/web", **facts}), observation)
    return list(check(subject, now) if check.takes_clock else check(subject))


@pytest.mark.parametrize(
    ("late", "severity"),
    [(-1, "due"), (9, "due"), (9.1, Severity.WARNING), (15, Severity.WARNING), (15.1, None)],
)
def test_a_renewal_is_overdue_after_a_tenth_of_the_lifetime_and_badly_after_half_of_the_rest(late, severity):
    renewal = Renewal(CLOCK, CLOCK - 60 * DAY, CLOCK + 30 * DAY)
    found = answers("k8s.renewal-overdue", now=CLOCK + late * DAY, renewal=renewal)
    assert [one.severity for one in found] == ([] if severity == "due" else [severity])


def test_an_overdue_renewal_says_since_when():
    renewal = Renewal(CLOCK, CLOCK - 60 * DAY, CLOCK + 30 * DAY)
    [found] = answers("k8s.renewal-overdue", now=CLOCK + 20 * DAY, renewal=renewal)
    assert found.message == ("the renewal was due on 2026-06-15, 20 days ago; the certificate expires on 2026-07-15")


def test_without_a_renewal_time_it_does_not_apply():
    [found] = answers("k8s.renewal-overdue")
    assert isinstance(found, NotApplicable)


def test_an_issuer_that_is_not_ready_fails_and_says_why():
    [found] = answers("k8s.issuer-ready", issuer=IssuerState("Issuer shop/ca", is_ready=False, detail="no key"))
    assert found.message == "Issuer shop/ca is not ready: no key"
    assert answers("k8s.issuer-ready", issuer=IssuerState("Issuer shop/ca", is_ready=True)) == []


@pytest.mark.parametrize("issuer", [None, IssuerState("ClusterIssuer ca", None, "why")])
def test_without_an_issuer_or_its_state_it_does_not_apply(issuer):
    [found] = answers("k8s.issuer-ready", issuer=issuer)
    assert isinstance(found, NotApplicable)


BUNDLE = {"object": "ValidatingWebhookConfiguration guard", "bundle": "webhooks[0].clientConfig.caBundle"}


def test_a_bundle_that_cannot_be_read_fails():
    failure = Failure(FailureKind.UNREADABLE, Phase.READ, "it is rubbish")
    [found] = answers("k8s.ca-bundle", failure=failure, **BUNDLE)
    assert found.message == (
        "webhooks[0].clientConfig.caBundle of ValidatingWebhookConfiguration guard has no CA certificate: it is rubbish"
    )


def test_a_bundle_that_has_expired_fails_from_then_on():
    ca = issue("CA", ca=True, days=60).der
    assert answers("k8s.ca-bundle", seen=(ca,), now=CLOCK, **BUNDLE) == []
    [found] = answers("k8s.ca-bundle", seen=(ca,), now=CLOCK + 31 * DAY, **BUNDLE)
    assert "expired on 2026-07-15" in found.message


def test_what_is_no_bundle_is_not_judged_as_one():
    [found] = answers("k8s.ca-bundle")
    assert isinstance(found, NotApplicable)
