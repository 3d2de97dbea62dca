"""What an agent gives: the SVID that must be served, a lifetime that is cut short, a bundle like the endpoint's."""

from datetime import timedelta

import pytest

from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import CertificatePath, PresentedChain, ServedSvid
from certgate.checks.spiffe.spiffe_agent import bundle_agrees, lifetime_cut, served_is_current
from certgate.lab.pki import CLOCK, issue
from certgate.model.bundle_facts import BundleFacts, BundleFailure, BundleSource
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

AGENT = "unix:///run/agent.sock"
URL = "https://one.example/bundle"


def certificate(id="spiffe://one.example/web", *, age=timedelta(hours=1), days=1.0, issuer=None):
    made = issue("", issuer=issuer, sans=[id] if id else [], not_before=CLOCK - age, days=days)
    return parse_certificate(made.der)


CURRENT = certificate(age=timedelta(minutes=10))
OLD, OLDER = certificate(), certificate(age=timedelta(hours=2))


def served(leaf, *given, problem="", **parameters):
    return list(served_is_current(ServedSvid(leaf, AGENT, given, problem), CLOCK, **parameters))


def test_an_old_svid_is_served():
    (problem,) = served(OLD, CURRENT)
    assert problem == Problem(
        f"an old SVID is served, issued at {OLD.not_before:%Y-%m-%d %H:%M:%S}; "
        f"the agent gives one of {CURRENT.not_before:%Y-%m-%d %H:%M:%S}",
        evidence={"served": OLD.sha256, "current": CURRENT.sha256},
    )
    assert isinstance(served(OLDER, OLD, CURRENT)[0], Problem)


def path(leaf, *issuers, anchor=None, unknown=""):
    return CertificatePath((leaf, *issuers), anchor, unknown)


ROOT = issue("Root", ca=True, not_before=CLOCK - timedelta(hours=2), days=2.5 / 24)
ANCHOR = parse_certificate(ROOT.der)
CUT = certificate(age=timedelta(minutes=10), days=40 / 24 / 60, issuer=ROOT)


def test_an_svid_that_ends_with_its_issuer_is_cut_short():
    (problem,) = lifetime_cut(path(CUT, anchor=ANCHOR), ttl="1h")
    assert problem.message == "valid for 40 minutes instead of 1 hour: it ends with its issuer CN=Root"
    (problem,) = lifetime_cut(path(CUT, anchor=ANCHOR))
    assert problem.message == "valid for 40 minutes: it ends with its issuer CN=Root"
    long_lived = parse_certificate(issue("Upstream", ca=True, not_before=CLOCK - timedelta(hours=2), days=1).der)
    assert [one.message for one in lifetime_cut(path(CUT, ANCHOR, anchor=long_lived), ttl="1h")] == [
        "valid for 40 minutes instead of 1 hour: it ends with its issuer CN=Root"
    ]


@pytest.mark.parametrize("ttl", ["40m", "39m60s", "30m", "1s"])
def test_an_svid_with_the_lifetime_that_it_should_have_is_whole(ttl):
    assert list(lifetime_cut(path(CUT, anchor=ANCHOR), ttl=ttl)) == []


def test_what_is_not_known_about_a_lifetime_is_said():
    assert list(lifetime_cut(path(CUT), ttl="1h")) == [NotApplicable("no issuer of the leaf is known")]
    assert list(lifetime_cut(path(CUT, unknown="no agent"))) == [NotChecked("no agent")]
    assert list(lifetime_cut(path(certificate(""), anchor=ANCHOR))) == [NotApplicable("the leaf has no SPIFFE ID")]
    assert list(lifetime_cut(path(CUT, anchor=ANCHOR), ttl="soon")) == [
        NotChecked("ttl: 'soon' is not a duration such as 1h or 1h30m")
    ]
    assert list(lifetime_cut(path(CUT, anchor=CUT))) == [NotApplicable("no issuer of the leaf is known")]


def facts(source, *authorities, **more):
    location = AGENT if source is BundleSource.WORKLOAD_API else URL
    return BundleFacts(
        trust_domain=more.pop("domain", "one.example"),
        source=source,
        location=location,
        obtained_at=CLOCK,
        authorities=authorities,
        **more,
    )


def agreed(*origins):
    store = TrustStore("bundles", (ANCHOR,), {"one.example": TrustStore("one.example", (ANCHOR,))}, origins)
    return list(bundle_agrees(PresentedChain(certificates=(CURRENT,), paths=(), store=store)))


API, ENDPOINT = BundleSource.WORKLOAD_API, BundleSource.ENDPOINT


def test_each_difference_is_named():
    evidence = {"agent": "a, b", "endpoint": "b, c"}
    assert agreed(facts(API, "a", "b"), facts(ENDPOINT, "b", "c")) == [
        Problem(
            f"{AGENT} and {URL} differ: the agent lacks 1 authority of the endpoint", f"lacking {URL}", None, evidence
        ),
        Problem(
            f"{AGENT} and {URL} differ: the agent trusts 1 authority that the endpoint does not have",
            f"more {URL}",
            None,
            evidence,
        ),
    ]
    assert "2 authorities" in agreed(facts(API, "a"), facts(ENDPOINT, "a", "b", "c"))[0].message


def test_two_bundles_of_the_leafs_own_trust_domain_are_compared():
    nothing = [NotApplicable("the trust store does not name both an agent and a bundle endpoint of its trust domain")]
    assert agreed() == nothing
    assert agreed(facts(API, "a")) == nothing
    assert agreed(facts(API, "a"), facts(ENDPOINT, "b", domain="two.example")) == nothing
    assert agreed(facts(API, "a"), facts(BundleSource.FILE, "b")) == nothing


def test_a_bundle_that_is_not_known_agrees_with_nothing():
    lost = facts(API, failure=BundleFailure.UNREACHABLE, problem="no agent")
    assert agreed(lost, facts(ENDPOINT, "a")) == [NotChecked("no agent")]
