"""Errors that users can fix, unlike facts about a target, which are values."""

__all__ = ["CertgateError", "UsageError"]


class CertgateError(Exception):
    """Base of all errors that certgate raises for a reader: the message says what happened, where, and what to do."""


class UsageError(CertgateError):
    """Something that a person wrote (arguments, configuration, policy, trust store) is wrong: exit code 2."""
