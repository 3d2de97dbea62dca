"""A policy in words: its values for each rule, and where each comes from."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from certgate.model.frozen import frozen
from certgate.model.target import Place
from certgate.policy.model import Dated, Day, Entry, RuleValues

__all__ = ["ShownValue", "Variant", "shown", "variants"]


@frozen(slots=True)
class ShownValue:
    """A value of a rule, as text. `place` is None for a default."""

    key: str
    value: str
    place: Place | None = None


@frozen(slots=True)
class Variant:
    """The values of a rule under some conditions; the first variant has none."""

    when: str
    place: Place | None
    values: tuple[ShownValue, ...]


def variants(rule: RuleValues) -> Iterator[Variant]:
    """The values without conditions, then the values that each condition changes.

    If a rule applies only under conditions, the first variant has all values of the first condition.
    """
    if rule.applies:
        yield Variant("", rule.place, tuple(_values(rule, set(rule.places))))
    first = not rule.applies
    for index, entry in enumerate(rule.entries):
        if entry.when:
            keys = set(entry.keys) - _keys_after(rule.entries[index + 1 :])
            values = _values(RuleValues.merge(rule.check, (), [entry]), keys)
            yield Variant(str(entry.when), entry.place, tuple(v for v in values if first or v.key in keys))
            first = False


def _keys_after(entries: tuple[Entry, ...]) -> set[str]:
    """Keys that later entries without conditions override."""
    return {key for entry in entries if entry.when is None for key in entry.keys}


def _values(rule: RuleValues, written: set[str]) -> Iterator[ShownValue]:
    values: Mapping[str, Any] = {
        "severity": rule.severity.value,
        "required": rule.required,
        **rule.parameters,
        "since": rule.since,
        "until": rule.until,
        "note": rule.note,
        "docs": rule.docs,
        "disabled": rule.disabled or False,
    }
    always = {"severity", *rule.parameters}
    for key, value in values.items():
        if key in always or key in written:
            yield ShownValue(key, shown(value), rule.places.get(key))


def shown(value: Any) -> str:
    """A value of a policy as text."""
    match value:
        case Dated(rows):
            return "; ".join(f"{shown(v)} if issued before {b}" if b else f"{shown(v)} after that" for b, v in rows)
        case Day(by, day):
            return f"{by} {day}"
        case tuple():
            return ", ".join(value) or "none"
        case dict():
            return ", ".join(f"{key}: {inner}" for key, inner in value.items())
        case bool():
            return str(value).lower()
        case date():
            return value.isoformat()
        case _:
            return str(value)
