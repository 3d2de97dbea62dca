"""Turns what was observed into subjects for rules: chain, revocation evidence, request, facts."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256

from certgate.checks.framework.subjects import (
    CertificateInRole,
    ExpectedChain,
    Handshake,
    HelperFiles,
    KeyPair,
    KubernetesObjects,
    RevocationEvidence,
    ServedSvid,
    Staple,
    Subject,
    Succession,
    TargetFacts,
)
from certgate.judge.comparison import likeness
from certgate.judge.key_types import must_be_expected
from certgate.judge.seen import seen_certificate
from certgate.model.evidence import EvidenceKind
from certgate.model.observation import HandshakeFacts, Note, Observation
from certgate.model.snapshot import LastSeen
from certgate.model.target import Revocation, Role, Target
from certgate.model.verdict import CertificateSummary
from certgate.trust.path import CertificatePath
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.facts import CertificateFacts
from certgate.x509.request import CertificateRequest

__all__ = [
    "companions",
    "key_pair",
    "kubernetes_objects",
    "read_request",
    "revocation_evidence",
    "succession",
    "target_facts",
    "unprobed",
]

_ON_REVOCATION = frozenset({EvidenceKind.OCSP, EvidenceKind.CRL})


def companions(
    path: CertificatePath,
    target: Target,
    observation: Observation,
    deployed: tuple[Certificate, ...],
    store: TrustStore,
    judges_secrets: str = "",
) -> Iterator[Subject]:
    """The subjects that exist beside the chain, also a missing staple if one was possible.

    `path` is the chosen path to `store`, `deployed` the expected chain. A handshake that certgate narrowed to a type of
    key is not what clients get, so it is no subject. `judges_secrets` is the rule that judges the keys of Secrets, if
    any.
    """
    if target.source.needs_connection or observation.staple is not None:
        unusable = Note.STAPLE_UNUSABLE in observation.notes
        yield Staple(observation.staple, path.leaf, path.issuer_of(0), unusable=unusable)
    yield from revocation_evidence(path, target, observation)
    if observation.handshake and not observation.vantage.key_type:
        yield Handshake(observation.handshake, path.leaf, observation.probes, unprobed(target))
    if not target.source.bundle:
        yield from key_pair(path.leaf, observation, judges_secrets)
    else:
        yield HelperFiles(
            path=path,
            store=store.for_leaf(path.leaf),
            bundle=target.source.bundle,
            public_key=observation.public_key,
            key_problem=observation.key_problem,
        )
    if deployed:
        yield ExpectedChain(path.leaf, tuple(sha256(der).hexdigest() for der in observation.presented), deployed)
    if target.expected_agent and not observation.vantage.key_type:
        yield _served_svid(path.leaf, target.expected_agent, observation)


def _served_svid(leaf: Certificate, agent: str, observation: Observation) -> ServedSvid:
    """The leaf with what the agent gave after it was served."""
    evidence = [one for one in observation.evidence if one.kind is EvidenceKind.SVID]
    given, problems = [], [one.detail for one in evidence if one.content is None]
    for content in (one.content for one in evidence):
        try:
            given += [parse_certificate(content)] if content is not None else []
        except Malformed as error:
            problems.append(f"the agent at {agent} gives an SVID that cannot be read: {error}")
    problem = next(iter(problems), f"the agent at {agent} was not asked")
    return ServedSvid(leaf, agent, tuple(given), "" if given else problem)


def unprobed(target: Target) -> str:
    """Why the target's server is asked nothing; empty if it may be."""
    return target.source.endpoint.unprobed if target.source.needs_connection else ""


def key_pair(leaf: CertificateFacts, observation: Observation, judges_secrets: str = "") -> Iterator[KeyPair]:
    """The private key that belongs to the leaf, if one was observed."""
    if observation.public_key is not None or observation.key_problem:
        is_of_secret = observation.kubernetes is not None and observation.kubernetes.is_secret
        rule = judges_secrets if is_of_secret else ""
        yield KeyPair(leaf, observation.public_key, observation.key_problem, rule)


def kubernetes_objects(observation: Observation, looks: Sequence[Observation]) -> Iterator[KubernetesObjects]:
    """What Kubernetes objects say about what was observed, if they say something.

    Of chains for several types of keys, only the one for the type of a single Secret must be the Secret's.
    """
    if facts := observation.kubernetes:
        chains = [one.chain for one in facts.secrets if one.chain]
        deployed = [parse_certificate(chains[0][0])] if len(chains) == 1 else []
        is_other = not must_be_expected(observation, looks, deployed)
        reason = "the chain is for another type of key than that of the Secret" if is_other else facts.not_visited
        yield KubernetesObjects(replace(facts, not_visited=reason), observation)


def revocation_evidence(
    path: CertificatePath, target: Target, observation: Observation
) -> Iterator[RevocationEvidence]:
    """The leaf if it may have a staple or revocation is checked; the issuers if revocation is checked.

    A staple file concerns only the leaf, a CRL file the issuers too.
    """
    mode, unusable = target.revocation, Note.STAPLE_UNUSABLE in observation.notes
    evidence = tuple(e for e in observation.evidence if e.kind in _ON_REVOCATION)
    if mode is not Revocation.OFF or target.source.needs_connection or observation.staple is not None:
        yield RevocationEvidence(
            path=path, index=0, staple=observation.staple, unusable=unusable, evidence=evidence, mode=mode
        )
    if mode is not Revocation.OFF and (mode is not Revocation.GIVEN or evidence):
        for index in range(1, len(path.certificates)):
            yield RevocationEvidence(path=path, index=index, evidence=evidence, mode=mode)


def succession(
    leaf: Certificate, shown: CertificateSummary, last: LastSeen | None, key_type: str = ""
) -> Iterator[Succession]:
    """The leaf with the certificate in whose place it is: the same one, or else the most similar leaf.

    `key_type` is that of the vantage: what the server has for one type of key takes no other one's place.
    """
    place = f"leaf with {key_type} key" if key_type else "leaf"
    earlier = [one for one in last.target.certificates if one.label == place] if last else []
    if last and earlier:
        now = seen_certificate(shown)
        before = max(earlier, key=lambda one: (one.sha256 == now.sha256, likeness(one, now)))
        yield Succession(leaf, before, last.at)


def read_request(observation: Observation, roles: frozenset[Role]) -> CertificateInRole | None:
    """The request as a subject; None if none was observed. Raises Malformed."""
    if observation.request is None:
        return None
    request = CertificateRequest(observation.request, observation.plan)
    return CertificateInRole(request, "request", roles | {Role.REQUEST})


def target_facts(
    target: Target, path: CertificatePath, observation: Observation, handshake: HandshakeFacts | None
) -> TargetFacts:
    """The target with its chosen path, its handshake, and the answers of policy servers."""
    return TargetFacts(
        target=target,
        path=path,
        handshake=handshake,
        stapled=observation.staple is not None,
        decisions=tuple(e for e in observation.evidence if e.kind is EvidenceKind.DECISION),
    )
