"""The baseline file: violations that were accepted as known, as reviewable JSON.

One violation a line, sorted, without a time, so that a change to it shows what was accepted and what is gone.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from certgate.model.baseline import Known
from certgate.model.counted import plural
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.strict_json import NotJson, read_json
from certgate.policy.packs import read_text

__all__ = ["LoadedBaseline", "dump_baseline", "load_baseline"]

_VERSION = 1
_KEYS = ("fingerprint", "target", "rule", "subject", "key", "severity", "message")


@dataclass(frozen=True, slots=True)
class LoadedBaseline:
    """The contents of a baseline file."""

    path: str
    entries: tuple[Known, ...]

    def __str__(self) -> str:
        """The baseline as the head of a report names it."""
        return f"{self.path}, {plural(len(self.entries), 'known violation')}"


def dump_baseline(entries: Iterable[Known]) -> str:
    """The text of a baseline file."""
    lines = [json.dumps({"fingerprint": known.fingerprint, **_members(known)}) for known in sorted(entries)]
    inside = "".join(f"\n{line}{',' if number < len(lines) else ''}" for number, line in enumerate(lines, 1))
    return f'{{"certgate_baseline": {_VERSION}, "violations": [{inside}\n]}}\n'


def load_baseline(path: str) -> LoadedBaseline:
    """Read a file that `dump_baseline` wrote. Raises UsageError for anything else, and for an edited entry."""
    text = read_text(Path(path))
    if not text.strip():
        raise _wrong(path, "is empty")
    try:
        content = read_json(text)
    except NotJson as error:
        raise _wrong(path, str(error)) from error
    if not isinstance(content, dict) or set(content) != {"certgate_baseline", "violations"}:
        raise _wrong(path, "is not a baseline")
    if content["certgate_baseline"] != _VERSION or not isinstance(content["violations"], list):
        raise _wrong(path, f"is not a baseline of version {_VERSION}")
    return LoadedBaseline(path, tuple(_entry(path, n, entry) for n, entry in enumerate(content["violations"], 1)))


def _members(known: Known) -> dict[str, str]:
    return {
        "target": known.target,
        "rule": known.rule,
        "subject": known.subject,
        "key": known.key,
        "severity": known.severity.value,
        "message": known.message,
        **({"vantage": known.vantage} if known.vantage else {}),
    }


def _entry(path: str, number: int, entry: Any) -> Known:
    if (
        not isinstance(entry, dict)
        or set(entry) - {"vantage"} != set(_KEYS)
        or not all(isinstance(v, str) for v in entry.values())
    ):
        raise _wrong(path, f"violation {number} needs the keys {', '.join(_KEYS)}, each with a text")
    if entry["severity"] not in set(Severity):
        raise _wrong(path, f"violation {number} has an unknown severity")
    known = Known(
        **{name: value for name, value in entry.items() if name != "fingerprint"}
        | {"severity": Severity(entry["severity"])}
    )
    if known.fingerprint != entry["fingerprint"]:
        raise _wrong(path, f"violation {number} was changed by hand: its fingerprint does not match")
    return known


def _wrong(path: str, what: str) -> UsageError:
    return UsageError(f"--baseline {path}: {what}; write it with --write-baseline")
