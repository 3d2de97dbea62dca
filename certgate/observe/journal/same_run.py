"""Whether two journals, or a journal and a run, belong together."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from certgate.observe.journal.journal_form import JournalHeader, JudgedBy, KeptPolicy, KeptStore

__all__ = ["difference", "same_targets"]

_ENDPOINT = re.compile(r"((?:\[[^]]*\]|[^:]*):[0-9]*).*", re.DOTALL)
_OPTIONS = "--fail-on, --select, --ignore, --deny, --ct-logs, --trust-matrix"

K = TypeVar("K")
V = TypeVar("V")


def same_targets(one: JournalHeader, other: JournalHeader) -> bool:
    """Whether both are for the same list of targets."""
    return _targets(one) == _targets(other)


def difference(one: JournalHeader, other: JournalHeader) -> str:
    """What differs in how two runs observe and judge, apart from their targets; empty for nothing."""
    if one.certgate != other.certgate:
        return f"the version of certgate ({one.certgate}, {other.certgate})"
    by, also = one.judged_by, other.judged_by
    for name in _differing(_digests(by.policies), _digests(also.policies)):
        return f"the policy {name}"
    for words in _differing(_digests(by.stores), _digests(also.stores)):
        return f"the trust store {' + '.join(words)}"
    for name in _differing(by.expected, also.expected):
        return f"the expected chain {name}"
    here, there = _addresses(by), _addresses(also)
    if _differing(here, there) or (here != there and same_targets(one, other)):
        return "an address (--resolve)"
    return "" if _options(by) == _options(also) else f"an option that selects or weighs rules ({_OPTIONS})"


def _targets(header: JournalHeader) -> tuple[object, ...]:
    return header.list_sha256, header.targets, header.left_out, header.only, header.is_part


def _digests(kept: Mapping[K, KeptPolicy] | Mapping[K, KeptStore]) -> Mapping[K, str]:
    return {name: one.sha256 for name, one in kept.items()}


def _differing(one: Mapping[K, V], other: Mapping[K, V]) -> list[K]:
    """The names that both have, for different things."""
    return [name for name, value in one.items() if other.get(name, value) != value]


def _addresses(by: JudgedBy) -> Mapping[str, list[str]]:
    """The values of --resolve, by host and port."""
    found: dict[str, list[str]] = {}
    for text in by.resolve:
        found.setdefault(_ENDPOINT.sub(r"\1", text), []).append(text)
    return found


def _options(by: JudgedBy) -> JudgedBy:
    """The options of the command line alone; the clock does not count, since old observations need another one."""
    return replace(by, at=None, resolve=(), policies={}, stores={}, expected={})
