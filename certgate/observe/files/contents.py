"""The contents of an input, independent of its format."""

from certgate.model.errors import CertgateError
from certgate.model.frozen import frozen
from certgate.model.observation import Failure, FailureKind, IssuancePlan, Phase
from certgate.model.published import Published

__all__ = ["MAX_CERTIFICATES", "Contents", "PrivateKeyNote", "UnusableInput"]

MAX_CERTIFICATES = 100
"""Most certificates in one chain: about as many as fit into a TLS handshake."""


class UnusableInput(CertgateError):
    """The input contains nothing to judge; becomes the observation's failure."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.failure = Failure(kind, Phase.READ, detail)

    def __reduce__(self) -> tuple[type["UnusableInput"], tuple[FailureKind, str]]:
        """Pickle what it is made of."""
        return UnusableInput, (self.failure.kind, self.failure.detail)


@frozen(slots=True)
class PrivateKeyNote:
    """The public half of a private key, or why the key cannot be read. The private half is never stored."""

    public_key: bytes | None = None
    """SubjectPublicKeyInfo."""
    problem: str = ""


@frozen(slots=True, kw_only=True)
class Contents:
    """A chain, a request, a CRL or an OCSP response, with other details. The fields are those of an observation."""

    certificates: tuple[bytes, ...] = ()
    lines: tuple[int, ...] = ()
    container: str = ""
    key: PrivateKeyNote = PrivateKeyNote()
    request: bytes | None = None
    plan: IssuancePlan | None = None
    published: Published | None = None
