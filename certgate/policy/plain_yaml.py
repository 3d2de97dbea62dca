"""The YAML of the shipped packs, read without a library: importing one takes longer than reading them.

What they do not use is left to the library, so that each text means here what it means there.
"""

import re
from datetime import date
from typing import Any

from certgate.model.target import Place
from certgate.policy.mistakes import InvalidFile
from certgate.policy.yaml import Document, KeyPath, read_yaml

__all__ = ["load_yaml", "read_plain"]

_KEY = re.compile(r"([a-z][a-z0-9_]*):(?: (?! )|$)")
_ITEM = re.compile(r"- (?! )")
_QUOTED = re.compile(r'"([^"\\]*)"')
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@*/+-]*(?: [A-Za-z0-9_.@*/+-]+)*")
"""Text inside brackets."""
_TEXT = re.compile(r"[A-Za-z0-9(](?:[^:# ]|:(?! |$)| (?![ #]|$))*")
"""Text outside of brackets."""
_END = re.compile(r"(?: +#.*)?$")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_FRACTION = re.compile(r"0\.[0-9]{1,9}")
_LIKE_A_NUMBER = re.compile(r"[0-9][0-9A-Fa-f_.:+xotTzZ -]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUTH = {"true": True, "false": False}
_NO_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "null"})


class _Unusual(Exception):
    """YAML that a library must read."""


def load_yaml(text: str, file: str) -> Document:
    """Read a document that comes with certgate. Raises InvalidFile with every mistake found."""
    document = read_plain(text, file) or read_yaml(text, file)
    if document.mistakes:
        raise InvalidFile(document.mistakes)
    return document


def read_plain(text: str, file: str) -> Document | None:
    """What `read_yaml` would return; None for anything unusual."""
    if not text.replace("\n", "").isprintable():
        return None
    reader = _Reader(text, file)
    try:
        value = reader.whole()
    except (_Unusual, IndexError, ValueError):
        return None
    return Document(value=value, file=file, lines=reader.lines, places=reader.places, key_places=reader.key_places)


class _Reader:
    """Goes through the lines once. Each method begins in line `_at`, and leaves it behind the value that it read."""

    def __init__(self, text: str, file: str) -> None:
        self.lines = tuple(text.splitlines())
        self.places: dict[KeyPath, Place] = {}
        self.key_places: dict[KeyPath, Place] = {}
        self._file = file
        self._at = 0

    def whole(self) -> Any:
        """The only document: a mapping."""
        return self._mapping(self._indent(), ())

    def _indent(self) -> int:
        """The indentation of the next line that is more than a comment; -1 at the end."""
        while self._at < len(self.lines):
            line = self.lines[self._at]
            bare = line.lstrip(" ")
            if bare and bare[0] != "#":
                return len(line) - len(bare)
            self._at += 1
        return -1

    def _goes_on(self, column: int) -> bool:
        """Whether the next line belongs to the list or the mapping in this column."""
        indent = self._indent()
        if indent > column:
            raise _Unusual
        return indent == column

    def _here(self, column: int) -> Place:
        return Place(self._file, self._at + 1, column + 1)

    def _mapping(self, column: int, path: KeyPath) -> dict[str, Any]:
        self.places[path] = self._here(column)
        found: dict[str, Any] = {}
        while True:
            below, start = self._key(column, path, found)
            found[str(below[-1])] = self._value(start, column, below)
            if not self._goes_on(column):
                return found

    def _key(self, column: int, path: KeyPath, found: dict[str, Any]) -> tuple[KeyPath, int]:
        """The path of the key in this column, and where its value begins."""
        key = _KEY.match(self.lines[self._at], column)
        if key is None or key[1] in found or key[1] in _NO_TEXT:
            raise _Unusual
        below = (*path, key[1])
        self.key_places[below] = self._here(column)
        return below, key.end()

    def _value(self, start: int, column: int, path: KeyPath) -> Any:
        rest = self.lines[self._at][start:]
        if rest == ">-":
            return self._folded(start, column, path)
        if rest:
            return self._line(start, path)
        self._at += 1
        indent = self._indent()
        if indent <= column:
            raise _Unusual
        is_list = _ITEM.match(self.lines[self._at], indent)
        return self._list(indent, path) if is_list else self._mapping(indent, path)

    def _list(self, column: int, path: KeyPath) -> list[Any]:
        self.places[path] = self._here(column)
        found: list[Any] = []
        while True:
            line, below = self.lines[self._at], (*path, len(found))
            if not _ITEM.match(line, column):
                raise _Unusual
            inner = column + 2
            found.append(self._mapping(inner, below) if _KEY.match(line, inner) else self._line(inner, below))
            if not self._goes_on(column):
                return found

    def _folded(self, start: int, column: int, path: KeyPath) -> str:
        """Lines with the same indentation, which blanks join."""
        self.places[path] = self._here(start)
        self._at += 1
        indent = self._indent_of_text()
        if indent <= column:
            raise _Unusual
        found: list[str] = []
        while self._indent_of_text() == indent:
            found.append(self.lines[self._at][indent:])
            self._at += 1
        while self._at < len(self.lines) and not self.lines[self._at].strip():
            self._at += 1
        if self._indent_of_text() > column or any(one.endswith(" ") for one in found):
            raise _Unusual
        return " ".join(found)

    def _indent_of_text(self) -> int:
        """The indentation of the next line, whatever it holds; -1 for an empty one and at the end."""
        line = self.lines[self._at] if self._at < len(self.lines) else ""
        bare = line.lstrip(" ")
        return len(line) - len(bare) if bare else -1

    def _line(self, start: int, path: KeyPath) -> Any:
        """A value that ends with its line."""
        line = self.lines[self._at]
        value, end = self._inline(line, start, path, _TEXT)
        if not _END.match(line, end):
            raise _Unusual
        self._at += 1
        return value

    def _inline(self, line: str, at: int, path: KeyPath, text: re.Pattern[str]) -> tuple[Any, int]:
        """The value that begins at this character, and where it ends."""
        self.places[path] = self._here(at)
        if line[at] == "[":
            return self._items(line, at, path)
        if line[at] == "{":
            return self._pairs(line, at, path)
        if quoted := _QUOTED.match(line, at):
            return quoted[1], quoted.end()
        if plain := text.match(line, at):
            return _typed(plain[0]), plain.end()
        raise _Unusual

    def _items(self, line: str, at: int, path: KeyPath) -> tuple[list[Any], int]:
        found: list[Any] = []
        while True:
            value, end = self._inline(line, at + 1 + bool(found), (*path, len(found)), _WORD)
            found.append(value)
            at = end
            if line[at] == "]":
                return found, at + 1
            if line[at : at + 2] != ", ":
                raise _Unusual

    def _pairs(self, line: str, at: int, path: KeyPath) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        while True:
            below, start = self._key(at + 1 + bool(found), path, found)
            value, at = self._inline(line, start, below, _WORD)
            found[str(below[-1])] = value
            if line[at] == "}":
                return found, at + 1
            if line[at : at + 2] != ", ":
                raise _Unusual


def _typed(text: str) -> Any:
    """The value of text without quotes."""
    if _NUMBER.fullmatch(text):
        return int(text)
    if _FRACTION.fullmatch(text):
        return float(text)
    if _DATE.fullmatch(text):
        return date.fromisoformat(text)
    if text in _TRUTH:
        return _TRUTH[text]
    if text.lower() in _NO_TEXT or _LIKE_A_NUMBER.fullmatch(text):
        raise _Unusual
    return text
