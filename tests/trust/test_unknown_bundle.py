"""A bundle that is not known makes nothing of its trust domain a pass or a violation, and leaves others alone."""

import pickle
from dataclasses import replace
from datetime import timedelta

import pytest

from certgate.judge.judge import Judge
from certgate.judge.matrix import trust_matrix
from certgate.lab.pki import CLOCK, Credential, issue
from certgate.model.bundle_facts import BundleFacts, BundleFailure, BundleSource
from certgate.model.finding import Outcome
from certgate.model.observation import Observation, Observed
from certgate.model.target import FileSource, Role, Target
from certgate.model.verdict import PathState, Verdict
from certgate.policy.packs import load_policy
from certgate.policy.target_policy import TargetPolicies
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from certgate.x509.purposes import CLIENT_AUTH, SERVER_AUTH

ROOT = issue("Root", ca=True, sans=["spiffe://corp.example"])
OTHER = issue("Other", ca=True, sans=["spiffe://other.example"])
LOST = BundleFacts(
    trust_domain="other.example",
    source=BundleSource.ENDPOINT,
    location="https://other.example/bundle",
    profile="https_web",
    obtained_at=CLOCK,
    failure=BundleFailure.UNREACHABLE,
    problem="https://other.example/bundle: other.example cannot be reached",
)
CORP = TrustStore("corp.example", (parse_certificate(ROOT.der),))
STORE = TrustStore("bundles", CORP.anchors, {"corp.example": CORP}, (LOST,))
WHY = f"the bundle of trust domain other.example is not known: {LOST.problem}"


def svid(domain: str, issuer: Credential, **changes: object) -> Credential:
    return issue(
        "",
        issuer=issuer,
        sans=[f"spiffe://{domain}/web"],
        ekus=[SERVER_AUTH, CLIENT_AUTH],
        not_before=CLOCK - timedelta(minutes=5),
        days=0.1,
        **changes,
    )


def judged(*sent: Credential, store: TrustStore = STORE):
    target = Target(id="svid.pem", ordinal=0, source=FileSource("svid.pem"), roles=frozenset({Role.SPIFFE}))
    observation = Observation(observed_at=CLOCK, presented=tuple(one.der for one in sent))
    policies = TargetPolicies(load_policy("spiffe-svid"))
    return Judge(policies.of(target), store).judge(Observed(target, (observation,)), CLOCK)


def unanswered(result):
    return {f.rule: f.message for f in result.findings if f.outcome is Outcome.NOT_CHECKED and f.required}


def failed(result):
    return {f.rule for f in result.findings if f.outcome is Outcome.FAIL}


def test_a_leaf_of_the_trust_domain_is_incomplete_with_the_reason():
    result = judged(svid("other.example", OTHER))
    assert result.verdict is Verdict.INCOMPLETE
    assert unanswered(result)["trust.anchor"] == WHY
    assert unanswered(result)["chain.complete"] == WHY
    assert unanswered(result)["spiffe.trust-domain-bundle"] == WHY


def test_what_is_wrong_with_the_leaf_itself_is_still_a_violation():
    result = judged(svid("other.example", OTHER, key_usage=["digital_signature", "key_cert_sign"]))
    assert result.verdict is Verdict.VIOLATED
    assert failed(result) == {"spiffe.leaf-ku"}


def test_a_root_that_is_sent_along_does_not_take_the_place_of_the_bundle():
    result = judged(svid("other.example", OTHER), OTHER)
    assert "trust.anchor" not in failed(result)
    assert unanswered(result)["trust.anchor"] == WHY


def test_leaves_of_other_trust_domains_are_judged_as_ever():
    assert judged(svid("corp.example", ROOT)).verdict is not Verdict.INCOMPLETE
    assert failed(judged(svid("third.example", OTHER))) >= {"trust.anchor", "spiffe.trust-domain-bundle"} - {
        "trust.anchor"
    }


def test_a_store_of_which_no_bundle_is_known_is_not_a_plain_store():
    nothing = TrustStore("bundles", (), {}, (LOST,))
    assert nothing.trust_domains == {"other.example"}
    assert unanswered(judged(svid("other.example", OTHER), store=nothing))["trust.anchor"] == WHY
    assert "spiffe.trust-domain-bundle" in failed(judged(svid("corp.example", ROOT), store=nothing))


def test_the_digest_tells_which_bundle_is_not_known_and_copies_keep_why():
    assert STORE.sha256 != replace(STORE, origins=()).sha256
    copy = pickle.loads(pickle.dumps(STORE))
    assert copy == STORE
    assert copy.for_leaf(parse_certificate(svid("other.example", OTHER).der)).unknown == WHY


@pytest.mark.parametrize(
    ("domain", "state"), [("other.example", PathState.NOT_CHECKED), ("x.example", PathState.FAILS)]
)
def test_the_trust_matrix_does_not_say_no_where_it_does_not_know(domain, state):
    target = Target(id="svid.pem", ordinal=0, source=FileSource("svid.pem"))
    observation = Observation(observed_at=CLOCK, presented=(svid(domain, OTHER).der,))
    (row,) = trust_matrix(Observed(target, (observation,)), [STORE], CLOCK, ("server",))
    assert row.state is state
