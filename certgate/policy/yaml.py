"""YAML as certgate reads it: plain values with the place of each, nothing clever allowed.

Anchors, aliases, merge keys, tags and duplicate keys are refused: they make a reviewed file mean something else than
it seems to say. Size and depth are bounded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from certgate.model.target import Place
from certgate.policy.mistakes import Mistake, WrittenWrong

__all__ = ["Document", "load_yaml"]

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 20

Path = tuple[str | int, ...]
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Document:
    """A YAML document: its plain value, and where each key and value stands."""

    value: Any
    file: str
    lines: tuple[str, ...]
    places: Mapping[Path, Place]
    key_places: Mapping[Path, Place]

    def place(self, path: Path, *, key: bool = False) -> Place:
        """The place of the value (or its key) at `path`, or of the nearest thing around it."""
        while path:
            found = (self.key_places.get(path) if key else None) or self.places.get(path)
            if found:
                return found
            path = path[:-1]
        return self.places.get((), Place(self.file, 1, 1))

    def mistake(self, path: Path, message: str, *, key: bool = False) -> Mistake:
        """A mistake at `path`, with its line as excerpt."""
        place = self.place(path, key=key)
        excerpt = self.lines[place.line - 1] if 0 < place.line <= len(self.lines) else ""
        return Mistake(place, message, excerpt)


def load_yaml(text: str, file: str) -> Document:
    """Read one document. Raises WrittenWrong with every mistake found."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    start = Place(file, 1, 1)
    if len(text) > MAX_BYTES:
        raise WrittenWrong([Mistake(start, f"is larger than {MAX_BYTES // 1024 // 1024} MiB")])
    lines = tuple(text.splitlines())
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else start
        what = " ".join(str(p) for p in (error.problem, error.context) if p)
        excerpt = lines[place.line - 1] if place.line <= len(lines) else ""
        raise WrittenWrong([Mistake(place, f"is not valid YAML: {what}", excerpt)]) from error
    except RecursionError as error:
        raise WrittenWrong([Mistake(start, f"is nested deeper than {MAX_DEPTH} levels")]) from error
    except (YAMLError, ValueError) as error:
        raise WrittenWrong([Mistake(start, f"is not valid YAML: {error}")]) from error
    reader = _Reader(file, lines)
    value = reader.read(node, ()) if node is not None else None
    if reader.mistakes:
        raise WrittenWrong(reader.mistakes)
    return Document(value, file, lines, reader.places, reader.key_places)


class _Reader:
    """Turns nodes into plain values, and remembers places and mistakes."""

    def __init__(self, file: str, lines: tuple[str, ...]) -> None:
        self._file = file
        self._lines = lines
        self.mistakes: list[Mistake] = []
        self.places: dict[Path, Place] = {}
        self.key_places: dict[Path, Place] = {}

    def read(self, node: Any, path: Path) -> Any:
        self.places[path] = self._place(node)
        if node.anchor:
            self._wrong(node, f'anchor "&{node.anchor}" is not allowed; write the value out where it is used')
            return None
        if len(path) > MAX_DEPTH:
            self._wrong(node, f"is nested deeper than {MAX_DEPTH} levels")
            return None
        kind = node.tag.removeprefix(_TAG) if isinstance(node.tag, str) else str(node.tag)
        if kind == "map":
            return dict(self._items(node, path))
        if kind == "seq":
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, kind)

    def _items(self, node: Any, path: Path) -> Iterator[tuple[str, Any]]:
        seen: dict[str, Place] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if key_node.tag == f"{_TAG}merge":
                self._wrong(key_node, 'merge key "<<" is not allowed; write the keys out')
                continue
            if not isinstance(key, str):
                self._wrong(key_node, "a key must be plain text")
                continue
            if key in seen:
                self._wrong(key_node, f'key "{key}" stands here twice, first on line {seen[key].line}')
                continue
            seen[key] = self.key_places[*path, key] = self._place(key_node)
            yield key, self.read(value_node, (*path, key))
            if value_node.start_mark.index == value_node.end_mark.index:  # nothing is written: it has no place
                self.places[*path, key] = seen[key]

    def _scalar(self, node: Any, kind: str) -> Any:
        text: str = node.value
        try:
            match kind:
                case "str":
                    return text
                case "null":
                    return None
                case "bool":
                    return text.lower() == "true"
                case "int":
                    return int(text.replace("_", ""), 0)
                case "float":
                    return float(text.replace("_", ""))
                case "timestamp":
                    return date.fromisoformat(text)
        except ValueError:
            pass
        what = "a date (YYYY-MM-DD)" if kind == "timestamp" else f"a plain value (it has the type {kind})"
        self._wrong(node, f'"{text}" is not {what}')
        return None

    def _place(self, node: Any) -> Place:
        return Place(self._file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _wrong(self, node: Any, message: str) -> None:
        place = self._place(node)
        self.mistakes.append(Mistake(place, message, self._lines[place.line - 1] if self._lines else ""))
