"""What reports say of the issuers that were fetched for a chain that does not reach an anchor."""

from certgate.judge.chain import completed_path, with_completion
from certgate.lab.pki import CLOCK, issue
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import Observation
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True)
UPPER = issue("Upper", issuer=ROOT, ca=True)
LOWER = issue("Lower", issuer=UPPER, ca=True)
LEAF = issue("leaf", issuer=LOWER)
STORE = TrustStore("test", (parse_certificate(ROOT.der),))
OTHER = TrustStore("other", (parse_certificate(issue("Other", ca=True).der),))


def fetched(credential=None, url="http://i/1", kind=EvidenceKind.ISSUER, detail=""):
    return Evidence(kind=kind, source=url, content=credential and credential.der, detail=detail)


def seen(*evidence):
    return Observation(observed_at=CLOCK, presented=(LEAF.der,), evidence=evidence)


def finding(rule, outcome=Outcome.FAIL):
    return Finding(rule=rule, subject="chain", outcome=outcome, severity=Severity.ERROR, message="incomplete")


def messages(observation, *stores, found=None):
    found = found or (finding("chain.complete"),)
    return [f.message for f in with_completion(found, {"chain.complete"}, observation, *stores)]


def subjects(*evidence, store=STORE):
    path = completed_path(seen(*evidence), store)
    return [certificate.subject.short for certificate in path.certificates], path.anchor is not None


def test_fetched_issuers_complete_a_path_whatever_their_order():
    assert subjects() == (["leaf"], False)
    assert subjects(fetched(LOWER)) == (["leaf", "Lower"], False)
    assert subjects(fetched(UPPER), fetched(LOWER)) == (["leaf", "Lower", "Upper"], True)
    cross = issue("Lower", issuer=issue("Elsewhere", ca=True), ca=True, key=LOWER.key)
    for order in ((cross, LOWER, UPPER), (LOWER, UPPER, cross)):
        assert subjects(*map(fetched, order)) == (["leaf", "Lower", "Upper"], True)
        assert subjects(*map(fetched, order), store=OTHER) == (["leaf", "Lower", "Upper"], False)


def test_what_was_not_fetched_or_is_no_issuer_completes_nothing():
    assert subjects(fetched(), fetched(LOWER)) == (["leaf", "Lower"], False)
    assert subjects(fetched(LOWER, kind=EvidenceKind.OCSP)) == (["leaf"], False)


def test_a_failure_says_whether_clients_that_fetch_issuers_can_complete_the_chain():
    whole = seen(fetched(UPPER, "http://i/upper"), fetched(LOWER, "http://i/lower"))
    (can,) = messages(whole, STORE)
    (some,) = messages(whole, OTHER, STORE)
    (cannot,) = messages(whole, OTHER)

    assert can == some
    assert can != cannot
    assert all(text.startswith("incomplete; ") for text in (can, cannot))
    assert all(url in text for text in (can, cannot) for url in ("http://i/upper", "http://i/lower"))


def test_a_failure_says_what_went_wrong_with_fetching_once():
    (text,) = messages(seen(fetched(detail="timed out"), fetched(url="http://i/2", detail="timed out")), STORE)

    assert text.count("timed out") == 1


def test_other_findings_and_a_run_that_fetched_nothing_keep_their_words():
    others = (finding("chain.order"), finding("chain.complete", Outcome.NOT_CHECKED))

    assert messages(seen(fetched(LOWER)), STORE, found=others) == ["incomplete", "incomplete"]
    assert messages(seen(fetched(LOWER, kind=EvidenceKind.CRL)), STORE) == ["incomplete"]
