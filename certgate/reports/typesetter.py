"""Colours and folds text for a terminal, with the library rich."""

import re
from collections.abc import Iterator, Sequence
from typing import TextIO

from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.text import Text

__all__ = ["Typesetter"]

_LINK_IDS = re.compile("\x1b]8;id=[^;]*;")
"""How the library begins a link: with a random number."""
_LINK = "\x1b]8;;"


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the caller: the library's own answer is to exit with code 1."""
        raise BrokenPipeError


class Typesetter:
    """Takes text that is escaped, with styles, and returns what is to be written."""

    def __init__(self, sink: TextIO, width: int, *, colour: bool) -> None:
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

    def styled(self, text: str, style: str) -> str:
        """The text in its style."""
        return _LINK_IDS.sub(_LINK, Style.parse(style).render(text, color_system=self._colours))

    def folded(self, parts: Sequence[tuple[str, str]], first: int, others: int) -> Iterator[Text]:
        """The lines of a text made of (text, style): the first has `first` columns, the others `others`."""
        text = Text.assemble(*parts)
        head, *_ = text.wrap(self._console, first)
        rest = text[len(head.plain) :]
        rest = rest[len(rest.plain) - len(rest.plain.lstrip()) :]
        for line in (head, *rest.wrap(self._console, others)):
            line.rstrip()
            yield line

    def printed(self, margin: str, line: Text) -> str:
        """The line behind the margin, with its end."""
        with self._console.capture() as written:
            self._console.print(Text(margin) + line, soft_wrap=True)
        return _LINK_IDS.sub(_LINK, written.get())
