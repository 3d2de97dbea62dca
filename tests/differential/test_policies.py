"""What OpenSSL or Go refuse, every shipped policy for servers and clients refuses, but for what is by design."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from certgate.judge.judge import Judge
from certgate.lab.pki import CLOCK
from certgate.model.finding import Severity
from certgate.model.observation import Observation, Observed
from certgate.model.target import FileSource, Role, Target
from certgate.policy.model import Policy
from certgate.policy.packs import load_policy, pack_names
from certgate.policy.target_policy import TargetPolicies
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from tests.differential import clients
from tests.differential.cases import Case, made, single_faults
from tests.differential.test_differential import GO, OPENSSL, SEVERAL_PATHS, by_openssl

pytestmark = pytest.mark.slow

POLICIES = [name for name in pack_names() if name not in {"rfc5280-path", "lint", "spiffe-svid"}]
"""Those for servers and clients. SVIDs have cases of their own in the lab; the others judge something else."""


@dataclass(frozen=True)
class ByDesign:
    """What a policy passes although a client refuses it: the faults, all of them, the client's words, and why."""

    client: str
    faults: frozenset[str]
    words: str
    why: str
    holds: Callable[[Policy], bool] = lambda _: True


def parameter(policy: Policy, id: str, name: str) -> object:
    return next(rule.parameters[name] for rule in policy.rules if rule.id == id)


BY_DESIGN = (
    ByDesign(
        OPENSSL,
        frozenset({"root: ends this second"}),
        "at 2 depth lookup: certificate has expired",
        "RFC 5280 §4.1.2.5 includes the last second, and warnings come ninety days before it",
    ),
    ByDesign(
        OPENSSL,
        frozenset(SEVERAL_PATHS),
        "at 2 depth lookup: certificate has expired",
        "clients that try every path find one that holds; trust.engines-agree warns",
    ),
    ByDesign(
        OPENSSL,
        frozenset(SEVERAL_PATHS),
        "unable to get local issuer certificate",
        "clients that try every path find one that holds; trust.engines-agree warns",
    ),
    ByDesign(
        GO,
        frozenset({"leaf: issuer name in capitals", "CA: issuer name in capitals"}),
        "certificate signed by unknown authority",
        "a warning where clients need not be written in Go, and the page of the policy says so",
        lambda policy: parameter(policy, "chain.name-chaining", "byte_equal") is False,
    ),
    ByDesign(
        GO,
        frozenset({"root: negative serial"}),
        "certificate signed by unknown authority",
        "no client of these anchors is written in Go, for it lacks keys that they may have",
        lambda policy: "go" not in parameter(policy, "trust.anchor-constraints", "clients"),
    ),
)


def explained(client: str, policy: Policy, case: Case, said: str) -> bool:
    return any(
        d.client == client and set(case.faults) <= d.faults and d.words in said and d.holds(policy) for d in BY_DESIGN
    )


def wrong(policy: Policy, case: Case) -> set[tuple[str, str, str]]:
    """What makes a run end with another code than 0, told apart as fingerprints tell it."""
    try:
        store = TrustStore("root", tuple(parse_certificate(anchor) for anchor in case.anchors))
    except Malformed as error:
        return {("the store", "", str(error))}
    target = Target(id="t", ordinal=0, source=FileSource("chain.pem"), roles=frozenset({Role(case.purpose)}))
    seen = Observed(target, (Observation(observed_at=CLOCK, presented=case.sent),))
    found = Judge(TargetPolicies(policy).of(target), store).judge(seen, CLOCK).findings
    return {(f.rule, f.subject, f.key) for f in found if f.violates(Severity.ERROR) or f.not_checked}


@pytest.fixture(scope="module", params=["server", "client"])
def drawn(request):
    """The chains with what OpenSSL says of each."""
    found = [made(faults, request.param) for faults in single_faults()]
    return found, by_openssl(found)


def passed(policy: Policy, client: str, found: list[Case], answers: list[str]) -> list[tuple[tuple[str, ...], str]]:
    """Chains that the client refuses, and of which the policy says no more than of a chain without a fault."""
    usual = wrong(policy, next(case for case in found if not case.faults))
    refused = ((case, said) for case, said in zip(found, answers, strict=True) if said != "ok")
    return [
        (case.faults, said)
        for case, said in refused
        if not wrong(policy, case) - usual and not explained(client, policy, case, said)
    ]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("policy", POLICIES)
def test_what_openssl_refuses_every_policy_refuses(drawn, policy):
    assert passed(load_policy(policy), OPENSSL, *drawn) == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize("policy", POLICIES)
def test_what_go_refuses_every_policy_refuses(drawn, verifier, policy):
    found, _ = drawn
    assert passed(load_policy(policy), GO, found, clients.go(verifier, found)) == []


def test_a_policy_that_lets_a_fault_pass_is_noticed():
    found = [made((), "server"), made(("CA: for any purpose",), "server")]
    assert passed(load_policy("internal-pki@2026-03-15"), OPENSSL, found, ["ok", "unsuitable"]) == [
        (("CA: for any purpose",), "unsuitable")
    ]
