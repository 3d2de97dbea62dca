"""Mistakes in user files: each with its place, excerpt and advice, all in one error."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from unicodedata import east_asian_width

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.target import Place
from certgate.policy.limits import MOST_MISTAKES

__all__ = ["InvalidFile", "Mistake", "nearest", "without_passwords"]

_WIDTH = 100
"""Characters of an excerpt."""
_LONGEST_WORD = 100
_USER = r"(?<![^\s'\"])[^\s'\"@:/]{1,100}:[^\s'\"@/]{1,200}(?=@)"
"""A possible user name and password before a host: never shown."""
_HOST_AND_PORT = r"(?:\*+@)?(?:\[[0-9A-Fa-f:.%]{0,60}\]|[^\s'\"@:/?#,}\])\[]*)(?::[0-9]{0,5})?(?=[\s'\"/?#,})\]]|$)"
_VALUE = r"\s{0,20}['\"]?(?=[^\s'\"])"
_NO_PORT = (
    rf"(?<=://)(?!{_HOST_AND_PORT}).+"
    rf"|(?:(?<=proxy[:=])|(?<=proxy['\"]:))(?={_VALUE})(?!{_VALUE}(?:\S{{1,20}}://|{_HOST_AND_PORT})).+"
)
"""A URL or a proxy with something else than a port after the colon, perhaps a password: never shown."""


@frozen(slots=True)
class Mistake:
    """A mistake in a file. `excerpt` is its line."""

    place: Place
    message: str
    excerpt: str = ""

    def __str__(self) -> str:
        """The place and message, then the line with a caret under the column."""
        text = f"{self.place}: {self.message}"
        if self.excerpt.strip() and self.place.column:
            line = without_passwords(self.excerpt)
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


def without_passwords(line: str) -> str:
    """The line, with stars in place of what may be a user name and a password."""
    start, end = line.find("://") + len("://"), line.rfind("@")
    if "://" in line and start < end:
        line = line[:start] + "*" * (end - start) + line[end:]
    for pattern in (_USER, _NO_PORT):
        line = re.sub(pattern, lambda found: "*" * len(found[0]), line)
    return line


def nearest(word: str, words: Iterable[str]) -> str:
    """`; did you mean "x"?` for a similar word, else the list of `words` if it is short, else empty."""
    known = sorted(words)
    by_small_letters = {one.lower(): one for one in known}
    if close := get_close_matches(word[:_LONGEST_WORD].lower(), by_small_letters, n=1, cutoff=0.6):
        return f'; did you mean "{by_small_letters[close[0]]}"?'
    if 0 < len(known) <= 12:
        return f"; known: {', '.join(known)}"
    return ""
