"""What is seen of an endpoint, as subjects: handshakes, looks at several vantages, and what Kubernetes objects say."""

from collections.abc import Callable, Iterable
from typing import Any

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.subjects import Handshake, KubernetesObjects, Vantages
from certgate.lab.pki import CLOCK, Credential, issue
from certgate.model.kubernetes_facts import KubernetesFacts
from certgate.model.observation import Failure, FailureKind, HandshakeFacts, Observation, Phase, Vantage
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.target import Endpoint, Target, Visit
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

__all__ = ["HERE", "LEAF", "NAME", "THERE", "asked", "handshake", "objects", "seen", "silent", "vantages"]

NAME, HERE, THERE = "a.example", "192.0.2.1:443", "192.0.2.2:443"
LEAF = issue(NAME, sans=[NAME])


def asked(rule: str, **parameters: Any) -> list[str]:
    """The questions of a rule, by their text."""
    check = all_checks()[rule]
    defaults = {name: parameter.default for name, parameter in check.parameters.items()}
    assert check.asks
    return [question.what for question in check.asks(**(defaults | parameters))]


def handshake(
    version: str = "TLSv1.3",
    cipher: str = "TLS_AES_128_GCM_SHA256",
    group: str | None = "x25519",
    answers: Iterable[tuple[str, ProbeOutcome, str]] = (),
    unprobed: str = "",
) -> Handshake:
    """What was negotiated, and what the server answered to questions: their text, the outcome, and its choice."""
    found = tuple(
        ProbeAnswer(what=what, outcome=outcome, chosen=chosen, detail="no word") for what, outcome, chosen in answers
    )
    return Handshake(HandshakeFacts(version, cipher, group), parse_certificate(LEAF.der), found, unprobed)


def seen(
    *chain: Credential,
    address: str = HERE,
    probe: str = "",
    name: str | None = NAME,
    version: str = "TLSv1.3",
    **facts: Any,
) -> Observation:
    """A look at an address, or the answer to a probe."""
    return Observation(
        observed_at=CLOCK,
        vantage=Vantage(address, name, probe),
        presented=tuple(one.der for one in chain),
        handshake=HandshakeFacts(version, "TLS_AES_128_GCM_SHA256") if chain else None,
        **facts,
    )


def silent(kind: FailureKind = FailureKind.ALERT, **facts: Any) -> Observation:
    """A look that showed nothing."""
    return seen(failure=Failure(kind, Phase.HANDSHAKE, "it said no"), **facts)


def vantages(
    *looks: Observation,
    visit: Visit | None = None,
    source: Any = None,
    names: tuple[str, ...] = (NAME,),
    store: Credential | None = None,
) -> Callable[[], Vantages]:
    """A target with these looks."""
    place = source or Endpoint(NAME, 443, NAME, "", visit or Visit())
    target = Target(id="t", ordinal=0, source=place, names=names)
    return lambda: Vantages(target, looks, TrustStore("roots", (parse_certificate(store.der),)) if store else None)


def objects(*chain: Credential, failure: Failure | None = None, **facts: Any) -> KubernetesObjects:
    """What objects say, and what was seen of it."""
    observation = Observation(observed_at=CLOCK, presented=tuple(one.der for one in chain), failure=failure)
    return KubernetesObjects(KubernetesFacts(**({"object": "Ingress shop/web"} | facts)), observation)
