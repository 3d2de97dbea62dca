"""A target is judged by several trust stores: one of them must trust its chain, or each."""

import pytest
from cryptography import x509

from certgate.judge.judge import Judge
from certgate.lab.crl import make_crl
from certgate.lab.pki import CLOCK, issue
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.model.finding import Outcome
from certgate.model.observation import Observation, Observed
from certgate.model.target import FileSource, Revocation, Target, TrustMode
from certgate.model.verdict import Verdict
from certgate.policy.packs import load_policy
from certgate.policy.target_policy import TargetPolicies
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from tests.judge.addresses import GOOD, MIDDLE, ROOT, STORE

OTHER = TrustStore("other.pem", (parse_certificate(issue("Other", ca=True).der),))


@pytest.fixture
def by_stores(tmp_path):
    (tmp_path / "p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: chain.complete}, {rule: bc.ca}]")
    policy = load_policy("p.yaml", tmp_path)

    def run(*stores: TrustStore, mode: TrustMode):
        target = Target(id="a.pem", ordinal=0, source=FileSource("a.pem"), trust_mode=mode)
        seen = Observation(observed_at=CLOCK, presented=(GOOD.der, MIDDLE.der))
        return Judge(TargetPolicies(policy).of(target), *stores, mode=mode).judge(Observed(target, (seen,)), CLOCK)

    return run


def failures(result):
    return [(f.rule, f.message) for f in result.findings if f.outcome is Outcome.FAIL]


def test_of_any_the_store_that_likes_the_chain_best_counts(by_stores):
    for stores in ((OTHER, STORE), (STORE, OTHER)):
        result = by_stores(*stores, mode=TrustMode.ANY_OF)
        assert (result.verdict, failures(result)) == (Verdict.COMPLIANT, [])
        assert result.certificates[-1].label == "anchor"
    assert by_stores(OTHER, OTHER, mode=TrustMode.ANY_OF).verdict is Verdict.VIOLATED


def test_of_all_each_must_trust_the_chain_and_the_one_that_does_not_is_named(by_stores):
    assert by_stores(STORE, STORE, mode=TrustMode.ALL_OF).verdict is Verdict.COMPLIANT
    for stores in ((OTHER, STORE), (STORE, OTHER)):
        result = by_stores(*stores, mode=TrustMode.ALL_OF)
        by_other = "by the trust store other.pem: "
        assert result.verdict is Verdict.VIOLATED
        assert failures(result) == [
            (
                "chain.complete",
                by_other + "the chain stops at CN=Middle, issued by CN=Root, which was neither sent nor is trusted: "
                "send the intermediate, or trust CN=Root",
            ),
        ]
        assert [s.name for s in result.stores] == [s.name for s in stores]
        assert len({f.key for f in result.findings if f.rule == "trust.anchor"}) == 1


def test_of_all_no_path_goes_through_a_revoked_certificate_by_whichever_store(tmp_path):
    (tmp_path / "p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: rev.status}]")
    other_root = issue("Other Root", ca=True)
    cross = issue("Middle", issuer=other_root, ca=True, key=MIDDLE.key)
    other = TrustStore("cross.pem", (parse_certificate(other_root.der),))
    crls = [make_crl(MIDDLE), make_crl(ROOT), make_crl(other_root, cross)]
    seen = Observation(observed_at=CLOCK, presented=(GOOD.der, MIDDLE.der, cross.der),
        evidence=tuple(Evidence(kind=EvidenceKind.CRL, source=f"{n}.crl", content=crl) for n, crl in enumerate(crls)),
    )  # fmt: skip
    target = Target(
        id="a.pem", ordinal=0, source=FileSource("a.pem"), trust_mode=TrustMode.ALL_OF, revocation=Revocation.GIVEN
    )
    for stores in ((STORE, other), (other, STORE)):
        result = Judge(
            TargetPolicies(load_policy("p.yaml", tmp_path)).of(target), *stores, mode=TrustMode.ALL_OF
        ).judge(Observed(target, (seen,)), CLOCK)
        revoked = "by the trust store cross.pem: revoked (unspecified), according to a CRL"
        assert failures(result) == [("rev.status", revoked)]


def test_of_all_the_status_of_every_path_is_asked_for(tmp_path):
    (tmp_path / "p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: rev.status}]")
    place = x509.DistributionPoint([x509.UniformResourceIdentifier("http://cross.example/2.crl")], None, None, None)
    own = {x509.CRLDistributionPoints: (x509.CRLDistributionPoints([place]), False)}
    other_root = issue("Other Root", ca=True)
    cross = issue("Middle", issuer=other_root, ca=True, key=MIDDLE.key, extensions=own)
    other = TrustStore("cross.pem", (parse_certificate(other_root.der),))
    seen = Observation(observed_at=CLOCK, presented=(GOOD.der, MIDDLE.der, cross.der))
    target = Target(
        id="a.pem", ordinal=0, source=FileSource("a.pem"), trust_mode=TrustMode.ALL_OF, revocation=Revocation.HARD
    )
    judge = Judge(TargetPolicies(load_policy("p.yaml", tmp_path)).of(target), STORE, other, mode=TrustMode.ALL_OF)
    asked = {r.url for r in judge.missing(Observed(target, (seen,)), CLOCK, nonce=b"", aia=False)[0]}
    assert asked == {"http://crl.lab.example/1.crl", "http://cross.example/2.crl"}
