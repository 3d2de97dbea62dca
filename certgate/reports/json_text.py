"""Values as JSON text, with every foreign text in them escaped, and the members that several reports have."""

from datetime import UTC, datetime
from typing import Any

from certgate.model.target import Place
from certgate.reports.escape import JSON_LIMIT, for_json, to_json

__all__ = ["dumped", "place_member", "time_member"]


def dumped(value: Any) -> str:
    """The value as JSON on one line, with every text in it escaped."""
    text = to_json(value)
    needs_escaping = len(text) > JSON_LIMIT or "\\ud" in text  # a text too long, or a surrogate, perhaps a lone one
    return to_json(_clean(value)) if needs_escaping else text


def time_member(moment: datetime | None) -> str | None:
    """A time in UTC."""
    if moment is None:
        return None
    return f"{(moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat()[:-6]}Z"  # without +00:00


def place_member(place: Place | None) -> dict[str, Any] | None:
    """A position in a file."""
    return {"file": place.file, "line": place.line, "column": place.column} if place else None


def _clean(value: Any) -> Any:
    """The value with every text in it escaped."""
    if isinstance(value, str):
        return for_json(value)
    if isinstance(value, dict):
        return {for_json(name): _clean(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_clean(member) for member in value]
    return value
