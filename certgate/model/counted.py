"""Counted nouns and lists in words, for messages."""

from collections.abc import Sequence

__all__ = ["listed", "plural"]


def plural(number: int, word: str, ending: str = "s") -> str:
    """A counted noun: `1 target`, `1,204 targets`."""
    return f"{number:,} {word}{'' if number == 1 else ending}"


def listed(names: Sequence[str], most: int | None = None) -> str:
    """A list in words: `a, b and c`; if it has more than `most` names: `a, b and 3 more`."""
    shown = list(names)
    if most is not None and len(shown) > most:
        shown = [*shown[:most], f"{len(shown) - most:,} more"]
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))
