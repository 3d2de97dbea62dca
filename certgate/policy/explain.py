"""A policy in words: what it says of each rule, and where each value comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from certgate.model.target import Place
from certgate.policy.effective import merge_entries
from certgate.policy.model import Dated, Day, Entry, Rule

__all__ = ["Case", "Setting", "cases", "shown"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of a rule, as text. `place` is None for a default."""

    key: str
    value: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What is said of a rule under some conditions; the first case has none."""

    when: str
    place: Place | None
    said: tuple[Setting, ...]


def cases(rule: Rule) -> Iterator[Case]:
    """What holds where no condition does, then what each condition changes.

    A rule that only conditions hold begins with all values of the first of them.
    """
    if rule.held:
        yield Case("", rule.place, tuple(_said(rule, set(rule.places))))
    first = not rule.held
    for index, entry in enumerate(rule.entries):
        if entry.when:
            keys = set(entry.keys) - _said_after(rule.entries[index + 1 :])
            said = _said(merge_entries(rule.check, (), [entry]), keys)
            yield Case(str(entry.when), entry.place, tuple(s for s in said if first or s.key in keys))
            first = False


def _said_after(entries: tuple[Entry, ...]) -> set[str]:
    """Keys that later entries without conditions say anyway."""
    return {key for entry in entries if entry.when is None for key in entry.keys}


def _said(rule: Rule, written: set[str]) -> Iterator[Setting]:
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
            yield Setting(key, shown(value), rule.places.get(key))


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
            return ", ".join(f"{key}: {said}" for key, said in value.items())
        case bool():
            return str(value).lower()
        case date():
            return value.isoformat()
        case _:
            return str(value)
