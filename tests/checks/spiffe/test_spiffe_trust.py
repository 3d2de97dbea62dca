"""Whether an SVID was signed within its own trust domain."""

import pytest

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.checks.framework.subjects import CertificatePath, PresentedChain
from certgate.checks.spiffe.spiffe_trust import signer_domain, trust_domain_bundle
from certgate.lab.pki import Credential, issue
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed

ROOT = issue("Root", ca=True, sans=["spiffe://corp.example"])
CA = issue("CA", issuer=ROOT, ca=True)


def path(*chain: Credential, to: Credential = ROOT) -> CertificatePath:
    return CertificatePath(tuple(parse_certificate(c.der) for c in chain), parse_certificate(to.der))


def svid(*uris: str, issuer: Credential = CA) -> Credential:
    return issue("", issuer=issuer, sans=uris)


def test_signers_of_the_leafs_trust_domain_or_without_one_pass():
    assert list(signer_domain(path(svid("spiffe://CORP.example/db"), CA))) == []


def test_a_signer_of_another_trust_domain_is_named():
    other = issue("Other", issuer=ROOT, ca=True, sans=["spiffe://other.example"])
    message = "{} of trust domain corp.example is signed by trust domain other.example"
    assert list(signer_domain(path(svid("spiffe://corp.example/db", issuer=other), other))) == [
        Problem(message.format("leaf"), key="leaf other.example")
    ]
    anchor = issue("Root", ca=True, sans=["spiffe://other.example"])
    assert list(signer_domain(path(svid("spiffe://corp.example/db"), CA, to=anchor))) == [
        Problem(message.format("issuer 1"), key="issuer 1 other.example")
    ]


def test_without_one_trust_domain_there_is_nothing_to_compare():
    assert list(signer_domain(path(issue("a", issuer=CA, sans=["https://a.example"]), CA))) == [
        NotApplicable("the leaf has no SPIFFE ID")
    ]
    assert list(signer_domain(path(svid("spiffe://a.example/x", "spiffe://b.example/x"), CA))) == [
        NotApplicable("the leaf has SPIFFE IDs of several trust domains")
    ]


def judged_by(leaf: Credential | None, *domains: str):
    bundles = {domain: TrustStore(domain, ()) for domain in domains}
    chain = PresentedChain(
        certificates=(leaf and parse_certificate(leaf.der), parse_certificate(ROOT.der)),
        paths=(),
        store=TrustStore("store", (), bundles),
    )
    return list(trust_domain_bundle(chain))


def test_the_leafs_own_trust_domain_must_have_a_bundle():
    leaf = svid("spiffe://CORP.example/db")
    assert judged_by(leaf, "other.example", "corp.example") == []
    assert judged_by(leaf, "corp.example") == []
    assert judged_by(leaf, "other.example", "b.example") == [
        Problem("no bundle of trust domain corp.example; bundles: b.example, other.example")
    ]


def test_a_leaf_without_one_trust_domain_has_no_bundle():
    assert judged_by(svid("https://a.example"), "a.example") == [
        Problem("the leaf has no SPIFFE ID, so no bundle belongs to it")
    ]
    assert judged_by(svid("spiffe://a.example/x", "spiffe://b.example/x"), "a.example") == [
        Problem("the leaf has several SPIFFE IDs, so no bundle belongs to it")
    ]
    with pytest.raises(Malformed, match="the leaf cannot be read"):
        judged_by(None, "a.example")


def test_a_plain_store_counts_as_the_bundle_of_the_leafs_trust_domain():
    assert judged_by(svid("spiffe://corp.example/db")) == []
    assert judged_by(issue("a.example", issuer=CA)) == [
        NotApplicable("neither a SPIFFE ID in the leaf nor a bundle in the trust store")
    ]
