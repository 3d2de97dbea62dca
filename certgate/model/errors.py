"""Errors that users can fix, unlike facts about a target, which are values."""

__all__ = ["CertgateError", "UsageError"]


class CertgateError(Exception):
    """Base of all errors that certgate shows to users: the message says what happened, where, and what to do."""


class UsageError(CertgateError):
    """An error in the user's input (arguments, configuration, policy, trust store): exit code 2."""
