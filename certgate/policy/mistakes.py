"""Mistakes in user files: each with its place, excerpt and advice, all in one error."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from unicodedata import east_asian_width

from certgate.model.errors import UsageError
from certgate.model.target import Place
from certgate.policy.limits import MOST_MISTAKES

__all__ = ["InvalidFile", "Mistake", "nearest"]

_WIDTH = 100
"""Characters of an excerpt."""
_LONGEST_WORD = 100
_USER = re.compile(r"(?<=://).*(?=@)|(?<![^\s'\"])[^\s'\"@:/]{1,100}:[^\s'\"@/]{1,200}(?=@)")
"""A possible user name and password in a URL, or before a host: never shown."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake in a file. `excerpt` is its line."""

    place: Place
    message: str
    excerpt: str = ""

    def __str__(self) -> str:
        """The place and message, then the line with a caret under the column."""
        text = f"{self.place}: {self.message}"
        if self.excerpt.strip() and self.place.column:
            line = _USER.sub(lambda found: "*" * len(found[0]), self.excerpt)
            cut = max(self.place.column - _WIDTH * 3 // 4, 0) if len(line) > _WIDTH else 0
            shown = line[cut : cut + _WIDTH].expandtabs(1)
            before = sum(2 if east_asian_width(c) in "WF" else 1 for c in shown[: self.place.column - 1 - cut])
            text += f"\n    {shown}\n    {' ' * before}^"
        return text


class InvalidFile(UsageError):
    """Mistakes in a policy, a configuration or a target list."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        """Sort the mistakes by place and drop duplicates."""
        unique = dict.fromkeys(mistakes)
        self.mistakes = tuple(sorted(unique, key=lambda m: (m.place.file, m.place.line, m.place.column)))
        lines = [str(m) for m in self.mistakes[:MOST_MISTAKES]]
        if len(self.mistakes) >= MOST_MISTAKES:
            lines.append(f"only the first {MOST_MISTAKES} mistakes are shown")
        super().__init__("\n".join(lines))


def nearest(word: str, words: Iterable[str]) -> str:
    """`; did you mean "x"?` for a similar word, else the list of `words` if it is short, else empty."""
    known = sorted(words)
    by_small_letters = {one.lower(): one for one in known}
    if close := get_close_matches(word[:_LONGEST_WORD].lower(), by_small_letters, n=1, cutoff=0.6):
        return f'; did you mean "{by_small_letters[close[0]]}"?'
    if 0 < len(known) <= 12:
        return f"; known: {', '.join(known)}"
    return ""
