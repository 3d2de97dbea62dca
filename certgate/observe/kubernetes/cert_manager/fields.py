"""Plain values of cert-manager's resources: numbers and durations."""

import re
from datetime import timedelta

from certgate.observe.kubernetes.go_duration import go_duration
from certgate.observe.kubernetes.scalar import text

__all__ = ["BadField", "duration", "is_email", "whole_number"]

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_EMAIL = re.compile(r"[^\s<>@]+@[^\s<>@]+")


class BadField(ValueError):
    """A field has a value of the wrong kind. The message names the field."""


def whole_number(node: object, field: str) -> int | None:
    """Read a whole number, None if the field is missing. Raises BadField."""
    written = text(node)
    if not written:
        return None
    if not _WHOLE.fullmatch(written):
        raise BadField(f'{field}: "{written[:80]}" is not a whole number')
    return int(written)


def duration(node: object, field: str) -> timedelta | None:
    """Read a duration in Go's format, None if the field is missing. Raises BadField."""
    written = text(node)
    try:
        return go_duration(written) if written else None
    except ValueError as error:
        raise BadField(f"{field}: {error}") from None


def is_email(node: object) -> bool:
    """Whether it is an e-mail address without a display name."""
    return _EMAIL.fullmatch(text(node)) is not None
