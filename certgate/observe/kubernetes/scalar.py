"""A plain value of a manifest, with its line."""

from dataclasses import replace
from typing import Any

from certgate.model.frozen import frozen

__all__ = ["Lines", "Scalar", "at_line", "nodes_of", "text"]


@frozen(slots=True)
class Lines:
    """Line numbers of a text within a file: it starts after `before` lines, or all of it is on one line."""

    before: int = 0
    on_one: bool = False

    def of(self, number: int) -> int:
        """The file's line for line `number` (from 1) of the text."""
        return self.before if self.on_one else self.before + number

    def after(self, count: int) -> "Lines":
        """The line numbers for the text after its first `count` lines."""
        return self if self.on_one else replace(self, before=self.before + count)


@frozen(slots=True)
class Scalar:
    """A plain value as text, and its first line. A null is empty text."""

    text: str
    line: int
    """From 1; for a block scalar, the line of its `|`."""
    is_block: bool = False

    @property
    def lines(self) -> Lines:
        """The line numbers of its text."""
        return Lines(self.line) if self.is_block else Lines(self.line, on_one=True)


def at_line(where: str, line: int) -> str:
    """A place in a message, with its line if that is known."""
    return f"{where} (line {line})" if line else where


def text(node: object) -> str:
    """The text of a plain value, empty for any other node."""
    return node.text if isinstance(node, Scalar) else ""


def nodes_of(value: Any) -> Any:
    """A value as Python reads JSON, with its plain values as nodes of a manifest."""
    match value:
        case dict():
            return {key: nodes_of(node) for key, node in value.items()}
        case list():
            return [nodes_of(node) for node in value]
        case None:
            return Scalar("", 0)
        case bool():
            return Scalar(str(value).lower(), 0)
        case _:
            return Scalar(str(value), 0)
