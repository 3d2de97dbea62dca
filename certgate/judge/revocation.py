"""What is known of the revocation of a path's certificates, as subjects."""

from collections.abc import Iterator

from certgate.checks.subjects import RevocationEvidence
from certgate.model.evidence import EvidenceKind
from certgate.model.observation import Note, Observation
from certgate.model.target import Revocation
from certgate.trust.path import Path

__all__ = ["revocation_evidence"]

_ON_REVOCATION = frozenset({EvidenceKind.OCSP, EvidenceKind.CRL})


def revocation_evidence(path: Path, observation: Observation, asked: Revocation) -> Iterator[RevocationEvidence]:
    """The leaf, if its staple could have been had or anything was asked for; then, if it was, the issuers.

    A staple that was given asks for the leaf alone, a CRL for the issuers too.
    """
    unusable = Note.STAPLE_UNUSABLE in observation.notes
    had = tuple(e for e in observation.evidence if e.kind in _ON_REVOCATION)
    if asked is not Revocation.OFF or not observation.from_file or observation.staple is not None:
        yield RevocationEvidence(path, 0, observation.staple, unusable, had, asked)
    if asked is not Revocation.OFF and (asked is not Revocation.GIVEN or had):
        for index in range(1, len(path.certificates)):
            yield RevocationEvidence(path, index, evidence=had, asked=asked)
