"""Policies by name or file: shipped packs, files of a team's own, and what they extend."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from certgate.checks.registry import Check, all_checks
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.target import Place
from certgate.policy.mistakes import Mistake, WrittenWrong, nearest
from certgate.policy.model import Dated, Policy, Rule
from certgate.policy.yaml import Document, load_yaml

__all__ = ["DEFAULT_POLICY", "RESERVED_RULE", "load_policy", "read_text", "shipped_packs"]

DEFAULT_POLICY = "webpki-public"
RESERVED_RULE = "target.observed"
"""Belongs to every policy; nobody sets or leaves it out."""

_MAX_EXTENDS = 10
_WORDS = frozenset({"rule", "severity", "required"})


@lru_cache
def shipped_packs() -> Mapping[str, Path]:
    """The packs that come with certgate, by name."""
    package = Path(__file__).parent.parent
    folder = next(f for f in (package / "policies", package.parent / "policies") if f.is_dir())
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load_policy(name: str, base: Path | None = None) -> Policy:
    """The policy that `name` means: a shipped pack, or a file relative to `base` (default: the working directory).

    Raises UsageError for an unknown name or unreadable file, WrittenWrong with all mistakes in a file.
    """
    draft = _load(name, base or Path(), ())
    entries = {RESERVED_RULE: _Entry({"rule": RESERVED_RULE})} | draft.entries
    return Policy(draft.name, tuple(_rule(id, entry) for id, entry in entries.items()))


@dataclass
class _Entry:
    """What files say of one rule, merged; `place` is where it was last touched."""

    keys: dict[str, Any]
    place: Place | None = None


@dataclass
class _Draft:
    name: str
    entries: dict[str, _Entry] = field(default_factory=dict)


def _load(name: str, base: Path, above: tuple[Path, ...]) -> _Draft:
    shipped = shipped_packs().get(name)
    path = shipped or base / name
    if path.resolve() in above or len(above) >= _MAX_EXTENDS:
        raise UsageError(f"{above[-1]}: extends itself, by way of {name}")
    if not shipped and not path.is_file():
        raise UsageError(f'there is no policy "{name}", neither shipped nor as a file{nearest(name, shipped_packs())}')
    document = load_yaml(read_text(path), path.name if shipped else str(path))
    if not shipped:
        _hold_against_shape(document)
    content: dict[str, Any] = document.value
    draft = _Draft(content.get("name") or path.stem)
    extends = content.get("extends") or []
    for parent in [extends] if isinstance(extends, str) else extends:
        for id, entry in _load(parent, path.parent, (*above, path.resolve())).entries.items():
            inherited = draft.entries.get(id)
            draft.entries[id] = _Entry((inherited.keys if inherited else {}) | entry.keys, entry.place)
    for index, keys in enumerate(content.get("rules") or []):
        inherited = draft.entries.get(keys["rule"])
        merged = (inherited.keys if inherited else {}) | keys
        draft.entries[keys["rule"]] = _Entry(merged, document.place(("rules", index)))
    return draft


def read_text(path: Path) -> str:
    """The text of a file that a person wrote. Raises UsageError."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 text (byte {error.start})") from error


def _rule(id: str, entry: _Entry) -> Rule:
    check = all_checks()[id]
    given = {name: _value(entry.keys[name]) for name in check.parameters if name in entry.keys}
    return Rule(
        check,
        Severity(entry.keys.get("severity", "error")),
        entry.keys.get("required", True),
        {name: p.default for name, p in check.parameters.items()} | given,
        entry.place,
    )


def _value(written: Any) -> Any:
    if not isinstance(written, list):
        return written
    if not _is_table(written):
        return tuple(written)
    return Dated(tuple((row.get("issued_before"), _value(row["value"])) for row in written))


def _is_table(written: Any) -> bool:
    return isinstance(written, list) and bool(written) and all(isinstance(row, dict) for row in written)


# --- files of a team's own ---


def _hold_against_shape(document: Document) -> None:
    """Raise WrittenWrong with all mistakes of a policy file. Shipped packs are held by the tests instead."""
    from certgate.policy.policyfile import PolicyFile
    from certgate.policy.shape import mistakes_in

    if not isinstance(document.value, dict):
        raise WrittenWrong([document.mistake((), "a policy is a mapping with the keys name, extends, rules")])
    mistakes = list(mistakes_in(PolicyFile, document.value, document))
    rules = document.value.get("rules")
    seen: dict[str, int] = {}
    for index, keys in enumerate(rules if isinstance(rules, list) else []):
        if isinstance(keys, dict) and isinstance(keys.get("rule"), str):
            mistakes += _entry_mistakes(document, index, keys, seen)
    if mistakes:
        raise WrittenWrong(mistakes)


def _entry_mistakes(document: Document, index: int, keys: dict[str, Any], seen: dict[str, int]) -> Iterator[Mistake]:
    from certgate.policy.policyfile import entry_model
    from certgate.policy.shape import mistakes_in

    at = ("rules", index)
    id = keys["rule"]
    check: Check | None = all_checks().get(id)
    if id == RESERVED_RULE:
        yield document.mistake((*at, "rule"), f"{RESERVED_RULE} belongs to every policy and cannot be set")
    elif check is None:
        yield document.mistake((*at, "rule"), f'there is no rule "{id}"{nearest(id, all_checks())}')
    elif id in seen:
        line = document.place(("rules", seen[id])).line
        yield document.mistake((*at, "rule"), f"{id} stands here twice, first on line {line}")
    else:
        seen[id] = index
        tables = {name for name, value in keys.items() if _is_table(value)}
        yield from mistakes_in(entry_model(check, tables), keys, document, at)
        for name in sorted(tables - _WORDS):
            yield from _table_mistakes(document, (*at, name), keys[name])


def _table_mistakes(document: Document, at: tuple[str | int, ...], rows: list[dict[str, Any]]) -> Iterator[Mistake]:
    days = [row.get("issued_before") for row in rows]
    if None in days[:-1]:
        yield document.mistake((*at, days.index(None)), "only the last row may have no issued_before")
    known = [day for day in days if day is not None]
    if all(hasattr(day, "year") for day in known) and known != sorted(set(known)):
        yield document.mistake(at, "the rows must be in the order of issued_before, each day once")
