"""Why nothing was fetched: a closed set of kinds."""

from certgate.model.errors import CertgateError
from certgate.model.evidence import FetchFailure

__all__ = ["FetchError", "FetchFailure", "RefusedByServer"]


class FetchError(CertgateError):
    """Nothing was fetched: `kind` is for programs, the message for people. It may contain foreign text."""

    def __init__(self, kind: FetchFailure, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class RefusedByServer(FetchError):
    """The server answered, but not with success. `body` is the beginning of what it said."""

    def __init__(self, message: str, status: int, body: bytes) -> None:
        super().__init__(FetchFailure.STATUS, message)
        self.status = status
        self.body = body
