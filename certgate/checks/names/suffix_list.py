"""The ICANN section of the Public Suffix List, which also lists all top-level domains; it comes with certgate."""

import pkgutil
import re
from functools import cache
from typing import NamedTuple

__all__ = ["edition", "ends_registered", "is_public_suffix"]

_FILE = "public_suffix_list.dat"
_VERSION = re.compile(r"^// VERSION: ([0-9]{4}-[0-9]{2}-[0-9]{2})", re.MULTILINE)


class _SuffixList(NamedTuple):
    """The rules of the list, in lower case, as A-labels."""

    day: str
    top_level: frozenset[str]
    suffixes: frozenset[str]
    parents: frozenset[str]
    """Names directly below which every name is a suffix (`*.ck`)."""
    exceptions: frozenset[str]
    """Names that such a rule does not cover (`!www.ck`)."""

    def has(self, name: str) -> bool:
        """Whether the name is a suffix, or all names directly below it are."""
        if name in self.suffixes or name in self.parents:
            return True
        return name.partition(".")[2] in self.parents and name not in self.exceptions


def is_public_suffix(name: str) -> bool:
    """Whether anyone can register names directly below this one; true for any single label."""
    host = name.lower().removesuffix(".")
    labels = host.split(".")
    return all(labels) and (len(labels) == 1 or _read().has(host))


def ends_registered(name: str) -> bool:
    """Whether the name's top-level domain is in the list, which covers the root zone and `onion`."""
    labels = name.lower().removesuffix(".").split(".")
    return all(labels) and labels[-1] in _read().top_level


def edition() -> str:
    """The date of the list, YYYY-MM-DD."""
    return _read().day


@cache
def _read() -> _SuffixList:
    text = (pkgutil.get_data(__name__, _FILE) or b"").decode()
    version = _VERSION.search(text)
    if version is None:
        raise ValueError(f"{_FILE} has no version")
    lines = (line for line in text.splitlines() if line and not line.startswith("//"))
    rules = [line if line.isascii() else _encoded(line) for line in lines]
    return _SuffixList(
        version[1],
        frozenset(rule.rpartition(".")[2] for rule in rules),
        frozenset(rule for rule in rules if rule[0] not in "*!"),
        frozenset(rule[2:] for rule in rules if rule[0] == "*"),
        frozenset(rule[1:] for rule in rules if rule[0] == "!"),
    )


def _encoded(rule: str) -> str:
    """The rule in A-labels, as names in certificates have them."""
    return ".".join(
        label if label.isascii() else f"xn--{label.lower().encode('punycode').decode()}" for label in rule.split(".")
    )
