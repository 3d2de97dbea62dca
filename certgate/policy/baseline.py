"""The baseline file: violations and unreachable targets that were accepted as known, as reviewable JSON.

One entry a line, sorted, without a time, so that a change to it shows what was accepted and what is gone.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from certgate.model.baseline import Known, KnownUnreachable
from certgate.model.counted import plural
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.frozen import frozen
from certgate.model.strict_json import NotJson, read_json
from certgate.policy.packs import read_text

__all__ = ["LoadedBaseline", "dump_baseline", "load_baseline"]

_VERSION = 1
_KEYS = ("fingerprint", "target", "rule", "subject", "key", "severity", "message")
_TARGET_KEYS = ("fingerprint", "target", "failure")


@frozen(slots=True)
class LoadedBaseline:
    """The contents of a baseline file."""

    path: str
    entries: tuple[Known, ...]
    unreachable: tuple[KnownUnreachable, ...] = ()

    def __str__(self) -> str:
        """The baseline as the head of a report names it."""
        targets = plural(len(self.unreachable), "target")
        without = f" and {targets} known not to answer" if self.unreachable else ""
        return f"{self.path}, {plural(len(self.entries), 'known violation')}{without}"


def dump_baseline(entries: Iterable[Known], unreachable: Iterable[KnownUnreachable] = ()) -> str:
    """The text of a baseline file."""
    violations = _listed({"fingerprint": known.fingerprint, **_members(known)} for known in sorted(entries))
    targets = [
        {"fingerprint": known.fingerprint, "target": known.target, "failure": known.failure}
        for known in sorted(unreachable)
    ]
    more = f', "unreachable": {_listed(targets)}' if targets else ""
    return f'{{"certgate_baseline": {_VERSION}, "violations": {violations}{more}}}\n'


def _listed(entries: Iterable[Mapping[str, str]]) -> str:
    return "[" + ",".join(f"\n{json.dumps(entry)}" for entry in entries) + "\n]"


def load_baseline(path: str) -> LoadedBaseline:
    """Read a file that `dump_baseline` wrote. Raises UsageError for anything else, and for an edited entry."""
    text = read_text(Path(path))
    if not text.strip():
        raise _wrong(path, "is empty")
    try:
        content = read_json(text)
    except NotJson as error:
        raise _wrong(path, str(error)) from error
    if not isinstance(content, dict) or set(content) - {"unreachable"} != {"certgate_baseline", "violations"}:
        raise _wrong(path, "is not a baseline")
    lists = content["violations"], content.get("unreachable", [])
    if content["certgate_baseline"] != _VERSION or not all(isinstance(entries, list) for entries in lists):
        raise _wrong(path, f"is not a baseline of version {_VERSION}")
    violations, targets = lists
    return LoadedBaseline(
        path,
        tuple(_entry(path, n, entry) for n, entry in enumerate(violations, 1)),
        tuple(_target(path, n, entry) for n, entry in enumerate(targets, 1)),
    )


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


def _target(path: str, number: int, entry: Any) -> KnownUnreachable:
    if (
        not isinstance(entry, dict)
        or set(entry) != set(_TARGET_KEYS)
        or not all(isinstance(v, str) for v in entry.values())
    ):
        raise _wrong(path, f"unreachable target {number} needs the keys {', '.join(_TARGET_KEYS)}, each with a text")
    known = KnownUnreachable(target=entry["target"], failure=entry["failure"])
    if known.fingerprint != entry["fingerprint"]:
        raise _wrong(path, f"unreachable target {number} was changed by hand: its fingerprint does not match")
    return known


def _wrong(path: str, what: str) -> UsageError:
    return UsageError(f"--baseline {path}: {what}; write it with --write-baseline")
