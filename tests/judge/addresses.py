"""Chains that a target shows at several addresses, and what judging makes of them."""

from datetime import timedelta

from certgate.checks.framework.catalogue import all_checks
from certgate.judge.judge import Judge
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Severity
from certgate.model.observation import Failure, FailureKind, HandshakeFacts, Observation, Observed, Phase, Vantage
from certgate.model.target import Endpoint, Target
from certgate.policy.model import TargetPolicy, TargetRule
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True, days=3650)
MIDDLE = issue("Middle", issuer=ROOT, ca=True, path_length=0, days=1000)
GOOD = issue("a.example", issuer=MIDDLE, sans=["a.example"])
OLD = issue("a.example", issuer=MIDDLE, sans=["a.example"], not_before=CLOCK - timedelta(days=99), days=89)
OLDER = issue("a.example", issuer=MIDDLE, sans=["a.example"], not_before=CLOCK - timedelta(days=99), days=79)
STORE = TrustStore("test", (parse_certificate(ROOT.der),))
TARGET = Target(id="a.example:443", ordinal=0, source=Endpoint("a.example", 443, "a.example"), names=("a.example",))
A, B, C = "192.0.2.1:443", "192.0.2.2:443", "[2001:db8::3]:443"
REFUSED = Failure(FailureKind.REFUSED, Phase.CONNECT, "the connection was refused")
RULES = ("target.observed", "chain.complete", "validity.expired", "tls.version")
POLICY = TargetPolicy(
    "test",
    tuple(
        TargetRule(
            check=check,
            severity=Severity.ERROR,
            required=True,
            parameters={n: p.default for n, p in check.parameters.items()},
        )
        for check in (all_checks()[id] for id in RULES)
    ),
)


def at(address, *chain, **facts):
    usual = {"handshake": HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384")} if chain else {"failure": REFUSED}
    presented = tuple(credential.der for credential in chain)
    return Observation(observed_at=CLOCK, vantage=Vantage(address, "a.example"), presented=presented, **usual | facts)


def judged(*observations):
    return Judge(POLICY, STORE).judge(Observed(TARGET, observations), CLOCK)
