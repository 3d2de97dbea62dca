"""How checks word what they say: foreign data short in length and in number, spans of time in their largest unit."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from certgate.checks.registry import Problem

__all__ = ["capped", "listed", "shortened", "span"]

_MOST = 5
_LONGEST = 100
_MOST_PROBLEMS = 20


def shortened(text: str) -> str:
    """`text`, cut at 100 characters."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def listed(items: Iterable[str]) -> str:
    """`a, b, c`; of more than five the number of the rest; `none` of none."""
    texts = list(items)
    shown = ", ".join(shortened(t) for t in texts[:_MOST])
    return f"{shown} and {len(texts) - _MOST} more" if len(texts) > _MOST else shown or "none"


def span(length: timedelta) -> str:
    """A span in the largest unit that fits, rounded down: `6 days`, `1 hour`, `0 minutes`."""
    seconds = int(length.total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size or unit == "minute":
            count = seconds // size
            break
    return f"{count} {unit}{'' if count == 1 else 's'}"


def capped(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The first 20 problems, then one that counts the rest."""
    rest = 0
    for number, problem in enumerate(problems):
        if number < _MOST_PROBLEMS:
            yield problem
        else:
            rest += 1
    if rest:
        yield Problem(f"{rest} further problems of this kind", key="further")
