"""One YAML document of a manifest, read like kubectl does: anchors and merge keys allowed.

An alias is the very value of its anchor, never a copy, so that a small text cannot become a large value.
"""

from collections.abc import Iterator
from typing import Any

from certgate.model.observation import FailureKind
from certgate.observe.files.contents import UnusableInput
from certgate.observe.kubernetes.budget import Budget
from certgate.observe.kubernetes.scalar import Lines, Scalar

__all__ = ["read_yaml_document"]

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_RENDER = "render the template first (helm template . | certgate check -)"


def read_yaml_document(text: str, budget: Budget, lines: Lines) -> Any:
    """The document's dicts, lists and Scalars; None if it is empty. Raises UnusableInput with the line."""
    import yaml

    parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Composer(yaml.parse(text, Loader=parser), budget, lines).document()
    except _Wrong as wrong:
        raise _broken(text, lines, wrong.line, str(wrong)) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        number = min(mark.line + 1, text.count("\n") + (not text.endswith("\n"))) if mark else 1
        raise _broken(text, lines, number, _advice(text, number)) from None
    except yaml.reader.ReaderError as error:
        number = text.encode("utf-8", "surrogatepass").count(b"\n", 0, error.position) + 1
        raise _broken(text, lines, number, "it holds a control character; remove it") from None
    except (yaml.YAMLError, ValueError):
        raise _broken(text, lines, 1, "check its indentation and its quotes") from None


def _broken(text: str, lines: Lines, number: int, what: str) -> UnusableInput:
    if "{{" in text:
        what = f"it is a template; {_RENDER}"
    return UnusableInput(FailureKind.UNREADABLE, f"line {lines.of(number)}: the document is not valid YAML: {what}")


def _advice(text: str, number: int) -> str:
    line = (text.split("\n")[number - 1 : number] or [""])[0]
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces, not with tabs"
    return "check the indentation, the colons and the quotes up to this line"


class _Wrong(Exception):
    """Something that YAML allows and kubectl refuses, with its line in the document."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


class _Composer:
    """Builds values from parsing events."""

    def __init__(self, events: Iterator[Any], budget: Budget, lines: Lines) -> None:
        self._events = events
        self._budget = budget
        self._lines = lines
        self._anchors: dict[str, Any] = {}

    def document(self) -> Any:
        """The first document, None for a stream without one."""
        for event in self._events:
            if type(event).__name__ == "DocumentStartEvent":
                value = self._value(self._next(), 0)
                if any(type(rest).__name__ == "DocumentStartEvent" for rest in self._events):
                    raise _Wrong(1, "a second document begins without a line ---")
                return None if isinstance(value, Scalar) and not value.text else value
        return None

    def _next(self) -> Any:
        self._budget.spend()
        return next(self._events)

    def _value(self, event: Any, depth: int) -> Any:
        self._budget.check_depth(depth)
        match type(event).__name__:
            case "AliasEvent":
                if event.anchor not in self._anchors:
                    raise _Wrong(event.start_mark.line + 1, f"*{event.anchor[:80]} has no anchor")
                return self._anchors[event.anchor]
            case "ScalarEvent":
                return self._kept(event, self._scalar(event))
            case "SequenceStartEvent":
                return self._filled(event, [], depth)
            case _:
                return self._filled(event, {}, depth)

    def _scalar(self, event: Any) -> Scalar:
        is_null = not event.style and event.tag is None and event.value in _NULLS
        return Scalar("" if is_null else event.value, self._line(event), self._has_lines(event))

    def _line(self, event: Any) -> int:
        return self._lines.of(event.start_mark.line + 1)

    def _has_lines(self, event: Any) -> bool:
        return event.style in {"|", ">"} and not self._lines.on_one

    def _kept(self, event: Any, value: Any) -> Any:
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _filled(self, start: Any, container: Any, depth: int) -> Any:
        """Read to the end of the list or mapping; an alias to itself has no value yet."""
        merged: list[Any] = []
        while not type(event := self._next()).__name__.endswith("EndEvent"):
            value = self._value(event, depth + 1)
            if isinstance(container, list):
                container.append(value)
                continue
            if not isinstance(value, Scalar):
                raise _Wrong(event.start_mark.line + 1, "a key is text, not a list or a mapping")
            item = self._value(self._next(), depth + 1)
            if value.text == "<<":
                merged += item if isinstance(item, list) else [item]
            elif value.text in container:
                raise _Wrong(event.start_mark.line + 1, f"the key {value.text[:80]} appears twice in this mapping")
            else:
                container[value.text] = item
        for other in merged:
            if isinstance(other, dict):
                self._budget.spend(len(other))
                container.update(other | container)
        return self._kept(start, container)
