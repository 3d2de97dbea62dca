"""Lines of styled text for a terminal: escaped, wrapped with a hanging indent, coloured if that is wanted."""

import re
from collections.abc import Mapping
from typing import Self, TextIO

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.text import Text

from certgate.reports.console import ColourChoice, wants_colour, wants_links, width_of
from certgate.reports.escape import for_terminal

__all__ = ["Page", "Part"]

Part = str | tuple[str, str]
"""Text, or (text, style). A style may end with a link: `bold link URL`."""
_LINK_IDS = re.compile("\x1b]8;id=[^;]*;")
"""How the library begins a link: with a random number."""
_LINK = "\x1b]8;;"


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the caller: the library's own answer is to exit with code 1."""
        raise BrokenPipeError


class Page:
    """Writes to `sink`. Every part is escaped here and never read as markup, so parts may be foreign text."""

    def __init__(self, sink: TextIO, *, width: int, colour: bool, links: bool = False) -> None:
        self._colours = ColorSystem.STANDARD if colour else None
        self._console = _Console(
            file=sink,
            width=width,
            color_system="standard" if colour else None,
            force_terminal=colour,
            no_color=not colour,
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
            _environ={},
        )
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
        if sum([_columns(text) for text, _ in pairs]) <= self.width - indent:
            styled = ("".join([self._styled(*pair) for pair in pairs]) if self._colours else plain).rstrip()
            self._sink.write(" " * indent + _guard(plain) + styled + "\n")
        else:
            self._fold(Text.assemble(*((text, self._shown(style)) for text, style in pairs)), indent, hang)

    def unfolded(self, text: str, *, indent: int = 0) -> None:
        """A line that is never folded, so that it can be copied whole."""
        shown = for_terminal(text)
        self._sink.write(f"{' ' * indent}{_guard(shown)}{shown}\n")

    def _styled(self, text: str, style: str) -> str:
        if not style:
            return text
        return _LINK_IDS.sub(_LINK, Style.parse(self._shown(style)).render(text, color_system=self._colours))

    def _shown(self, style: str) -> str:
        return style if self._links else style.partition(" link ")[0]

    def _fold(self, text: Text, indent: int, hang: int) -> None:
        """Write lines of the width that is left; the first has more of it than the others."""
        first, *_ = text.wrap(self._console, self.width - indent)
        rest = text[len(first.plain) :]
        rest = rest[len(rest.plain) - len(rest.plain.lstrip()) :]
        lines = [first, *rest.wrap(self._console, self.width - indent - hang)]
        for number, line in enumerate(lines):
            line.rstrip()
            margin = " " * (indent + (hang if number else 0)) + _guard(line.plain)
            with self._console.capture() as written:
                self._console.print(Text(margin) + line, soft_wrap=True)
            self._sink.write(_LINK_IDS.sub(_LINK, written.get()))

    def blank(self) -> None:
        """An empty line."""
        self._sink.write("\n")


def _columns(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _guard(line: str) -> str:
    """A runner takes a line that starts with `::` for a command, wherever a long text happened to be folded."""
    return "\\" if line.lstrip().startswith("::") else ""
