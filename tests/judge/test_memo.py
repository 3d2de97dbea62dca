"""What is kept of judgements, and that each target is judged as if it were alone."""

import pickle
import sys
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.needs import Setting
from certgate.checks.framework.subjects import IssuedInRole
from certgate.checks.path import trust_engines
from certgate.gate import RunSpec, judges, prepare
from certgate.judge.memo import JudgingKey, Memo
from certgate.lab.crl import make_crl
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import CLOCK, issue, make_key, pem
from certgate.model.evidence import Evidence, EvidenceKind, FetchFailure
from certgate.model.kubernetes_facts import HostUse, KubernetesFacts
from certgate.model.observation import (
    Failure,
    FailureKind,
    HandshakeFacts,
    Note,
    Observation,
    Observed,
    Phase,
    PreludeFacts,
    Vantage,
)
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.target import Endpoint, FileSource, Purpose, Revocation, Role, Target, TrustMode, Visit
from certgate.policy.packs import load_policy
from certgate.policy.settings import Settings
from certgate.x509.certificate import parse_certificate

KEPT = parse_certificate(issue("a.example").der)


def key(judge="team", label="issuer 1", clock=CLOCK):
    return JudgingKey.of_issuer(judge, IssuedInRole(KEPT, label, frozenset({Role.ISSUER})), clock, Settings())


def never():
    pytest.fail("made again")


def test_an_answer_is_made_once_for_equal_keys():
    memo = Memo()
    assert memo.get(key(), lambda: "made") == "made"
    assert memo.get(key(), never) == "made"


@pytest.mark.parametrize("other", [{"judge": "ops"}, {"label": "issuer 2"}, {"clock": CLOCK + timedelta(minutes=1)}])
def test_another_judge_subject_or_time_has_an_answer_of_its_own(other):
    memo = Memo()
    memo.get(key(), lambda: "one")
    assert memo.get(key(**other), lambda: "other") == "other"


def test_what_was_not_used_for_longest_is_forgotten():
    memo = Memo(size=2)
    for judge in ("a", "b", "a", "c"):
        memo.get(key(judge), lambda: "first")
    assert [memo.get(key(judge), lambda: "again") for judge in ("a", "c", "b")] == ["first", "first", "again"]


def test_a_copy_for_another_process_begins_empty():
    memo = Memo()
    memo.get(key(), lambda: "here")
    assert pickle.loads(pickle.dumps(memo)).get(key(), lambda: "there") == "there"


# --- targets judged together ---


ROOT = issue("Root", ca=True, days=3650)
OTHER_ROOT = issue("Other Root", ca=True, days=3650)
SERVER, CLIENT = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
MIDDLE = issue("Middle", issuer=ROOT, ca=True, path_length=0, days=1000, ekus=[SERVER])
CROSS = issue("Middle", issuer=OTHER_ROOT, ca=True, key=MIDDLE.key, path_length=0, days=900, ekus=[CLIENT])
BRIDGE = issue("Root", issuer=OTHER_ROOT, ca=True, key=ROOT.key, days=900)
SPARE = issue("Spare", issuer=ROOT, ca=True, days=1000)
NAMES = ["a.example", "spiffe://corp.example/a"]
LEAF = issue("a.example", issuer=MIDDLE, sans=NAMES, policies=["1.3.6.1.4.1.99.1"], ekus=[SERVER, CLIENT])
TWIN = issue("a.example", issuer=MIDDLE, sans=NAMES, policies=["1.3.6.1.4.1.99.2"], ekus=[CLIENT])
KEY = parse_certificate(LEAF.der).spki
OTHER_KEY = parse_certificate(issue(key=make_key()).der).spki
REVOKED = make_crl(MIDDLE, LEAF)
CRL = make_crl(MIDDLE)
CRL_URL = "http://crl.lab.example/1.crl"


def crl(content, source="a.crl"):
    return Evidence(kind=EvidenceKind.CRL, source=source, content=content)


def ocsp(content, source="http://ocsp.lab.example", **more):
    return Evidence(
        kind=EvidenceKind.OCSP, source=source, content=content, about=parse_certificate(LEAF.der).sha256, **more
    )


def answer(outcome, **more):
    return ProbeAnswer(what="SSLv3, TLSv1, TLSv1.1", outcome=outcome, **more)


SEEN = {
    "presented": [
        (LEAF, MIDDLE),
        (LEAF, MIDDLE, ROOT),
        (LEAF, MIDDLE, SPARE),
        (LEAF, MIDDLE, MIDDLE),
        (LEAF, SPARE, MIDDLE),
        (LEAF, MIDDLE, CROSS),
        (LEAF, CROSS),
        (LEAF,),
        (TWIN, MIDDLE),
        (),
    ],
    "staple": [
        None,
        make_staple(LEAF, MIDDLE),
        make_staple(LEAF, MIDDLE, status="revoked"),
        make_staple(TWIN, MIDDLE),
        make_staple(LEAF, MIDDLE, next_update=CLOCK + timedelta(minutes=1)),
        b"none",
    ],
    "container": ["", "PKCS#7"],
    "kubernetes": [
        None,
        KubernetesFacts(object="Secret shop/web", is_secret=True),
        KubernetesFacts(object="APIService v1.web", bundle="spec.caBundle"),
        KubernetesFacts(object="Secret shop/web", is_secret=True, uses=(HostUse("Ingress shop/web", "b.example"),)),
    ],
    "handshake": [
        HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", "X25519"),
        HandshakeFacts("TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256", "X25519"),
        HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", "X25519", "h2"),
        None,
    ],
    "failure": [
        None,
        Failure(FailureKind.RESET, Phase.HANDSHAKE, "reset"),
        Failure(FailureKind.RESET, Phase.HANDSHAKE, "reset again"),
        Failure(FailureKind.CLIENT_CERTIFICATE_REQUIRED, Phase.HANDSHAKE, "asks"),
    ],
    "probes": [
        (),
        (answer(ProbeOutcome.REFUSED),),
        (answer(ProbeOutcome.ACCEPTED, chosen="TLSv1.1"),),
        (answer(ProbeOutcome.ACCEPTED, chosen="TLSv1"),),
        (answer(ProbeOutcome.FAILED, detail="it is gone"),),
    ],
    "notes": [(), (Note.STAPLE_UNUSABLE,), (Note.CLASSICAL_RETRY,)],
    "evidence": [
        (),
        (crl(CRL),),
        (crl(REVOKED),),
        (crl(REVOKED, CRL_URL),),
        (crl(make_crl(ROOT, MIDDLE)),),
        (crl(CRL), crl(make_crl(ROOT))),
        (ocsp(make_staple(LEAF, MIDDLE)),),
        (ocsp(make_staple(LEAF, MIDDLE), nonce=b"n"),),
        (ocsp(None, failure=FetchFailure.TIMED_OUT, detail="too late"),),
        (Evidence(kind=EvidenceKind.ISSUER, source="http://ca.lab.example", content=MIDDLE.der),),
        (Evidence(kind=EvidenceKind.ISSUER, source="http://ca.lab.example", content=SPARE.der),),
    ],
    "vantage": [
        Vantage(),
        Vantage("192.0.2.1:443", "a.example"),
        Vantage("192.0.2.2:443", "b.example"),
        Vantage("192.0.2.1:443", "a.example", proxy="http://proxy.example:3128"),
        Vantage("192.0.2.1:443", "a.example", proxy="http://other.example:3128"),
        Vantage("192.0.2.1:443", "a.example", key_type="RSA"),
    ],
    "prelude": [None, PreludeFacts("smtp", "STARTTLS"), PreludeFacts("smtp", "STARTTLS", "250 OK")],
    "unvisited": [(), ("192.0.2.9:443",)],
    "public_key": [None, KEY, OTHER_KEY],
    "key_problem": ["", "the key is encrypted"],
    "lines": [(), (1, 20), (7, 30)],
    "observed_at": [
        CLOCK,
        CLOCK + timedelta(seconds=1),
        CLOCK + timedelta(minutes=2),
        CLOCK + timedelta(days=11),
        CLOCK + timedelta(days=1000),
    ],
}
SAID = {
    "source": [
        Endpoint("a.example", 443, "a.example"),
        Endpoint("a.example", 443, "a.example", visit=Visit(may_probe=False)),
        Endpoint("a.example", 443, "a.example", visit=Visit(also=("b.example",))),
        Endpoint("a.example", 25, "a.example", "smtp"),
        FileSource("a.pem"),
        FileSource("a.pem", bundle="root.pem"),
    ],
    "names": [("a.example",), ("b.example",), ("b.example", "a.example"), ("192.0.2.1",), ()],
    "roles": [frozenset({Role.SERVER}), frozenset({Role.CLIENT}), frozenset({Role.SERVER, Role.SPIFFE})],
    "purpose": [None, *Purpose],
    "spiffe_ids": [(), ("spiffe://corp.example/a",), ("spiffe://corp.example/b",)],
    "policy_oids": [(), ("1.3.6.1.4.1.99.1",), ("1.3.6.1.4.1.99.2",)],
    "labels": [{}, {"tier": "edge"}, {"tier": "core"}],
    "revocation": list(Revocation),
    "policy": ["all.yaml", "strict.yaml"],
    "trust": [("root.pem",), ("other.pem",), ("root.pem", "other.pem"), ("other.pem", "root.pem")],
    "trust_mode": list(TrustMode),
    "expect": ["leaf.pem", "spare.pem", "twin.pem", "workload-api:unix:///a", "workload-api:unix:///b", ""],
}
FACTS = SEEN | SAID
MATRIX = ("root.pem", "other.pem")
USUAL = {name: values[0] for name, values in FACTS.items()}
CROSSED = USUAL | {
    "presented": (LEAF, SPARE, CROSS, MIDDLE),
    "evidence": (crl(make_crl(ROOT, MIDDLE)), crl(make_crl(OTHER_ROOT))),
    "trust": ("root.pem", "other.pem"),
    "revocation": Revocation.GIVEN,
}
"""Two paths hold, each for a purpose of its own, and one of them is revoked."""
DISORDERED = USUAL | {"presented": (LEAF, BRIDGE, MIDDLE), "trust": ("other.pem",)}
STRICT = """\
extends: all.yaml
rules:
  - rule: spiffe.single-uri
  - {rule: chain.depth, max_intermediates: 0}
  - {rule: chain.depth, max_intermediates: 3, when: {labels: {tier: edge}}}
  - {rule: validity.max-lifetime, max_days: 10, when: {issuer: "CN=M*", labels: {tier: core}}}
  - {rule: trust.denied, disabled: not here, when: {trust: other.pem}}
"""


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("alone")
    rules = [id for id, c in all_checks().items() if not c.extra]
    for id in ("target.observed", "spiffe.single-uri"):
        rules.remove(id)
    (made / "all.yaml").write_text("rules:\n" + "".join(f"  - rule: {id}\n" for id in rules))
    (made / "strict.yaml").write_text(STRICT)
    files = {"root": [ROOT], "other": [OTHER_ROOT], "leaf": [LEAF, MIDDLE], "spare": [LEAF, SPARE], "twin": [TWIN]}
    for name, chain in files.items():
        (made / f"{name}.pem").write_bytes(pem(*chain))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        kept = cache(load_policy)
        patch.setattr(judges, "load_policy", lambda name, **_: kept(name))
        yield


def results(*facts, **options):
    """What one run says of targets with these facts, by their order."""
    targets = []
    for number, one in enumerate(facts):
        said = {name: one[name] for name in SAID}
        targets.append(Target(id=f"{number}.example:443", ordinal=number, **said))
    judging = prepare(targets, RunSpec(settings={Setting.DENIED_KEYS: ("0" * 64,)}, **options)).judges
    found = []
    for target, one in zip(map(judging.decided, targets), facts, strict=True):
        seen = {name: one[name] for name in SEEN} | {"presented": tuple(c.der for c in one["presented"])}
        observed = Observed(target, (Observation(**seen),))
        judging.missing(observed)
        result = judging.judge(observed)
        assert result.target.id == target.id
        same = {"id": "", "ordinal": 0}
        found.append(replace(result, target=replace(target, **same)))
    return found


def forget():
    """Empty every memory of the process."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("certgate.judge", "certgate.trust", "certgate.x509")):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
    trust_engines._accepted.clear()


def alone(facts, **options):
    forget()
    return results(facts, **options)[0]


@pytest.fixture(scope="module")
def usual(folder):
    """What is said of a target of which nothing is unusual, alone."""
    return alone(USUAL, matrix=MATRIX)


changes = st.lists(
    st.sampled_from(sorted(FACTS)).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(FACTS[name]))),
    max_size=4,
).map(dict)


@pytest.mark.parametrize("fact", FACTS)
@pytest.mark.parametrize(
    "others",
    [
        pytest.param(USUAL, id="usual"),
        pytest.param(CROSSED, id="crossed", marks=pytest.mark.slow),
        pytest.param(DISORDERED, id="disordered", marks=pytest.mark.slow),
    ],
)
def test_targets_that_differ_in_one_fact_are_judged_each_as_if_alone(others, fact, usual):
    variants = [others | {fact: value} for value in FACTS[fact]]
    together = results(*variants, *reversed(variants), matrix=MATRIX)
    expected = [usual if one == USUAL else alone(one, matrix=MATRIX) for one in variants]
    assert together == [*expected, *reversed(expected)]


def test_a_chain_that_is_not_trusted_is_said_to_come_through_the_proxy_of_each_target():
    variants = [USUAL | {"trust": ("other.pem",), "vantage": vantage} for vantage in SEEN["vantage"]]
    assert results(*variants) == [alone(one) for one in variants]


@pytest.mark.slow
@pytest.mark.timeout(180)
@settings(max_examples=40)
@given(st.sampled_from([USUAL, CROSSED, DISORDERED]), st.lists(changes, min_size=2, max_size=5))
def test_targets_of_any_facts_are_judged_each_as_if_alone(others, differing):
    variants = [others | one for one in differing]
    together = results(*variants)
    assert together == [alone(one) for one in variants]
