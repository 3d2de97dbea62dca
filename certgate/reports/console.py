"""The abilities of a stream: colour and width."""

import os
from collections.abc import Mapping
from typing import Literal, TextIO, cast, get_args

from certgate.model.errors import UsageError

__all__ = ["ColourChoice", "parse_colour", "wants_colour", "wants_links", "width_of"]

ColourChoice = Literal["auto", "always", "never"]
_WITHOUT_LINKS = ("dumb", "linux", "eterm")
"""How TERM begins where OSC 8 is unknown or shown as text: the Linux console, Emacs."""
_FIRST_WITH_LINKS = 5000
"""VTE_VERSION: an older GNOME Terminal shows the URL as text."""
_DEFAULT_WIDTH, _LEAST_WIDTH, _GREATEST_WIDTH = 80, 40, 120


def parse_colour(text: str) -> ColourChoice:
    """The choice that --color makes. Raises UsageError."""
    if text not in get_args(ColourChoice):
        raise UsageError(f'--color "{text}" is not one of {", ".join(get_args(ColourChoice))}')
    return cast("ColourChoice", text)


def wants_colour(choice: ColourChoice, stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether to colour what goes to `stream`: by choice, else NO_COLOR, else FORCE_COLOR, else only on a terminal."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environ.get("TERM") != "dumb"


def wants_links(stream: TextIO, environ: Mapping[str, str], *, colour: bool) -> bool:
    """Whether words become links (OSC 8): only where colours are wanted, and only on a terminal that a person sees.

    Terminals without links ignore them, apart from those that are known to show them as text. A log of a CI service
    has none, even if the service gives the job a terminal.
    """
    if not colour or not stream.isatty() or environ.get("CI") or environ.get("TERM", "").startswith(_WITHOUT_LINKS):
        return False
    vte = environ.get("VTE_VERSION", "")
    return not vte.isdecimal() or int(vte) >= _FIRST_WITH_LINKS


def width_of(stream: TextIO, environ: Mapping[str, str]) -> int:
    """Columns to fill: COLUMNS, else those of the terminal, else 80; long lines are hard to read, so at most 120."""
    columns = environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() and columns.isascii() and len(columns) < 6 else _terminal_width(stream)
    return max(_LEAST_WIDTH, min(width, _GREATEST_WIDTH))


def _terminal_width(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_WIDTH
    except (OSError, ValueError):
        return _DEFAULT_WIDTH
