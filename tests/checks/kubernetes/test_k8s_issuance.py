"""Whether certificates are renewed, and the CAs that objects name."""

from datetime import timedelta

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable, NotChecked, Passed, Problem
from certgate.checks.framework.subjects import KubernetesObjects
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Severity
from certgate.model.kubernetes_facts import BundleServer, IssuerState, KubernetesFacts, Renewal
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


CA, OTHER = issue("CA", ca=True, days=60), issue("Other", ca=True, days=60)
GUARD = issue("guard.shop.svc", issuer=CA, sans=["guard.shop.svc"], days=60)


def verified(*anchors, chain=(GUARD,), host="guard.shop.svc", now=CLOCK, **more):
    """What the rule says of a bundle with a server."""
    server = BundleServer(
        name="guard.shop.svc:443",
        asked="guard.shop.svc:443",
        host=host,
        anchors=tuple(getattr(one, "der", one) for one in anchors),
        chain=tuple(getattr(one, "der", one) for one in chain),
        **more,
    )
    return answers("k8s.ca-bundle", seen=(CA.der,), server=server, now=now, **BUNDLE)


def test_a_bundle_verifies_its_server_by_any_of_its_cas():
    assert verified(CA) == verified(b"rubbish", OTHER, CA) == verified(GUARD) == []
    [found] = verified(OTHER)
    assert (found.key, "does not verify guard.shop.svc:443: no path" in found.message) == ("trust.anchor", True)


def test_the_name_of_a_server_has_to_match_and_that_of_a_secret_not():
    [found] = verified(CA, host="other.shop.svc")
    assert (found.key, found.message.endswith("other names than other.shop.svc")) == ("name", True)
    assert verified(CA, host="") == []


def test_a_server_whose_certificate_has_expired_is_not_verified():
    until = GUARD.native.not_valid_after_utc
    assert [one.key for one in verified(CA, now=until + timedelta(seconds=1)) if isinstance(one, Problem)] != []


def test_without_a_chain_the_rule_says_whether_anything_was_asked():
    assert verified(CA, chain=(), detail="no answer") == [NotChecked("no answer")]
    server = BundleServer(name="guard.shop.svc:443", detail="no connection is made")
    found = answers("k8s.ca-bundle", seen=(CA.der,), server=server, **BUNDLE)
    assert found == [Passed("guard.shop.svc:443 was not asked: no connection is made")]


def test_what_the_api_server_refuses_is_not_verified_whatever_else_is_known():
    [found] = verified(CA, refusal="x509: why")
    assert found.message == "the API server refuses the certificate of guard.shop.svc:443: x509: why"


def test_rubbish_and_repetitions_that_a_server_sends_are_skipped():
    assert verified(CA, chain=(GUARD, b"rubbish", GUARD, OTHER)) == []


def test_a_flood_of_look_alikes_is_not_checked():
    last = issue("CA", ca=True, issuer=OTHER, days=60)
    flood = [issue("CA", ca=True, issuer=OTHER, days=60) for _ in range(130)]
    server = issue("guard.shop.svc", issuer=last, sans=["guard.shop.svc"], days=60)
    [found] = verified(CA, chain=(server, *flood))
    assert (type(found), "limit" in str(found)) == (NotChecked, True)
