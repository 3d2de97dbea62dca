"""Whether certificates are renewed, and the CAs that objects name."""

from datetime import timedelta

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotChecked, Passed, Problem
from certgate.checks.framework.subjects import KubernetesObjects
from certgate.lab.pki import CLOCK, issue
from certgate.model.kubernetes_facts import BundleServer, KubernetesFacts
from certgate.model.observation import Failure, FailureKind, Observation, Phase


def answers(rule, *, seen=(), failure=None, now=CLOCK, **facts):
    observation = Observation(observed_at=CLOCK, presented=seen, failure=failure)
    check = all_checks()[rule]
    subject = KubernetesObjects(KubernetesFacts(**{"object": "Certificate shop/web", **facts}), observation)
    return list(check(subject, now) if check.takes_clock else check(subject))


BUNDLE = {"object": "ValidatingWebhookConfiguration guard", "bundle": "webhooks[0].clientConfig.caBundle"}


def test_a_bundle_that_cannot_be_read_fails():
    failure = Failure(FailureKind.UNREADABLE, Phase.READ, "it is rubbish")
    [found] = answers("k8s.ca-bundle", failure=failure, **BUNDLE)
    assert found.message == (
        "webhooks[0].clientConfig.caBundle of ValidatingWebhookConfiguration guard has no CA certificate: it is rubbish"
    )


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
