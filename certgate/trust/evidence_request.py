"""Requests for evidence, from the code that evaluates to the code that fetches."""

from collections.abc import Callable, Sequence
from hashlib import sha256

from certgate.model.evidence import EvidenceKind
from certgate.model.frozen import frozen
from certgate.model.observation import Observed
from certgate.model.server_access import PUBLIC_ACCESS, ServerAccess
from certgate.x509.certificate import Certificate

__all__ = ["EvidenceRequest", "MissingEvidence"]


@frozen(slots=True, kw_only=True)
class EvidenceRequest:
    """Something to fetch, and the certificate for which it is fetched."""

    kind: EvidenceKind
    url: str
    certificate: Certificate
    issuer: Certificate | None = None
    """The certificate's issuer, whose responder reports its status."""
    body: bytes = b""
    """The body of a POST; empty for a GET."""
    nonce: bytes = b""
    access: ServerAccess = PUBLIC_ACCESS
    """The access settings for the server."""

    @property
    def about(self) -> str:
        """What the answer is about; the `about` of its `Evidence`."""
        match self.kind:
            case EvidenceKind.OCSP:
                return self.certificate.sha256
            case EvidenceKind.DECISION:
                return sha256(self.body).hexdigest()
            case _:
                return ""


MissingEvidence = Callable[[Observed], Sequence[Sequence[EvidenceRequest]]]
"""Returns the missing evidence for each observation of a target."""
