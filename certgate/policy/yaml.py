"""YAML as certgate reads it: plain values with the place of each, without anchors, tags and aliases.

Anchors, aliases, merge keys, tags, directives and duplicate keys are refused: they make a reviewed file mean something
else than it seems to say. So are keys without a value, empty texts, lists and mappings: whoever wrote one meant
something, and a default in its place would be silent. Size, depth and the number of values are bounded.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from certgate.model.frozen import frozen
from certgate.model.target import Place
from certgate.policy.limits import MAX_DEPTH, MOST_MISTAKES, POLICY, Budget
from certgate.policy.mistakes import InvalidFile, Mistake

__all__ = ["Document", "load_yaml", "read_yaml"]


KeyPath = tuple[str | int, ...]
_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,99})")
_FLOAT = re.compile(r"[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?")
_ADVICE = {
    "'\\t' that cannot start": "indent with spaces, not with tabs",
    "that cannot start any token": "write text that begins like this in quotes",
    "mapping values are not allowed here": "write text with a colon in quotes, or correct the indentation",
    "expected <block end>": "correct the indentation",
    "could not find expected ':'": "write key: value, or correct the indentation",
    "<stream end>": "close the bracket",
    "end of stream": "close the quotes",
    "escape character": "write text with a backslash in single quotes",
}
"""Advice for the parser's messages, by a phrase that they contain."""
_LONGEST_MESSAGE = 500


@frozen(kw_only=True)
class Document:
    """A YAML document: its plain value, and the place of each key and value."""

    value: Any
    file: str
    lines: tuple[str, ...]
    places: Mapping[KeyPath, Place]
    key_places: Mapping[KeyPath, Place]
    mistakes: tuple[Mistake, ...] = ()
    """Unreadable parts, whose value is None, and empty values."""
    unread: frozenset[Place] = frozenset()
    """The places of these parts, and of the lists that contain them."""

    def place(self, path: KeyPath, *, key: bool = False) -> Place:
        """The place of the value (or its key) at `path`, or of the nearest enclosing value."""
        while path:
            found = (self.key_places.get(path) if key else None) or self.places.get(path)
            if found:
                return found
            path = path[:-1]
        return self.places.get((), Place(self.file, 1, 1))

    def mistake(self, path: KeyPath, message: str, *, key: bool = False) -> Mistake:
        """A mistake at `path`, with its line as excerpt."""
        place = self.place(path, key=key)
        return Mistake(place, shortened(message), _excerpt(self.lines, place.line))

    def all_mistakes(self, others: Iterable[Mistake]) -> list[Mistake]:
        """The reading mistakes, and the `others` that are not just consequences of them."""
        return [*self.mistakes, *(other for other in others if other.place not in self.unread)]


def load_yaml(text: str, file: str) -> Document:
    """Read one document that comes with certgate: as `read_yaml` does, in an eighth of the time, by libyaml.

    Raises InvalidFile with every mistake found.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)

    def events() -> Iterator[Any]:
        while loader.check_event():
            yield loader.get_event()

    def kind_of(plain: str) -> str:
        return str(loader.resolve(yaml.ScalarNode, plain, (True, False)))

    reader = _Reader(events(), kind_of, file, tuple(text.splitlines()), Budget(POLICY), frozenset())
    try:
        document = reader.whole()
    except yaml.YAMLError:
        document = read_yaml(text, file)
    if document.mistakes:
        raise InvalidFile(document.mistakes)
    return document


def read_yaml(
    text: str, file: str, budget: Budget | None = None, may_be_empty: Collection[str] = frozenset()
) -> Document:
    """Read one document as far as possible, with its mistakes.

    `budget` defaults to that of a policy; `may_be_empty` are the keys whose list may be empty. Raises InvalidFile for
    text that is not YAML, and for more than the budget allows.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.nodes import ScalarNode
    from ruamel.yaml.reader import ReaderError

    start = Place(file, 1, 1)
    budget = budget or Budget(POLICY)
    if too_much := budget.take_text(text):
        raise InvalidFile([Mistake(start, too_much)])
    lines = tuple(text.splitlines())
    yaml = YAML(typ="safe", pure=True)

    def kind_of(plain: str) -> str:
        return str(yaml.resolver.resolve(ScalarNode, plain, (True, False)))

    reader = _Reader(yaml.parse(text), kind_of, file, lines, budget, may_be_empty)
    try:
        return reader.whole()
    except MarkedYAMLError as error:
        marks = [mark for mark in (error.problem_mark, error.context_mark) if mark and mark.line < len(lines)]
        place = Place(file, marks[0].line + 1, marks[0].column + 1) if marks else start
        what = " ".join(str(p) for p in (error.problem, error.context) if p)
        advice = next((f"; {advice}" for sign, advice in _ADVICE.items() if sign in what), "")
        wrong = Mistake(place, f"is not valid YAML: {what}{advice}", _excerpt(lines, place.line))
        raise InvalidFile([*reader.mistakes, wrong]) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        place = Place(file, line, error.position - text.rfind("\n", 0, error.position))
        character = f"U+{ord(text[error.position]):04X}"
        what = f"holds the character {character}; remove it, or save as UTF-8"
        raise InvalidFile([Mistake(place, what, text.split("\n")[line - 1])]) from error
    except (YAMLError, ValueError) as error:
        raise InvalidFile([*reader.mistakes, Mistake(start, f"is not valid YAML: {error}")]) from error


def shortened(message: str) -> str:
    """The message with long quotations shortened in the middle."""
    if len(message) <= _LONGEST_MESSAGE:
        return message
    return f"{message[: _LONGEST_MESSAGE // 2]} … {message[-_LONGEST_MESSAGE // 2 :]}"


def _excerpt(lines: tuple[str, ...], line: int) -> str:
    return lines[line - 1] if 0 < line <= len(lines) else ""


class _Reader:
    """Turns parsing events into plain values, and records places and mistakes."""

    def __init__(
        self,
        events: Iterator[Any],
        kind_of: Callable[[str], str],
        file: str,
        lines: tuple[str, ...],
        budget: Budget,
        may_be_empty: Collection[str],
    ) -> None:
        self._events = self._counted(events, budget)
        self._kind_of = kind_of
        self._file = file
        self._lines = lines
        self._may_be_empty = may_be_empty
        self.mistakes: list[Mistake] = []
        self.unread: set[Place] = set()
        self.places: dict[KeyPath, Place] = {}
        self.key_places: dict[KeyPath, Place] = {}

    def whole(self) -> Document:
        """The only document. Raises InvalidFile if it is too deep, and the parser's errors."""
        return Document(
            value=self._only(),
            file=self._file,
            lines=self._lines,
            places=self.places,
            key_places=self.key_places,
            mistakes=tuple(self.mistakes),
            unread=frozenset(self.unread | {mistake.place for mistake in self.mistakes}),
        )

    def _only(self) -> Any:
        value, documents = None, 0
        for event in self._events:
            match type(event).__name__:
                case "DocumentStartEvent":
                    documents += 1
                    if documents > 1:
                        self._wrong(event, "a second document begins here; write each document to its own file")
                        return value
                    if event.version or event.tags:
                        self._wrong(event, "directives (%YAML, %TAG) are not allowed; begin with the first key")
                case "StreamStartEvent" | "DocumentEndEvent" | "StreamEndEvent":
                    pass
                case _:
                    value = self._value(event, ())
        return value

    def _counted(self, events: Iterator[Any], budget: Budget) -> Iterator[Any]:
        """Pass the events on while events and mistakes are within the limits. Raises InvalidFile."""
        for event in events:
            if _level(event) >= 0 and (too_much := budget.take_value()):
                self._wrong(event, too_much)
                raise InvalidFile(self.mistakes)
            if len(self.mistakes) >= MOST_MISTAKES:
                raise InvalidFile(self.mistakes)
            yield event

    def _value(self, event: Any, path: KeyPath) -> Any:
        """The value that begins with the event; None if it is a mistake."""
        known = len(self.mistakes)
        value = self._read(event, path)
        if path and len(self.mistakes) == known and (how := self._emptiness(value, path)):
            place = self.places[path]
            self.mistakes.append(Mistake(place, how, _excerpt(self._lines, place.line)))
        if path and isinstance(path[-1], int) and len(self.mistakes) > known:
            self.unread.add(self.places[path[:-1]])
        return value

    def _emptiness(self, value: Any, path: KeyPath) -> str:
        """Why the value is empty, and what to write; empty text if it is not."""
        if value is None:
            what = "has no value"
        elif isinstance(value, str) and not value.strip():
            what = "is empty"
        elif value == [] and path[-1] not in self._may_be_empty:
            what = "is an empty list"
        elif value == {}:
            what = "is an empty mapping"
        else:
            return ""
        if isinstance(path[-1], int):
            return f"this entry {what}; write a value, or remove it"
        return f'"{path[-1]}" {what}; write a value, or remove the key'

    def _read(self, event: Any, path: KeyPath) -> Any:
        is_written = getattr(event, "value", None) != "" or not event.implicit[0]
        self.places[path] = self._place(event) if is_written else self.key_places.get(path, self._place(event))
        kind = type(event).__name__
        if kind == "AliasEvent":
            self._wrong(event, f'alias "*{event.anchor}" is not allowed; write the value out')
            return None
        if event.anchor:
            self._wrong(event, f'anchor "&{event.anchor}" is not allowed; write the value out where it is used')
        if event.tag is not None:
            tag = str(event.tag).replace(_TAG, "!!")
            self._wrong(event, f'tag "{tag}" is not allowed; write the value without it')
        if len(path) > MAX_DEPTH:
            self._wrong(event, f"is nested deeper than {MAX_DEPTH} levels")
            raise InvalidFile(self.mistakes)
        if kind == "ScalarEvent":
            return self._scalar(event)
        if kind == "SequenceStartEvent":
            return [self._value(item, (*path, index)) for index, item in enumerate(self._inside())]
        return dict(self._items(path))

    def _inside(self) -> Iterator[Any]:
        """The first event of each value in the list or mapping."""
        while not type(event := next(self._events)).__name__.endswith("EndEvent"):
            yield event

    def _items(self, path: KeyPath) -> Iterator[tuple[str, Any]]:
        seen: dict[str, Place] = {}
        for event in self._inside():
            refused = self._refused_key(event, seen)
            if refused:
                self._wrong(event, refused)
                self._skip(event)
                self._skip(next(self._events))
                continue
            key = event.value
            seen[key] = self.key_places[*path, key] = self._place(event)
            yield key, self._value(next(self._events), (*path, key))

    def _refused_key(self, event: Any, seen: Mapping[str, Place]) -> str:
        if type(event).__name__ != "ScalarEvent" or event.anchor or event.tag is not None:
            return "a key must be plain text"
        if not event.value.strip() or (event.implicit[0] and self._kind_of(event.value) == f"{_TAG}null"):
            return "a key must not be empty"
        if event.implicit[0] and event.value == "<<":
            return 'merge key "<<" is not allowed; write the keys out'
        if event.value in seen:
            return f'key "{event.value}" appears twice, first on line {seen[event.value].line}'
        return ""

    def _skip(self, event: Any) -> None:
        """Skip the value that begins with the event."""
        depth = _level(event)
        while depth:
            depth += _level(next(self._events))

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        what = "not a plain number; write decimal digits, or quotes if it is text"
        match self._kind_of(text).removeprefix(_TAG) if event.implicit[0] else "str":
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" if _INTEGER.fullmatch(text):
                return int(text)
            case "float" if _FLOAT.fullmatch(text):
                return float(text)
            case "timestamp":
                with suppress(ValueError):
                    return date.fromisoformat(text)
                what = "not a date (YYYY-MM-DD)"
            case "str":
                return text
        self._wrong(event, f'"{text[:60]}" is {what}')
        return None

    def _place(self, event: Any) -> Place:
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _wrong(self, event: Any, message: str) -> None:
        place = self._place(event)
        self.mistakes.append(Mistake(place, shortened(message), _excerpt(self._lines, place.line)))


def _level(event: Any) -> int:
    """1 for an event that begins a list or a mapping, -1 for one that ends one."""
    name = type(event).__name__
    return int(name.endswith("StartEvent")) - int(name.endswith("EndEvent"))
