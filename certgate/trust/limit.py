"""Work that grows faster than its input is bounded; what is beyond a bound is not judged."""

from certgate.model.errors import CertgateError

__all__ = ["LimitExceeded"]


class LimitExceeded(CertgateError):
    """A path that needs more work than a limit allows. The message names the limit."""
