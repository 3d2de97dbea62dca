"""Evidence beside the handshake: OCSP responses, CRLs and issuers' certificates, fetched or read from files."""

from enum import StrEnum

from certgate.model.frozen import frozen

__all__ = ["Evidence", "EvidenceKind", "FetchFailure"]


class EvidenceKind(StrEnum):
    """What a piece of evidence claims to be."""

    OCSP = "ocsp"
    CRL = "crl"
    ISSUER = "issuer"
    DECISION = "decision"
    """The response of a policy server."""
    SVID = "svid"
    """An X509-SVID that an agent of the SPIFFE Workload API gives."""


class FetchFailure(StrEnum):
    """Why nothing was fetched."""

    BAD_URL = "bad-url"
    USER_INFO = "user-info"
    FORBIDDEN_PORT = "forbidden-port"
    FORBIDDEN_ADDRESS = "forbidden-address"
    NAME_NOT_RESOLVED = "name-not-resolved"
    UNREACHABLE = "unreachable"
    TLS_FAILED = "tls-failed"
    TIMED_OUT = "timed-out"
    NOT_HTTP = "not-http"
    STATUS = "status"
    ENCODED = "encoded"
    TOO_LARGE = "too-large"
    REDIRECTS = "redirects"


@frozen(slots=True, kw_only=True)
class Evidence:
    """One piece of evidence: its untrusted bytes, or why there are none."""

    kind: EvidenceKind
    source: str
    """The URL that was requested, the file, or the socket of an agent."""
    content: bytes | None = None
    failure: FetchFailure | None = None
    detail: str = ""
    """The failure as one sentence for people; may contain untrusted text."""
    about: str = ""
    """The SHA-256 of the certificate whose status was requested, or of the query to a policy server; else empty."""
    nonce: bytes = b""
    """The nonce that the response must repeat (RFC 9654); empty if none was sent."""
