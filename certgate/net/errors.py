"""Why nothing was fetched: a closed set of kinds."""

from certgate.model.errors import CertgateError
from certgate.model.evidence import FetchFailure

__all__ = ["FetchError", "FetchFailure"]


class FetchError(CertgateError):
    """Nothing was fetched: `kind` is for programs, the message for people. It may contain foreign text."""

    def __init__(self, kind: FetchFailure, message: str) -> None:
        super().__init__(message)
        self.kind = kind
