"""What Go refuses of one damaged leaf, certgate refuses by its policies: never a pass by accident."""

from random import Random
from shutil import which

import pytest

from certgate.judge.judge import Judge
from certgate.lab.pki import CLOCK
from certgate.model.finding import Outcome, Severity
from certgate.model.observation import HandshakeFacts, Observation, Observed, Vantage
from certgate.model.target import Endpoint, Target
from certgate.policy.packs import load_policy
from certgate.policy.target_policy import TargetPolicies
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from tests.differential import clients
from tests.differential.cases import Case
from tests.fuzz.mutate import restructured
from tests.fuzz.targets import CORPUS, seeds_of, signed_again

ROOT = (CORPUS / "root.der").read_bytes()
TARGET = Target(
    id="t", ordinal=0, source=Endpoint("shop.acme.example", 443, "shop.acme.example"), names=("shop.acme.example",)
)
ELSEWHERE = {"chain.aki-ski", "chain.name-chaining", "trust.public-on-internal"}
"""Contradicting key identifiers and names in other bytes are a warning where not every client minds them."""


@pytest.fixture(scope="module")
def verifier(tmp_path_factory):
    if which("go") is None:
        pytest.skip("Go is not installed")
    return clients.build_go(tmp_path_factory.mktemp("go"))


def damaged_leaves(count):
    random = Random(5)
    return [signed_again(random.choice(seeds_of("judge")), lambda tbs: restructured(random, tbs)) for _ in range(count)]


def passes(judge, der):
    facts = HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384")
    seen = Observation(observed_at=CLOCK, presented=(der,), handshake=facts, vantage=Vantage("127.0.0.1:443"))
    findings = judge.judge(Observed(TARGET, (seen,)), CLOCK).findings
    warned = {f.rule for f in findings if f.outcome is Outcome.FAIL} & ELSEWHERE
    wrong = [f for f in findings if (f.violates(Severity.ERROR) or f.not_checked) and f.rule not in ELSEWHERE]
    return not wrong and not warned


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("policy", ["internal-pki", "webpki-public"])
def test_what_go_refuses_is_no_pass(verifier, policy):
    judge = Judge(TargetPolicies(load_policy(policy)).of(TARGET), TrustStore("root", (parse_certificate(ROOT),)))
    leaves = damaged_leaves(600)
    said = clients.go(verifier, [Case((), (der,), (ROOT,), "server") for der in leaves])
    assert [
        (der.hex(), word) for der, word in zip(leaves, said, strict=True) if word != "ok" and passes(judge, der)
    ] == []
