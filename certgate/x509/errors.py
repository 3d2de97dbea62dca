"""Errors of reading foreign bytes."""

from certgate.model.errors import CertgateError

__all__ = ["Malformed", "NotInRequest"]


class Malformed(CertgateError):
    """Untrusted bytes that cannot be read as what they claim to be. The message names the part."""


class NotInRequest(Malformed):
    """A fact that a certificate has and a request lacks: rules that need it do not apply."""
