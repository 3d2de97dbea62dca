"""YAML or JSON that programs wrote: several documents, anchors and merge keys allowed, all of it bounded.

An alias is the very value of its anchor, never a copy, so that a small text cannot become a large value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from certgate.model.observation import FailureKind
from certgate.observe.contents import Unusable

__all__ = ["MAX_EVENTS", "MAX_YAML_BYTES", "Scalar", "read_documents"]

MAX_YAML_BYTES = 4 * 1024 * 1024
MAX_EVENTS = 100_000
"""Keys, values and brackets: of one text."""
_MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Scalar:
    """A plain value as text, and where it begins."""

    text: str
    line: int
    """From 1; of a block scalar, the line of its `|`."""
    is_block: bool = False

    def line_of(self, number: int) -> int:
        """The line of the file on which line `number` (from 1) of a text within this value stands."""
        return self.line + number if self.is_block else self.line


def read_documents(data: bytes) -> Iterator[Any]:
    """Each document as dicts, lists and Scalars. Raises Unusable, saying where."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if len(data) > MAX_YAML_BYTES:
        raise Unusable(FailureKind.LIMIT, f"the input is larger than {MAX_YAML_BYTES} bytes, the limit of a manifest")
    try:
        events = YAML(typ="safe", pure=True).parse(data.decode())
        yield from _Composer(events).documents()
    except UnicodeDecodeError as error:
        raise Unusable(FailureKind.UNREADABLE, f"the manifest is not UTF-8 text (byte {error.start})") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        what = (
            f"{error.problem or error.context}; is it a template? render it first (helm template . | certgate check -)"
        )
        raise Unusable(FailureKind.UNREADABLE, f"{where}the manifest is not valid YAML: {what}") from error
    except (YAMLError, ValueError) as error:
        raise Unusable(FailureKind.UNREADABLE, f"the manifest is not valid YAML: {error}") from error
    except RecursionError as error:
        raise _too_deep() from error


def _too_deep() -> Unusable:
    return Unusable(FailureKind.LIMIT, f"the manifest is nested deeper than {_MAX_DEPTH} levels")


class _Composer:
    """Makes values of parsing events."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._left = MAX_EVENTS
        self._anchors: dict[str, Any] = {}

    def documents(self) -> Iterator[Any]:
        while (event := self._next()) is not None:
            if type(event).__name__ == "DocumentStartEvent":
                self._anchors.clear()
                yield self._value(self._next(), 0)

    def _next(self) -> Any:
        event = next(self._events, None)
        self._left -= event is not None
        if self._left < 0:
            raise Unusable(FailureKind.LIMIT, f"the manifest has more than {MAX_EVENTS} parts, the limit")
        return event

    def _value(self, event: Any, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise _too_deep()
        line = event.start_mark.line + 1
        match type(event).__name__:
            case "AliasEvent":
                if event.anchor not in self._anchors:
                    detail = f"line {line}: the manifest is not valid YAML: *{event.anchor} stands for nothing"
                    raise Unusable(FailureKind.UNREADABLE, detail)
                return self._anchors[event.anchor]
            case "ScalarEvent":
                return self._kept(event, Scalar(event.value, line, event.style in ("|", ">")))
            case "SequenceStartEvent":
                return self._filled(event, [], depth)
            case _:
                return self._filled(event, {}, depth)

    def _kept(self, event: Any, value: Any) -> Any:
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _filled(self, start: Any, container: Any, depth: int) -> Any:
        """Read up to the end of the list or mapping; an alias to it within itself stands for nothing yet."""
        merged: list[Any] = []
        while not type(event := self._next()).__name__.endswith("EndEvent"):
            value = self._value(event, depth + 1)
            if isinstance(container, list):
                container.append(value)
                continue
            name = value.text if isinstance(value, Scalar) else ""
            item = self._value(self._next(), depth + 1)
            if name == "<<":
                merged += item if isinstance(item, list) else [item]
            elif name in container:
                detail = f"line {event.start_mark.line + 1}: the key {name[:80]} stands in this mapping twice"
                raise Unusable(FailureKind.UNREADABLE, detail)
            else:
                container[name] = item
        for other in merged:
            self._left -= len(other)
            if isinstance(other, dict) and self._left > 0:
                container.update(other | container)
        return self._kept(start, container)
