"""What came with a chain, as subjects: staple, revocation evidence, handshake, private key, the chain expected."""

from collections.abc import Iterator
from hashlib import sha256

from certgate.checks.subjects import ExpectedChain, Handshake, KeyPair, Staple, Subject
from certgate.judge.revocation import revocation_evidence
from certgate.model.observation import Note, Observation
from certgate.model.target import Revocation
from certgate.trust.path import Path
from certgate.x509.certificate import Certificate
from certgate.x509.facts import CertificateFacts

__all__ = ["companions", "key_pair"]


def companions(
    path: Path, observation: Observation, asked: Revocation, deployed: tuple[Certificate, ...]
) -> Iterator[Subject]:
    """Only what there is or, for a staple, could have been. `path` is the chosen one, `deployed` the chain expected."""
    if not observation.from_file or observation.staple is not None:
        unusable = Note.STAPLE_UNUSABLE in observation.notes
        yield Staple(observation.staple, path.leaf, path.issuer_of(0), unusable=unusable)
    yield from revocation_evidence(path, observation, asked)
    if observation.handshake:
        yield Handshake(observation.handshake, path.leaf)
    yield from key_pair(path.leaf, observation)
    if deployed:
        yield ExpectedChain(path.leaf, tuple(sha256(der).hexdigest() for der in observation.presented), deployed)


def key_pair(leaf: CertificateFacts, observation: Observation) -> Iterator[KeyPair]:
    """The private key beside the leaf, if one came along."""
    if observation.public_key is not None or observation.key_problem:
        yield KeyPair(leaf, observation.public_key, observation.key_problem)
