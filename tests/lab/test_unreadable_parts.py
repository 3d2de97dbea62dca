"""Where a part of a chain cannot be read, one rule says so, and whatever cannot be judged because of it names that rule."""

from functools import cache

import pytest

from certgate.checks.framework.premise import Premise
from certgate.judge.exceptions import waive
from certgate.judge.judge import Judge
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import DEPENDS_ON, Outcome, Severity
from certgate.model.observation import HandshakeFacts, Note, Observation, Observed
from certgate.model.target import Endpoint, FileSource, Target
from certgate.model.verdict import Verdict
from certgate.policy.packs import load_policy, pack_names
from certgate.policy.target_policy import TargetPolicies
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from certgate.x509.sct import EMBEDDED_SCTS
from tests.checks.tables.row import oid, reworked, sequence
from tests.judge.test_dependent import waiver

ROOT = issue("Root", ca=True, days=3650)
UPPER = issue("Upper", issuer=ROOT, ca=True, days=1000)
CA = issue("CA", issuer=UPPER, ca=True, days=900)
LEAF = issue("a.example", issuer=CA, sans=["a.example"])
STORE = TrustStore("root", (parse_certificate(ROOT.der),))
NO_CERTIFICATE = b"\x30\x03\x02\x01\x01"
BAD_PURPOSES = {"ekus": (), "raw_extensions": (("2.5.29.37", False, b"\x05\x00"),)}
STRANGER = issue("Stranger", ca=True, **BAD_PURPOSES)
ODD_LEAF = issue("a.example", issuer=CA, sans=["a.example"], **BAD_PURPOSES)
CHAINS = {
    "no certificate": (LEAF.der, CA.der, UPPER.der, NO_CERTIFICATE),
    "no certificate, and one is missing": (LEAF.der, NO_CERTIFICATE, UPPER.der),
    "an unrelated certificate": (LEAF.der, CA.der, UPPER.der, STRANGER.der),
    "the leaf": (ODD_LEAF.der, CA.der, UPPER.der),
    "the leaf and an unrelated certificate": (ODD_LEAF.der, CA.der, UPPER.der, NO_CERTIFICATE),
}
SAID_BY = {
    "no certificate": {"chain.readable"},
    "no certificate, and one is missing": {"chain.readable"},
    "an unrelated certificate": {"chain.readable"},
    "the leaf": {"ext.form"},
    "the leaf and an unrelated certificate": {"chain.readable", "ext.form"},
}


@cache
def policies(pack):
    return TargetPolicies(load_policy(pack))


def judged(pack, presented, *, live, **facts):
    source = Endpoint("a.example", 443, "a.example") if live else FileSource("a.pem")
    target = Target(id="a.pem", ordinal=0, source=source, names=("a.example",))
    handshake = HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", "secp384r1") if live else None
    observation = Observation(observed_at=CLOCK, presented=presented, handshake=handshake, **facts)
    policy = policies(pack).of(target)
    result = Judge(policy, STORE).judge(Observed(target, (observation,)), CLOCK)
    return result, {rule.id for rule in policy.rules} & {"chain.readable", "ext.form"}


def is_unreadable(finding):
    """Whether the answer is missing because something cannot be read."""
    return finding.unread or (finding.outcome is Outcome.NOT_CHECKED and "cannot be read" in finding.message)


@pytest.mark.parametrize("live", [True, False], ids=["endpoint", "file"])
@pytest.mark.parametrize("pack", sorted({*pack_names()} - {"lint"}))
@pytest.mark.parametrize("part", CHAINS)
def test_what_cannot_be_judged_names_the_rule_that_cannot_read_and_is_never_excused(part, pack, live):
    result, known = judged(pack, CHAINS[part], live=live)
    missing = [f for f in result.findings if is_unreadable(f)]
    said = {f.rule for f in result.findings if f.denies == Premise.READABLE and f.outcome is Outcome.FAIL}
    of_message = "chain.readable" if "chain.readable" in SAID_BY[part] else "ext.form"

    assert said == SAID_BY[part] & known
    for finding in missing:
        cause = of_message if finding.subject == "presented chain" else "ext.form"
        assert finding.evidence.get(DEPENDS_ON) == (cause if cause in known else None), finding
        assert finding.required or finding.severity is not Severity.ERROR
    if missing:
        assert waive(result, waiver("*"), Severity.ERROR)[0].verdict is not Verdict.COMPLIANT


def test_an_intermediate_that_cannot_be_read_is_one_error_and_no_other_is_missing():
    result, _ = judged("internal-pki", CHAINS["no certificate, and one is missing"], live=True)
    errors = {f.rule for f in result.findings if f.outcome is Outcome.FAIL and f.severity is Severity.ERROR}
    depends = {f.rule for f in result.findings if f.evidence.get(DEPENDS_ON) == "chain.readable"}

    assert errors == {"chain.readable"}
    assert depends >= {"chain.complete", "chain.order", "chain.extraneous", "trust.anchor"}


def composite():
    algorithm = sequence(oid("1.3.6.1.5.5.7.6.45"))
    return {"leaf": reworked(lambda: LEAF, signature=algorithm, signature_algorithm=algorithm)()}


def damaged_timestamps():
    broken = [(EMBEDDED_SCTS, False, b"\x04\x00")]
    return {"leaf": issue("a.example", issuer=CA, sans=["a.example"], raw_extensions=broken).der}


def by_a_stranger():
    return {"staple": make_staple(LEAF, CA, responder=STRANGER)}


def damaged_staple():
    return {"staple": b"junk"}


def unusable_staple():
    return {"notes": frozenset({Note.STAPLE_UNUSABLE})}


OF_STAPLES = {
    "ct.delivery",
    *(f"ocsp.{name}" for name in ("certid", "fresh", "interval", "stale", "next-update-bound", "reason-ext")),
    "ocsp.delegate-profile",
}
OF_SIGNATURES = {"sig.sha1", "sig.alg-encoding", "sig.curve-hash", "chain.signature", "trust.anchor"}


@pytest.mark.parametrize(
    ("facts", "cause", "consequences"),
    [
        (composite, "pq.composite", OF_SIGNATURES),
        (damaged_timestamps, "ct.sct-valid", {"ct.sct-count", "validity.backdated"}),
        (by_a_stranger, "ocsp.signature", {"ocsp.delegate-profile"}),
        (damaged_staple, "ocsp.signature", OF_STAPLES),
        (unusable_staple, "ocsp.signature", OF_STAPLES),
    ],
)
def test_an_unknown_signature_and_a_damaged_staple_or_list_have_one_cause_and_waiving_it_is_no_pass(
    facts, cause, consequences
):
    given = facts()
    presented = (given.pop("leaf", LEAF.der), CA.der, UPPER.der)
    result, _ = judged("webpki-public", presented, live=True, **given)
    missing = {f.rule: f.evidence.get(DEPENDS_ON) for f in result.findings if f.not_checked}
    failed = {f.rule for f in result.findings if f.outcome is Outcome.FAIL}

    assert missing == dict.fromkeys(consequences, cause)
    assert waive(result, waiver(*failed), Severity.ERROR)[0].verdict is Verdict.INCOMPLETE
