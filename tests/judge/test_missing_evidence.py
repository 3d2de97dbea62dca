"""What has still to be fetched: for which certificate, from where, and in which order."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID as Access

from certgate.checks.framework.catalogue import all_checks
from certgate.judge.judge import Judge
from certgate.lab.crl import make_crl
from certgate.lab.pki import CLOCK, issue
from certgate.model.evidence import Evidence, EvidenceKind, FetchFailure
from certgate.model.finding import Outcome, Severity
from certgate.model.observation import HandshakeFacts, Observation, Observed, Vantage
from certgate.model.target import Endpoint, FileSource, Revocation, Target, Visit
from certgate.policy.model import TargetPolicy, TargetRule
from certgate.policy.packs import load_policy
from certgate.policy.target_policy import TargetPolicies
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from certgate.x509.ocsp_request import make_ocsp_request

OCSP, CRL, ISSUER = EvidenceKind.OCSP, EvidenceKind.CRL, EvidenceKind.ISSUER
NONCE = b"n" * 32


def urls(ocsp=(), crl=(), issuer=()):
    """The extensions that name them."""
    uri = x509.UniformResourceIdentifier
    named = [(Access.OCSP, url) for url in ocsp] + [(Access.CA_ISSUERS, url) for url in issuer]
    access = x509.AuthorityInformationAccess([x509.AccessDescription(oid, uri(url)) for oid, url in named])
    points = x509.CRLDistributionPoints([x509.DistributionPoint([uri(url)], None, None, None) for url in crl])
    return {
        x509.AuthorityInformationAccess: (access, False) if named else None,
        x509.CRLDistributionPoints: (points, False) if crl else None,
    }


ROOT = issue("Root", ca=True)
MIDDLE = issue("Middle", issuer=ROOT, ca=True, extensions=urls(["http://o/middle"], ["http://c/middle"]))
LEAF = issue("leaf", issuer=MIDDLE, extensions=urls(["http://o/1", "http://o/2"], ["http://c/1"], ["http://i/1"]))
STORE = TrustStore("test", (parse_certificate(ROOT.der),))


def leaf(**named):
    return issue("leaf", issuer=MIDDLE, extensions=urls(**named))


def missing(*chain, evidence=(), revocation=Revocation.SOFT, aia=False, rules=("rev.status", "chain.complete")):
    held = tuple(
        TargetRule(
            check=check,
            severity=Severity.ERROR,
            required=True,
            parameters={name: parameter.default for name, parameter in check.parameters.items()},
        )
        for check in (all_checks()[id] for id in rules)
    )
    target = Target(id="a.pem", ordinal=0, source=FileSource("a.pem"), revocation=revocation)
    seen = Observation(observed_at=CLOCK, presented=tuple(one.der for one in chain), evidence=tuple(evidence))
    (found,) = Judge(TargetPolicy("test", held), STORE).missing(Observed(target, (seen,)), CLOCK, nonce=NONCE, aia=aia)
    return found


def asked(*chain, **facts):
    return [(request.kind, request.url) for request in missing(*chain, **facts)]


def failed(kind, url, about=""):
    return Evidence(kind=kind, source=url, failure=FetchFailure.TIMED_OUT, about=about)


def test_the_leaf_is_asked_for_by_ocsp_first_and_an_issuer_by_its_crl():
    assert asked(LEAF, MIDDLE) == [(OCSP, "http://o/1"), (CRL, "http://c/middle")]


def test_a_request_by_ocsp_carries_the_nonce_and_names_certificate_and_issuer():
    request, crl = missing(LEAF, MIDDLE)
    certificate, issuer = parse_certificate(LEAF.der), parse_certificate(MIDDLE.der)

    assert (request.certificate, request.issuer, request.nonce) == (certificate, issuer, NONCE)
    assert request.body == make_ocsp_request(certificate, issuer, NONCE)
    assert request.about == certificate.sha256
    assert (crl.body, crl.nonce, crl.about) == (b"", b"", "")


def test_after_an_answer_that_decides_nothing_the_next_address_is_asked():
    about = parse_certificate(LEAF.der).sha256
    first, second = (failed(OCSP, f"http://o/{number}", about) for number in (1, 2))

    assert asked(LEAF, MIDDLE, evidence=[first])[0] == (OCSP, "http://o/2")
    assert asked(LEAF, MIDDLE, evidence=[first, second])[0] == (CRL, "http://c/1")
    assert asked(LEAF, MIDDLE, evidence=[replace(first, about="other"), second])[0] == (OCSP, "http://o/1")
    tried = [first, second, failed(CRL, "http://c/1"), failed(CRL, "http://c/middle")]
    middle = parse_certificate(MIDDLE.der).sha256
    assert asked(LEAF, MIDDLE, evidence=tried) == [(OCSP, "http://o/middle")]
    assert asked(LEAF, MIDDLE, evidence=[*tried, failed(OCSP, "http://o/middle", middle)]) == []


def test_nothing_is_asked_about_a_certificate_whose_status_is_known():
    crl = Evidence(kind=CRL, source="http://c/1", content=make_crl(MIDDLE))

    assert asked(LEAF, MIDDLE, evidence=[crl]) == [(CRL, "http://c/middle")]


def test_a_crl_that_several_certificates_name_is_asked_for_once():
    same = urls(crl=["http://c/same"])
    middle = issue("Middle", issuer=ROOT, ca=True, extensions=same)
    lower = issue("Lower", issuer=middle, ca=True, extensions=same)
    end = issue("leaf", issuer=lower, extensions=same)

    assert asked(end, lower, middle) == [(CRL, "http://c/same")]


@pytest.mark.parametrize("revocation", [Revocation.OFF, Revocation.GIVEN])
def test_status_is_fetched_only_where_the_target_lets_it_be(revocation):
    assert asked(LEAF, MIDDLE, revocation=revocation) == []


def test_an_issuer_is_asked_for_where_the_path_ends_below_an_anchor_and_the_run_lets_it_be():
    assert asked(LEAF, aia=True, revocation=Revocation.OFF) == [(ISSUER, "http://i/1")]
    assert asked(LEAF, revocation=Revocation.OFF) == []
    assert asked(LEAF, MIDDLE, aia=True, revocation=Revocation.OFF) == []
    alone = issue("alone", extensions=urls(issuer=["http://i/1"]))
    assert asked(alone, aia=True, revocation=Revocation.OFF) == []


def test_one_issuer_is_asked_for_at_a_time_and_none_twice():
    end = leaf(issuer=["http://i/1", "http://i/2"])

    assert asked(end, aia=True, revocation=Revocation.OFF) == [(ISSUER, "http://i/1")]
    once = [failed(ISSUER, "http://i/1")]
    assert asked(end, aia=True, revocation=Revocation.OFF, evidence=once) == [(ISSUER, "http://i/2")]
    twice = [*once, failed(ISSUER, "http://i/2")]
    assert asked(end, aia=True, revocation=Revocation.OFF, evidence=twice) == []


def test_the_issuer_of_a_fetched_issuer_is_asked_for_next():
    top = issue("Top", ca=True)
    middle = issue("Middle", issuer=top, ca=True, extensions=urls(issuer=["http://i/top"]))
    end = issue("leaf", issuer=middle, extensions=urls(issuer=["http://i/1"]))
    fetched = Evidence(kind=ISSUER, source="http://i/1", content=middle.der)

    assert asked(end, aia=True, revocation=Revocation.OFF, evidence=[fetched]) == [(ISSUER, "http://i/top")]


def test_three_addresses_of_http_are_tried_and_no_other():
    end = leaf(crl=["ldap://c/0", "HTTP://c/1", "http://c/1", "http://c/1", "https://c/2", "http://c/3", "http://c/4"])
    found = []
    while request := next((url for kind, url in asked(end, MIDDLE, evidence=found) if url != "http://c/middle"), None):
        found.append(failed(CRL, request))

    assert [one.source for one in found] == ["HTTP://c/1", "http://c/1", "https://c/2"]


def test_nothing_is_asked_about_what_no_rule_judges():
    assert asked(LEAF, MIDDLE, rules=("chain.order",), aia=True) == []


def test_a_policy_server_is_asked_about_the_name_under_which_a_chain_was_seen(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("name: p\nrules:\n  - {id: acme.opa, opa: {url: 'http://opa.example', path: a}, message: 'no'}\n")
    endpoint = Endpoint("a.example", 443, "a.example", "", Visit(also=("b.example",)))
    target = Target(id="a.example:443", ordinal=0, source=endpoint, names=("a.example",))
    judge = Judge(TargetPolicies(load_policy(str(path))).of(target), STORE)
    seen = Observation(
        observed_at=CLOCK,
        vantage=Vantage("192.0.2.1:443", "b.example"),
        presented=(LEAF.der, MIDDLE.der),
        handshake=HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384"),
    )
    ((request,),) = judge.missing(Observed(target, (seen,)), CLOCK, nonce=NONCE, aia=False)
    answer = Evidence(kind=request.kind, source=request.url, content=b'{"result": true}', about=request.about)

    result = judge.judge(Observed(target, (replace(seen, evidence=(answer,)),)), CLOCK)

    assert [f.outcome for f in result.findings if f.rule == "acme.opa"] == [Outcome.PASS]
