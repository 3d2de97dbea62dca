"""Limits for work that grows faster than its input; what exceeds one is not checked."""

from certgate.model.errors import CertgateError

__all__ = ["LimitExceeded"]


class LimitExceeded(CertgateError):
    """A path that needs more work than a limit allows. The message names the limit."""
