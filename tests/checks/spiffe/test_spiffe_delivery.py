"""Whether a bundle is up to date, and whether the files of an SVID belong together."""

from dataclasses import replace
from datetime import timedelta

import pytest

from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import HelperFiles, PresentedChain
from certgate.checks.spiffe.spiffe_delivery import bundle_fresh, helper_files
from certgate.lab.pki import CLOCK, Credential, issue
from certgate.model.bundle_facts import BundleFacts, BundleFailure, BundleSource
from certgate.trust.build import build_paths
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed

ROOT = issue("Root", ca=True, sans=["spiffe://corp.example"])
LEAF = issue("", issuer=ROOT, sans=["spiffe://CORP.example/web"])
FILE = BundleFacts(
    trust_domain="corp.example",
    source=BundleSource.FILE,
    location="corp.json",
    obtained_at=CLOCK,
    written_at=CLOCK - timedelta(seconds=300),
    sequence=7,
    refresh_hint=300,
)
SERVED = replace(FILE, source=BundleSource.ENDPOINT, location="https://corp.example/", written_at=None)
OLD = CLOCK - timedelta(seconds=301)


def store(*origins: BundleFacts, root: Credential = ROOT, domain: str = "corp.example") -> TrustStore:
    known = TrustStore(domain, (parse_certificate(root.der),))
    return TrustStore("bundles", known.anchors, {domain: known}, origins)


def fresh(*origins: BundleFacts, leaf: Credential | None = LEAF, now=CLOCK, trust=None, **parameters):
    chain = PresentedChain(
        certificates=(leaf and parse_certificate(leaf.der),), paths=(), store=trust or store(*origins)
    )
    return list(bundle_fresh(chain, now, **parameters))


def test_a_file_does_not_grow_old_with_the_clock_by_which_it_is_judged():
    assert fresh(FILE, now=CLOCK + timedelta(days=30)) == []


@pytest.mark.parametrize(
    "facts",
    [
        replace(FILE, sequence=None, refresh_hint=None),
        replace(FILE, sequence=None, written_at=None),
        replace(FILE, trust_domain="other.example"),
    ],
)
def test_where_nothing_says_how_old_a_bundle_may_be_the_rule_does_not_apply(facts):
    (answer,) = fresh(facts)
    assert isinstance(answer, NotApplicable)
    (answer,) = fresh()
    assert answer == NotApplicable("the trust store has no bundle of which it is known how old it may be")


def test_a_bundle_that_is_named_as_a_plain_store_counts_for_every_leaf():
    plain = TrustStore("b.json", (parse_certificate(ROOT.der),), origins=(replace(FILE, trust_domain=""),))
    assert fresh(trust=plain) == []
    assert len(fresh(trust=replace(plain, origins=(replace(FILE, trust_domain="", written_at=OLD),)))) == 1


def test_what_is_not_known_is_not_checked():
    lost = replace(SERVED, failure=BundleFailure.TIMED_OUT, problem="no answer")
    nothing = TrustStore("bundles", (), {}, (lost,))
    assert fresh(trust=nothing) == [NotChecked("the bundle of trust domain corp.example is not known: no answer")]
    with pytest.raises(Malformed, match="the leaf cannot be read"):
        fresh(FILE, leaf=None)


def files(leaf: Credential, *issuers: Credential, key: Credential | None = None, root: Credential = ROOT, **facts):
    trust = TrustStore("bundle.pem", (parse_certificate(root.der),))
    certificates = tuple(parse_certificate(one.der) for one in (leaf, *issuers))
    path = build_paths(certificates, trust).paths[0]
    spki = None if key is None else parse_certificate(key.der).spki
    return list(helper_files(HelperFiles(path=path, store=trust, bundle="bundle.pem", public_key=spki, **facts), CLOCK))


def test_an_svid_of_a_new_authority_under_an_old_bundle_is_named_as_perhaps_that():
    new = issue("New", ca=True, sans=["spiffe://corp.example"])
    svid = issue("", issuer=new, sans=["spiffe://corp.example/web"])
    (problem,) = files(svid, key=svid)
    assert problem.key == "trust.anchor"
    assert problem.message.startswith("the SVID does not verify under bundle.pem: no path to a trusted root: ")
    assert "can be of different moments" in problem.message


def test_a_signature_that_does_not_verify_is_not_a_pass():
    forged = issue("", issuer=ROOT, sans=["spiffe://corp.example/web"], signing_key=issue("x").key)
    (problem,) = files(forged, key=forged)
    assert "does not verify" in problem.message


def test_a_bundle_of_another_trust_domain_is_named_even_where_it_verifies():
    other = issue("Root", ca=True, sans=["spiffe://other.example"])
    svid = issue("", issuer=other, sans=["spiffe://corp.example/web"])
    assert files(svid, key=svid, root=other) == [
        Problem(
            "bundle.pem is the bundle of trust domain other.example, but the SVID is of corp.example",
            key="trust domain",
        )
    ]


def test_a_leaf_without_one_spiffe_id_is_not_an_svid():
    plain = issue("a.example", issuer=ROOT, sans=["a.example"])
    assert files(plain, key=plain) == [Problem("the leaf has no SPIFFE ID, so it is not an SVID", key="id")]
    two = issue("", issuer=ROOT, sans=["spiffe://a/x", "spiffe://b/x"])
    assert files(two, key=two)[0].message == "the leaf has several SPIFFE IDs, so it is not an SVID"
