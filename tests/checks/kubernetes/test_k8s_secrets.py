"""The Secrets that hosts are served from."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable, NotChecked, Passed, Problem
from certgate.checks.framework.subjects import KubernetesObjects
from certgate.lab.pki import CLOCK, issue
from certgate.model.kubernetes_facts import HostUse, KubernetesFacts, NamedSecret, SecretState
from certgate.model.observation import Observation

ROOT = issue("Root", ca=True)
CA = issue("CA", ca=True, issuer=ROOT)
OLD = issue("a.example", issuer=CA, sans=["a.example"], not_before=CLOCK - timedelta(days=80))
NEW = issue("a.example", issuer=CA, sans=["a.example", "*.shop.example"], not_before=CLOCK - timedelta(days=1))
RENEWED = issue("a.example", issuer=CA, sans=["a.example"], not_before=CLOCK - timedelta(days=1))
OTHER = issue("b.example", issuer=CA, sans=["b.example"], key="P-384")
WEB = HostUse("Ingress shop/web", "a.example")


def spki(credential):
    return credential.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def secret(*chain, name="shop/web", key=None, **more):
    chain = tuple(one.der for one in chain)
    return NamedSecret(name=name, chain=chain, public_key=key and spki(key), **more)


def hidden(state, detail=""):
    return NamedSecret(name="shop/web", state=state, detail=detail)


def told(rule, *, seen=(), **facts):
    """What the rule says of an Ingress: each problem's message and key, or the other answer."""
    observation = Observation(observed_at=CLOCK, presented=tuple(one.der for one in seen))
    subject = KubernetesObjects(KubernetesFacts(**{"object": "Ingress shop/web", **facts}), observation)
    answers = list(all_checks()[rule](subject))
    return [(one.message, one.key) if isinstance(one, Problem) else one for one in answers]


@pytest.mark.parametrize("named", [(), (hidden(SecretState.LEFT_OUT),)])
def test_where_no_secret_is_named_or_read_existence_does_not_apply(named):
    [answer] = told("k8s.secret-exists", secrets=named)
    assert isinstance(answer, NotApplicable)


def test_one_of_several_secrets_is_enough():
    secrets = (secret(OTHER, name="shop/b"), secret(NEW))
    assert told("k8s.ingress-names-covered", uses=(WEB,), secrets=secrets) == []


@pytest.mark.parametrize("facts", [{"secrets": (secret(NEW),)}, {"uses": (WEB,)}])
def test_without_hosts_or_certificates_names_do_not_apply(facts):
    [answer] = told("k8s.ingress-names-covered", **facts)
    assert isinstance(answer, NotApplicable)


def test_a_secret_itself_is_held_against_the_hosts_that_are_served_from_it():
    found = told("k8s.ingress-names-covered", seen=(OTHER, CA), object="Secret shop/web", is_secret=True, uses=(WEB,))
    assert [key for _, key in found] == ["Ingress shop/web a.example"]


def served(*seen, **facts):
    return told("k8s.secret-served", seen=seen, **{"uses": (WEB,), **facts})


def test_an_older_certificate_with_the_same_names_was_not_reloaded():
    subject = KubernetesObjects(
        KubernetesFacts(object="Ingress shop/web", uses=(WEB,), secrets=(secret(RENEWED, CA),)),
        Observation(observed_at=CLOCK, presented=(OLD.der, CA.der)),
    )
    [problem] = all_checks()["k8s.secret-served"](subject)
    assert problem.evidence["reloaded"] == "no"
    assert (
        problem.message == "the Secret shop/web was renewed, and the old certificate is served: "
        "2026-03-27 to 2026-06-25, not 2026-06-14 to 2026-09-12"
    )


def test_issuers_of_the_secret_are_served_and_no_others():
    assert served(NEW, secrets=(secret(NEW, CA),)) == [
        ("CA is in the Secret shop/web, but is not served", "missing CA")
    ]
    assert served(NEW, CA, secrets=(secret(NEW),)) == [("1 served certificate is not in the Secret shop/web", "more")]


def test_one_of_two_secrets_is_served():
    assert served(OTHER, CA, secrets=(secret(NEW, CA), secret(OTHER, CA, name="shop/b"))) == []


def test_of_two_secrets_with_one_leaf_that_with_the_served_issuers_counts():
    other = issue("CA 2", ca=True, issuer=ROOT)
    secrets = (secret(NEW, other), secret(NEW, CA, name="shop/b"))
    assert served(NEW, CA, secrets=secrets) == served(NEW, CA, secrets=secrets[::-1]) == []
    assert [key for _, key in served(NEW, secrets=secrets)] == ["missing CA 2"]


def dated(credential_start):
    return replace(
        hidden(SecretState.LEFT_OUT),
        not_before=credential_start,
        not_after=credential_start + timedelta(days=90) - timedelta(seconds=1),
    )


def test_without_secrets_the_dates_of_the_certificate_count():
    start = CLOCK - timedelta(days=1)
    [passed] = served(NEW, CA, secrets=(dated(start),))
    assert isinstance(passed, Passed)
    [(message, key)] = served(OLD, CA, secrets=(dated(start),))
    assert (key, "which was issued for the Secret shop/web" in message) == ("leaf", True)


def test_without_any_facts_of_the_secret_nothing_can_be_said():
    assert served(NEW, secrets=(hidden(SecretState.HIDDEN, "why"),)) == [NotChecked("why")]
    [answer] = served(NEW, secrets=(hidden(SecretState.LEFT_OUT),))
    assert isinstance(answer, NotApplicable)


UNREAD = [hidden(SecretState.HIDDEN, "why"), hidden(SecretState.FOUND, "why")]


@pytest.mark.parametrize("unread", UNREAD)
def test_what_one_unread_secret_may_have_is_not_checked(unread):
    assert served(OTHER, CA, secrets=(unread,)) == [NotChecked("why")]
    assert served(OTHER, CA, secrets=(secret(NEW, CA), unread)) == [NotChecked("why")]
    assert served(NEW, CA, secrets=(secret(NEW, CA), unread)) == []
    assert told("k8s.ingress-names-covered", uses=(WEB,), secrets=(secret(OTHER), unread)) == [NotChecked("why")]
    assert told("k8s.ingress-names-covered", uses=(WEB,), secrets=(secret(NEW), unread)) == []


def test_the_dates_of_one_of_two_certificates_are_enough():
    start = CLOCK - timedelta(days=1)
    [passed] = served(NEW, CA, secrets=(dated(start - timedelta(days=5)), dated(start)))
    assert isinstance(passed, Passed)


def test_a_certificate_without_dates_may_be_the_one_that_is_served():
    unknown = hidden(SecretState.LEFT_OUT, "why")
    [answer] = served(NEW, CA, secrets=(dated(CLOCK - timedelta(days=5)), unknown))
    assert isinstance(answer, NotApplicable)
