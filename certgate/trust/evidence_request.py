"""Requests for evidence, from the code that evaluates to the code that fetches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from certgate.model.evidence import EvidenceKind
from certgate.model.observation import Observed
from certgate.model.server_access import PUBLIC_ACCESS, ServerAccess
from certgate.x509.certificate import Certificate

__all__ = ["EvidenceRequest", "MissingEvidence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRequest:
    """Something to be fetched, and the certificate on whose behalf."""

    kind: EvidenceKind
    url: str
    certificate: Certificate
    issuer: Certificate | None = None
    """Its issuer, who answers for its status."""
    body: bytes = b""
    """What is posted; empty for a GET."""
    nonce: bytes = b""
    access: ServerAccess = PUBLIC_ACCESS
    """How the server is reached."""

    @property
    def about(self) -> str:
        """What the answer is about, as `Evidence` has it."""
        match self.kind:
            case EvidenceKind.OCSP:
                return self.certificate.sha256
            case EvidenceKind.DECISION:
                return sha256(self.body).hexdigest()
            case _:
                return ""


MissingEvidence = Callable[[Observed], Sequence[Sequence[EvidenceRequest]]]
"""What each observation of a target lacks."""
