"""JSON in manifests, with the line of each value: objects one after the other, like kubectl reads them."""

import re
from collections.abc import Iterator
from json import JSONDecoder
from typing import Any

from certgate.model.observation import FailureKind
from certgate.observe.files.contents import UnusableInput
from certgate.observe.kubernetes.budget import Budget
from certgate.observe.kubernetes.scalar import Lines, Scalar

__all__ = ["JsonObjects"]

_DECODER = JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")


class _NotJson(Exception):
    """The rest of the text is not JSON; it may still be YAML."""


class JsonObjects:
    """The JSON objects at the beginning of a text. After they are read, `end` is where other text begins."""

    def __init__(self, text: str, budget: Budget, lines: Lines) -> None:
        self.end = 0
        self._text = text
        self._at = 0
        self._budget = budget
        self._lines = lines
        self._counted, self._line = 0, 1
        self._twice: UnusableInput | None = None

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        """Each object, or UnusableInput instead, with its first line. Raises UnusableInput beyond a limit."""
        while self._peek() == "{":
            line = self._line_here()
            try:
                value = self._value(0)
            except _NotJson:
                return
            self.end = self._at
            yield line, self._twice or value
            self._twice = None

    def _peek(self) -> str:
        """The next non-blank character; empty at the end."""
        blank = _BLANK.match(self._text, self._at)
        self._at = blank.end() if blank else self._at
        return self._text[self._at : self._at + 1]

    def _value(self, depth: int) -> Any:
        """The next value."""
        self._budget.spend()
        self._budget.check_depth(depth)
        match self._peek():
            case "{":
                return self._mapping(depth)
            case "[":
                return self._list(depth)
            case '"':
                line = self._line_here()
                return Scalar(self._string(), line)
        found = _PLAIN.match(self._text, self._at)
        if found is None:
            raise _NotJson
        self._at = found.end()
        return Scalar("" if found[0] == "null" else found[0], self._line_here())

    def _mapping(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        more = self._next("}", first=True)
        while more:
            if self._peek() != '"':
                raise _NotJson
            line = self._line_here()
            key = self._string()
            if key in found:
                detail = f"line {line}: the key {key[:80]} appears twice in this object"
                self._twice = UnusableInput(FailureKind.UNREADABLE, detail)
            self._expect(":")
            found[key] = self._value(depth + 1)
            more = self._next("}")
        return found

    def _list(self, depth: int) -> list[Any]:
        found: list[Any] = []
        more = self._next("]", first=True)
        while more:
            found.append(self._value(depth + 1))
            more = self._next("]")
        return found

    def _next(self, end: str, *, first: bool = False) -> bool:
        """Whether another item comes before `end`."""
        self._at += first
        if self._peek() == end:
            self._at += 1
            return False
        if not first:
            self._expect(",")
        return True

    def _expect(self, mark: str) -> None:
        if self._peek() != mark:
            raise _NotJson
        self._at += 1

    def _string(self) -> str:
        try:
            value, self._at = _DECODER.raw_decode(self._text, self._at)
        except ValueError:
            raise _NotJson from None
        return str(value)

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._lines.of(self._line)
