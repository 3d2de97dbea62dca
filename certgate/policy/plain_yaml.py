"""Reads the plain YAML in which shipped policies are written, without a YAML library, which takes long to import.

Mappings and lists in lines of their own, words, numbers, days, text in double quotes or folded, and lists and mappings
within a line. Whatever else a document has is left to the library.
"""

import re
from datetime import date
from typing import Any

from certgate.model.target import Place
from certgate.policy.limits import MAX_DEPTH

__all__ = ["PlainReader", "Unusual"]

KeyPath = tuple[str | int, ...]
_KEY = re.compile(r"([a-z_]+):(?: +|$)")
_ITEM = re.compile(r"- +")
_WORD = re.compile(r"[A-Za-z0-9](?:[^\s:#]|:(?! |$)|(?<! )#| +(?=[^ #]))*")
_WORD_WITHIN = re.compile(r"[A-Za-z0-9](?:[^\s:#,\[\]{}]| +(?=[^ :#,\[\]{}]))*")
_QUOTED = re.compile(r'"([^"\\]*)"')
_BETWEEN = re.compile(r", +")
_END = re.compile(r" *(?: #.*)?$")
_INTEGER = re.compile(r"0|[1-9][0-9]{0,17}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FRACTION = re.compile(r"0\.[0-9]+")
_TRUTH = {"true": True, "false": False}
_OTHER_KINDS = frozenset({"null", "yes", "no", "on", "off", "true", "false"})
_FOLDED = ">-"
_TEXT = re.compile(r"[^ ](?:.*[^ ])?")


class Unusual(Exception):
    """The document has something that is left to the library."""


class PlainReader:
    """Reads one document: its value, and the place of each key and value. Raises Unusual."""

    def __init__(self, text: str, file: str) -> None:
        if not text.replace("\n", "").isprintable():
            raise Unusual
        self.lines = tuple(text.splitlines())
        self.places: dict[KeyPath, Place] = {}
        self.key_places: dict[KeyPath, Place] = {}
        self._file = file
        self._number = -1
        self._line = ""
        self._column = 0
        """Where the next value or key begins; -1 at the end of the document."""
        self._next()
        self.value = self._block(())
        if self._column >= 0:
            raise Unusual

    def _next(self) -> None:
        """Go to the next line that has more than a comment."""
        for number in range(self._number + 1, len(self.lines)):
            line = self.lines[number]
            content = line.lstrip(" ")
            if content and content[0] != "#":
                self._number, self._line, self._column = number, line, len(line) - len(content)
                return
        self._line, self._column = "", -1

    def _place(self, column: int) -> Place:
        return Place(self._file, self._number + 1, column + 1)

    def _block(self, path: KeyPath) -> Any:
        """The list or mapping that begins here, in lines of its own."""
        if len(path) > MAX_DEPTH:
            raise Unusual
        self.places[path] = self._place(self._column)
        return self._list(path) if _ITEM.match(self._line, self._column) else self._mapping(path)

    def _list(self, path: KeyPath) -> list[Any]:
        column, found = self._column, list[Any]()
        while self._column == column and (item := _ITEM.match(self._line, column)):
            at = (*path, len(found))
            self._column = item.end()
            if _KEY.match(self._line, self._column):
                found.append(self._block(at))
            else:
                found.append(self._value(at, column))
        return found

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        column, found = self._column, dict[str, Any]()
        while self._column == column and (key := _KEY.match(self._line, column)):
            at = (*path, key[1])
            if key[1] in found or key[1] == "null":
                raise Unusual
            self.key_places[at] = self._place(column)
            self._column = key.end()
            found[key[1]] = self._value(at, column)
        if not found:
            raise Unusual
        return found

    def _value(self, path: KeyPath, above: int) -> Any:
        """The value that begins here or in the next line, of a key or an item in the column `above`."""
        if self._line.startswith("#", self._column) or self._column == len(self._line):
            self._next()
            if self._column <= above:
                raise Unusual
            return self._block(path)
        if self._line.startswith(_FOLDED, self._column):
            return self._folded(path, above)
        value = self._within(path, _WORD)
        if not _END.match(self._line, self._column):
            raise Unusual
        self._next()
        if self._column > above:
            raise Unusual
        return value

    def _folded(self, path: KeyPath, above: int) -> str:
        """Text in the lines below, in one column."""
        self.places[path] = self._place(self._column)
        if self._line[self._column :] != _FOLDED:
            raise Unusual
        end = self._number + 1
        self._next()
        margin, parts = " " * self._column, list[str]()
        for line in self.lines[end:]:
            if not (line.startswith(margin) and _TEXT.fullmatch(line, len(margin))):
                break
            parts.append(line[len(margin) :])
            end += 1
        self._number = end - 1
        self._next()
        behind = self.lines[end : self._number if self._column >= 0 else None]
        if not parts or len(margin) <= above or self._column > above or any(map(str.strip, behind)):
            raise Unusual
        return " ".join(parts)

    def _within(self, path: KeyPath, word: re.Pattern[str] = _WORD_WITHIN) -> Any:
        """The value that begins here and ends in this line; goes behind it."""
        if len(path) > MAX_DEPTH:
            raise Unusual
        self.places[path] = self._place(self._column)
        match self._line[self._column : self._column + 1]:
            case "[":
                return self._list_within(path)
            case "{":
                return self._mapping_within(path)
            case '"':
                quoted = _QUOTED.match(self._line, self._column)
                if not (quoted and quoted[1].strip()):
                    raise Unusual
                self._column = quoted.end()
                return quoted[1]
            case _:
                found = word.match(self._line, self._column)
                if not found:
                    raise Unusual
                self._column = found.end()
                return _scalar(found[0])

    def _list_within(self, path: KeyPath) -> list[Any]:
        found = list[Any]()
        self._column += 1
        while True:
            found.append(self._within((*path, len(found))))
            if self._ends("]"):
                return found

    def _mapping_within(self, path: KeyPath) -> dict[str, Any]:
        found = dict[str, Any]()
        self._column += 1
        while True:
            key = _KEY.match(self._line, self._column)
            if not key or key[1] in found or key[1] == "null":
                raise Unusual
            at = (*path, key[1])
            self.key_places[at] = self._place(self._column)
            self._column = key.end()
            found[key[1]] = self._within(at)
            if self._ends("}"):
                return found

    def _ends(self, end: str) -> bool:
        """Whether the list or mapping ends here; else goes to its next part."""
        if self._line.startswith(end, self._column):
            self._column += 1
            return True
        between = _BETWEEN.match(self._line, self._column)
        if not between:
            raise Unusual
        self._column = between.end()
        return False


def _scalar(text: str) -> Any:
    if text[0].isalpha():
        if text in _TRUTH:
            return _TRUTH[text]
        if text.lower() in _OTHER_KINDS:
            raise Unusual
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise Unusual from None
    if _FRACTION.fullmatch(text):
        return float(text)
    raise Unusual
