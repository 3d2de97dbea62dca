"""Several trust stores, each asked by itself."""

import pytest
from cryptography import x509

from certgate.judge.judge import Judge
from certgate.judge.merge import by_all_stores
from certgate.lab.crl import make_crl
from certgate.lab.pki import CLOCK, issue
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import Observation, Observed
from certgate.model.target import FileSource, Revocation, Target, TrustMode
from certgate.model.verdict import Verdict
from certgate.policy.packs import load_policy
from certgate.policy.target_policy import TargetPolicies
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True)
CA = issue("CA", issuer=ROOT, ca=True)
LEAF = issue("a.example", issuer=CA, sans=["a.example"])
GOOD = TrustStore("good.pem", (parse_certificate(ROOT.der),))
OTHER = TrustStore("other.pem", (parse_certificate(issue("Other", ca=True).der),))


@pytest.fixture
def judge(tmp_path):
    (tmp_path / "p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: chain.complete}, {rule: bc.ca}]")
    policy = load_policy("p.yaml", tmp_path)

    def run(*stores: TrustStore, mode: TrustMode):
        target = Target(id="a.pem", ordinal=0, source=FileSource("a.pem"), trust_mode=mode)
        seen = Observation(observed_at=CLOCK, presented=(LEAF.der, CA.der))
        return Judge(TargetPolicies(policy).of(target), *stores, mode=mode).judge(Observed(target, (seen,)), CLOCK)

    return run


def wrong(result):
    return [(f.rule, f.message) for f in result.findings if f.outcome is Outcome.FAIL]


def test_of_any_the_store_that_likes_the_chain_best_counts(judge):
    for stores in ((OTHER, GOOD), (GOOD, OTHER)):
        result = judge(*stores, mode=TrustMode.ANY_OF)
        assert (result.verdict, wrong(result)) == (Verdict.COMPLIANT, [])
        assert result.certificates[-1].label == "anchor"
    assert judge(OTHER, OTHER, mode=TrustMode.ANY_OF).verdict is Verdict.VIOLATED


def test_of_all_each_must_trust_the_chain_and_the_one_that_does_not_is_named(judge):
    assert judge(GOOD, GOOD, mode=TrustMode.ALL_OF).verdict is Verdict.COMPLIANT
    for stores in ((OTHER, GOOD), (GOOD, OTHER)):
        result = judge(*stores, mode=TrustMode.ALL_OF)
        by_other = "by the trust store other.pem: "
        assert result.verdict is Verdict.VIOLATED
        assert wrong(result) == [
            ("trust.anchor", by_other + "the path ends at CN=CA, short of any anchor of the trust store"),
            ("chain.complete", by_other + "the issuer of issuer 1, CN=Root, was neither sent nor is it trusted"),
        ]
        assert [s.name for s in result.stores] == [s.name for s in stores]
        assert len({f.key for f in result.findings if f.rule == "trust.anchor"}) == 1


def test_of_all_no_path_goes_through_a_revoked_certificate_by_whichever_store(tmp_path):
    (tmp_path / "p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: rev.status}]")
    other_root = issue("Other Root", ca=True)
    cross = issue("CA", issuer=other_root, ca=True, key=CA.key)
    other = TrustStore("cross.pem", (parse_certificate(other_root.der),))
    crls = [make_crl(CA), make_crl(ROOT), make_crl(other_root, cross)]
    seen = Observation(observed_at=CLOCK, presented=(LEAF.der, CA.der, cross.der),
        evidence=tuple(Evidence(kind=EvidenceKind.CRL, source=f"{n}.crl", content=crl) for n, crl in enumerate(crls)),
    )  # fmt: skip
    target = Target(
        id="a.pem", ordinal=0, source=FileSource("a.pem"), trust_mode=TrustMode.ALL_OF, revocation=Revocation.GIVEN
    )
    for stores in ((GOOD, other), (other, GOOD)):
        result = Judge(
            TargetPolicies(load_policy("p.yaml", tmp_path)).of(target), *stores, mode=TrustMode.ALL_OF
        ).judge(Observed(target, (seen,)), CLOCK)
        revoked = "by the trust store cross.pem: a CRL lists the certificate as revoked (unspecified)"
        assert wrong(result) == [("rev.status", revoked)]


def test_of_all_the_status_of_every_path_is_asked_for(tmp_path):
    (tmp_path / "p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: rev.status}]")
    place = x509.DistributionPoint([x509.UniformResourceIdentifier("http://cross.example/2.crl")], None, None, None)
    own = {x509.CRLDistributionPoints: (x509.CRLDistributionPoints([place]), False)}
    other_root = issue("Other Root", ca=True)
    cross = issue("CA", issuer=other_root, ca=True, key=CA.key, extensions=own)
    other = TrustStore("cross.pem", (parse_certificate(other_root.der),))
    seen = Observation(observed_at=CLOCK, presented=(LEAF.der, CA.der, cross.der))
    target = Target(
        id="a.pem", ordinal=0, source=FileSource("a.pem"), trust_mode=TrustMode.ALL_OF, revocation=Revocation.HARD
    )
    judge = Judge(TargetPolicies(load_policy("p.yaml", tmp_path)).of(target), GOOD, other, mode=TrustMode.ALL_OF)
    asked = {r.url for r in judge.missing(Observed(target, (seen,)), CLOCK, nonce=b"", aia=False)[0]}
    assert asked == {"http://crl.lab.example/1.crl", "http://cross.example/2.crl"}


def test_what_all_stores_say_is_said_once():
    agreed = Finding(rule="a.b", subject="path", outcome=Outcome.FAIL, severity=Severity.ERROR, message="no")
    assert by_all_stores([("x", (agreed,)), ("y", (agreed,))]) == (agreed,)


def test_two_stores_that_differ_in_what_is_wrong_are_both_named():
    one = Finding(rule="a.b", subject="path", outcome=Outcome.FAIL, severity=Severity.ERROR, message="no", key="k")
    two = Finding(rule="a.b", subject="path", outcome=Outcome.NOT_CHECKED, severity=Severity.ERROR, message="unknown")
    found = by_all_stores([("x", (one,)), ("y", (two,))])
    assert [(f.message, f.key) for f in found] == [
        ("by the trust store x: no", "k x"),
        ("by the trust store y: unknown", "y"),
    ]


def test_a_rule_that_nobody_finds_anything_wrong_with_is_still_heard_of():
    passed = Finding(rule="a.b", subject="path", outcome=Outcome.PASS, severity=Severity.ERROR)
    nothing = Finding(
        rule="a.b", subject="path", outcome=Outcome.NOT_APPLICABLE, severity=Severity.ERROR, message="no names"
    )
    assert by_all_stores([("x", (passed,)), ("y", (nothing,))]) == (passed,)
