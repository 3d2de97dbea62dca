"""Lines of styled text for a terminal: escaped, wrapped with a hanging indent, coloured if that is wanted."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self, TextIO

from certgate.reports.console import ColourChoice, wants_colour, wants_links, width_of
from certgate.reports.escape import for_terminal

if TYPE_CHECKING:
    from certgate.reports.typesetter import Typesetter

__all__ = ["Page", "Part"]

_NARROW = str.maketrans("…✓✗§", "----")
"""certgate's own signs, which have one column each."""
_WORDS = re.compile(r"\S+ *")
Part = str | tuple[str, str]
"""Text, or (text, style). A style may end with a link: `bold link URL`."""


class Page:
    """Writes to `sink`. Every part is escaped here and never read as markup, so parts may be foreign text."""

    def __init__(self, sink: TextIO, *, width: int, colour: bool, links: bool = False) -> None:
        self._colour = colour
        self._links = links
        self._sink = sink
        self.width = width - 1  # the last column is left to `_guard`
        self.speaks_unicode = (getattr(sink, "encoding", None) or "utf-8").lower().startswith("utf")

    @classmethod
    def on(cls, stream: TextIO, choice: ColourChoice, environ: Mapping[str, str]) -> Self:
        """A page with the width, the colours and the links that the stream has."""
        colour = wants_colour(choice, stream, environ)
        links = wants_links(stream, environ, colour=colour)
        return cls(stream, width=width_of(stream, environ), colour=colour, links=links)

    def line(self, *parts: Part, indent: int = 0, hang: int = 0) -> None:
        """One logical line: indented, and where it is too long continued with `hang` more columns of indent."""
        pairs = [(for_terminal(p), "") if isinstance(p, str) else (for_terminal(p[0]), p[1]) for p in parts]
        plain = "".join([text for text, _ in pairs])
        if _fits(plain, self.width - indent):
            styled = ("".join([self._styled(*pair) for pair in pairs]) if self._colour else plain).rstrip()
            self._sink.write(" " * indent + _guard(plain) + styled + "\n")
        else:
            self._fold([(text, self._shown(style)) for text, style in pairs], indent, hang)

    def unfolded(self, text: str, *, indent: int = 0) -> None:
        """A line that is never folded, so that it can be copied whole."""
        shown = for_terminal(text)
        self._sink.write(f"{' ' * indent}{_guard(shown)}{shown}\n")

    @cached_property
    def _typesetter(self) -> "Typesetter":
        """Imported when it is needed: plain text needs no library."""
        from certgate.reports.typesetter import Typesetter

        return Typesetter(self._sink, self.width + 1, colour=self._colour)

    def _styled(self, text: str, style: str) -> str:
        return self._typesetter.styled(text, self._shown(style)) if style else text

    def _shown(self, style: str) -> str:
        return style if self._links else style.partition(" link ")[0]

    def _fold(self, parts: Sequence[tuple[str, str]], indent: int, hang: int) -> None:
        """Write lines of the width that is left; the first has more of it than the others."""
        if not self._colour and (plain := _folded("".join([text for text, _ in parts]), self.width - indent, hang)):
            self._sink.writelines(
                f"{' ' * (indent + hang * bool(n))}{_guard(line)}{line}\n" for n, line in enumerate(plain)
            )
            return
        margin = indent
        for line in self._typesetter.folded(parts, self.width - indent, self.width - indent - hang):
            self._sink.write(self._typesetter.printed(" " * margin + _guard(line.plain), line))
            margin = indent + hang

    def blank(self) -> None:
        """An empty line."""
        self._sink.write("\n")


def _fits(text: str, columns: int) -> bool:
    """A character has at most as many columns as it has bytes in UTF-8: only a text close to the limit is measured."""
    if len(text.translate(_NARROW).encode(errors="surrogatepass")) <= columns:
        return True
    if text.isascii():
        return False
    from rich.cells import cell_len

    return cell_len(text) <= columns


def _folded(text: str, width: int, hang: int) -> Sequence[str]:
    """The lines of a text that can be folded between words of one column for each character; else none."""
    if not text.translate(_NARROW).isascii() or text != text.strip():
        return ()
    lines, room = [""], width
    for word in _WORDS.findall(text):
        length = len(word.rstrip())
        if length > width - hang:
            return ()
        if len(lines[-1]) + length > room:
            lines.append("")
            room = width - hang
        lines[-1] += word
    return [line.rstrip() for line in lines]


def _guard(line: str) -> str:
    """A runner takes a line that starts with `::` for a command, wherever a long text happened to be folded."""
    return "\\" if line.lstrip().startswith("::") else ""
