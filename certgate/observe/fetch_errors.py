"""Why nothing was fetched: a closed set of kinds."""

from enum import StrEnum

from certgate.model.errors import CertgateError

__all__ = ["FetchError", "FetchFailure"]


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


class FetchError(CertgateError):
    """Nothing was fetched: `kind` for programs, the message for people. It may hold foreign text."""

    def __init__(self, kind: FetchFailure, message: str) -> None:
        super().__init__(message)
        self.kind = kind
