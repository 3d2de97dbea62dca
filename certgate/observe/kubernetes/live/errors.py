"""Why an API server gave no answer: a closed set of kinds."""

from enum import Enum

from certgate.model.errors import CertgateError

__all__ = ["ApiError", "ApiFailure"]


class ApiFailure(Enum):
    """Why there is no answer."""

    UNREACHABLE = "unreachable"
    """No connection, an untrusted server, or something that is not an API server."""
    PLUGIN = "plugin"
    """The exec plug-in gave no credentials."""
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    GONE = "gone"
    """The list has changed too much since its first page."""
    TOO_LARGE = "too-large"
    BROKEN = "broken"
    """The server failed, or its answer cannot be read."""

    @property
    def is_of_cluster(self) -> bool:
        """Whether every other request would fail too."""
        return self in {ApiFailure.UNREACHABLE, ApiFailure.PLUGIN, ApiFailure.UNAUTHORIZED}


class ApiError(CertgateError):
    """There is no answer: `kind` is for programs, the message for people. It may contain foreign text."""

    def __init__(self, kind: ApiFailure, message: str) -> None:
        super().__init__(message)
        self.kind = kind
