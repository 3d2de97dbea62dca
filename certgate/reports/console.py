"""The abilities of a stream: colour and width."""

import os
from collections.abc import Mapping
from typing import Literal, TextIO, cast, get_args

from certgate.model.errors import UsageError

__all__ = ["ColourChoice", "parse_colour", "wants_colour", "width_of"]

ColourChoice = Literal["auto", "always", "never"]
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
