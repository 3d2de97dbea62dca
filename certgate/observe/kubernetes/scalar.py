"""A plain value of a manifest, with its line."""

from dataclasses import dataclass, replace

__all__ = ["Lines", "Scalar", "text"]


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a text that stands in a file: `before` of them come first, or all of it stands on one line."""

    before: int = 0
    on_one: bool = False

    def of(self, number: int) -> int:
        """The line of the file on which line `number` (from 1) of the text stands."""
        return self.before if self.on_one else self.before + number

    def after(self, count: int) -> "Lines":
        """The lines of what follows the first `count` lines of the text."""
        return self if self.on_one else replace(self, before=self.before + count)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A plain value as text, and where it begins. A null is empty text."""

    text: str
    line: int
    """From 1; of a block scalar, the line of its `|`."""
    is_block: bool = False

    @property
    def lines(self) -> Lines:
        """The lines of the text within it."""
        return Lines(self.line) if self.is_block else Lines(self.line, on_one=True)


def text(node: object) -> str:
    """The text of a plain value, empty for anything else."""
    return node.text if isinstance(node, Scalar) else ""
