"""What rules of one's own see of a judged target, as a subject."""

from certgate.checks.subjects import View
from certgate.model.evidence import EvidenceKind
from certgate.model.observation import Observation
from certgate.model.target import Target
from certgate.trust.path import Path

__all__ = ["view_of"]


def view_of(target: Target, path: Path, observation: Observation) -> View:
    """The target with the path that was chosen for it, its handshake, and what policy servers answered."""
    return View(
        target,
        path,
        observation.handshake,
        observation.staple is not None,
        observation.from_file,
        tuple(e for e in observation.evidence if e.kind is EvidenceKind.DECISION),
    )
