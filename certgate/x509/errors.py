"""Errors of reading foreign bytes."""

from certgate.model.errors import CertgateError

__all__ = ["Malformed"]


class Malformed(CertgateError):
    """Foreign bytes that cannot be read as what they claim to be. The message names the part."""
