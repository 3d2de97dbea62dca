"""Size limits for what users write: a policy of any size is accepted or refused within seconds."""

from typing import NamedTuple

__all__ = [
    "CONFIGURATION",
    "MAX_DEPTH",
    "MAX_EXTENDS",
    "MOST_ENTRIES",
    "MOST_EXTENDED",
    "MOST_MISTAKES",
    "MOST_OWN",
    "MOST_PLUGINS",
    "MOST_WORDS",
    "POLICY",
    "Budget",
    "Limits",
]

MAX_DEPTH = 20
"""Levels of nested lists and mappings."""
MAX_EXTENDS = 10
"""Policies in a row that each extend the next."""
MOST_EXTENDED = 50
"""Policies that one file may extend directly."""
MOST_ENTRIES = 20_000
"""Entries of a policy with those of extended policies; an entry counts each time that it is merged."""
MOST_PLUGINS = 50
MOST_OWN = 500
"""Rules that one file may declare."""
MOST_WORDS = 2000
"""Words of one list."""
MOST_MISTAKES = 100
"""Mistakes found and shown in one file: finding the nearest valid word is slow."""


class Limits(NamedTuple):
    """The limits for one kind of file. Reading takes about 30 µs per key or value, and 1 µs per character."""

    what: str
    characters: int
    values: int
    """Keys and values, lists and mappings included."""


POLICY = Limits("a policy, with all that it extends,", 512 * 1024, 20_000)
CONFIGURATION = Limits("a configuration", 4 * 1024 * 1024, 200_000)


class Budget:
    """What remains of the limits for files that are read together."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._characters = self._values = 0

    @property
    def is_spent(self) -> bool:
        """Whether a limit is exceeded."""
        return self._characters > self._limits.characters or self._values > self._limits.values

    def take_text(self, text: str) -> str:
        """Count a file's characters; returns why they are too many, or an empty text."""
        self._characters += len(text)
        most = self._limits.characters
        return f"{self._limits.what} may have at most {most:,} characters" if self._characters > most else ""

    def take_value(self) -> str:
        """Count a key or value; returns why it is one too many, or an empty text."""
        self._values += 1
        most = self._limits.values
        return f"{self._limits.what} may hold at most {most:,} keys and values" if self._values > most else ""
