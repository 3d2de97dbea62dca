"""Plain values of cert-manager's resources: numbers, durations, and what is none."""

from datetime import timedelta

from certgate.observe.kubernetes.go_duration import go_duration
from certgate.observe.kubernetes.scalar import text

__all__ = ["BadField", "duration", "whole_number"]


class BadField(ValueError):
    """A field has a value of the wrong kind. The message names the field."""


def whole_number(node: object, field: str) -> int | None:
    """A number, None where there is none. Raises BadField."""
    said = text(node)
    if not said:
        return None
    if not said.lstrip("-").isdecimal() or len(said) > 18:
        raise BadField(f'{field}: "{said[:80]}" is not a whole number')
    return int(said)


def duration(node: object, field: str) -> timedelta | None:
    """A duration as Go writes it, None where there is none. Raises BadField."""
    said = text(node)
    try:
        return go_duration(said) if said else None
    except ValueError as error:
        raise BadField(f"{field}: {error}") from None
