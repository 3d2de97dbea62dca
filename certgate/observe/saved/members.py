"""Takes the members of a JSON object one by one, each with its type; none may be left."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from datetime import MAXYEAR, UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

__all__ = ["Members", "Wrong"]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")

Word = TypeVar("Word", bound=StrEnum)


class Wrong(ValueError):
    """The object is invalid. The message begins with the path: `observations[0].failure.kind`."""


class Members:
    """The members of `value`. Each method takes one, and raises Wrong if it is missing or has another type."""

    def __init__(self, value: Any, where: str = "") -> None:
        if not isinstance(value, dict):
            raise Wrong(f"{where or 'the line'} is not an object")
        self._left = dict(value)
        self._where = where

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def done(self) -> None:
        """Raise Wrong if there are members that were not taken."""
        for name in self._left:
            raise Wrong(f"{self._path(name)} is a key that this version does not know")

    def text(self, name: str) -> str:
        """A text."""
        text: str = self._of(name, str, "a text")
        return text

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self._each(name, str, "a text"))

    def mapping(self, name: str) -> Mapping[str, str]:
        """An object of texts."""
        return {key: self._be(value, str, f"{name}.{key}", "a text") for key, value in self._object(name).items()}

    def numbers(self, name: str) -> Mapping[str, float]:
        """An object of numbers."""
        found = self._object(name).items()
        return {key: float(self._be(value, (int, float), f"{name}.{key}", "a number")) for key, value in found}

    def flag(self, name: str) -> bool:
        """True or false."""
        flag: bool = self._of(name, bool, "true or false")
        return flag

    def count(self, name: str) -> int:
        """A non-negative whole number."""
        return self._counted(self._take(name), name)

    def counts(self, name: str) -> tuple[int, ...]:
        """A list of non-negative whole numbers."""
        return tuple(self._counted(value, f"{name}[{n}]") for n, value in enumerate(self._list(name)))

    def number(self, name: str) -> float:
        """A number."""
        return float(self._of(name, (int, float), "a number"))

    def time(self, name: str) -> datetime:
        """A time with a time zone (RFC 3339), as UTC."""
        text = self.text(name)
        try:
            if _TIME.fullmatch(text) and (time := datetime.fromisoformat(text).astimezone(UTC)).year < MAXYEAR:
                return time
        except (ValueError, OverflowError):
            pass
        raise Wrong(f"{self._path(name)} is not a time such as 2026-06-15T12:00:00Z")

    def data(self, name: str) -> bytes:
        """Bytes, in Base64 (RFC 4648 §4)."""
        return self._decoded(self._take(name), name)

    def all_data(self, name: str) -> tuple[bytes, ...]:
        """A list of bytes."""
        return tuple(self._decoded(value, f"{name}[{n}]") for n, value in enumerate(self._list(name)))

    def word(self, name: str, words: type[Word]) -> Word:
        """A value of an enumeration."""
        return self._known(self._take(name), name, words)

    def words(self, name: str, words: type[Word]) -> tuple[Word, ...]:
        """A list of values of an enumeration."""
        return tuple(self._known(value, f"{name}[{n}]", words) for n, value in enumerate(self._list(name)))

    def members(self, name: str) -> "Members":
        """An object."""
        return Members(self._take(name), self._path(name))

    def all_members(self, name: str) -> Sequence["Members"]:
        """A list of objects."""
        return [Members(value, self._path(f"{name}[{n}]")) for n, value in enumerate(self._list(name))]

    def is_null(self, name: str) -> bool:
        """Whether the member is null; if so, takes it."""
        if self._left.get(name, ...) is not None:
            return False
        del self._left[name]
        return True

    def _take(self, name: str) -> Any:
        if name not in self._left:
            raise Wrong(f"{self._path(name)} is missing")
        return self._left.pop(name)

    def _of(self, name: str, kind: Any, expected: str) -> Any:
        return self._be(self._take(name), kind, name, expected)

    def _be(self, value: Any, kind: Any, name: str, expected: str) -> Any:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise Wrong(f"{self._path(name)} is not {expected}")
        return value

    def _list(self, name: str) -> list[Any]:
        found: list[Any] = self._of(name, list, "a list")
        return found

    def _object(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self._of(name, dict, "an object")
        return found

    def _each(self, name: str, kind: Any, expected: str) -> list[Any]:
        return [self._be(value, kind, f"{name}[{n}]", expected) for n, value in enumerate(self._list(name))]

    def _counted(self, value: Any, name: str) -> int:
        count: int = self._be(value, int, name, "a whole number")
        if count < 0:
            raise Wrong(f"{self._path(name)} is below 0")
        return count

    def _decoded(self, value: Any, name: str) -> bytes:
        try:
            return b64decode(self._be(value, str, name, "a text"), validate=True)
        except (NotBase64, ValueError) as error:
            raise Wrong(f"{self._path(name)} is not Base64") from error

    def _known(self, value: Any, name: str, words: type[Word]) -> Word:
        try:
            return words(self._be(value, str, name, "a text"))
        except ValueError as error:
            raise Wrong(f"{self._path(name)} has a value that this version does not know") from error

    def _path(self, name: str) -> str:
        return f"{self._where}.{name[:50]}" if self._where else name[:50]
