"""Writes values as YAML that certgate and every other reader understand in the same way."""

import re
from collections.abc import Iterator, Mapping, Sequence

__all__ = ["WIDTH", "Value", "yaml_item", "yaml_lines"]

WIDTH = 120
"""Columns; longer values continue on further lines."""
Value = str | bool | Sequence[str] | Mapping[str, str]
_PLAIN = re.compile(
    r"(?:[A-Za-z/][A-Za-z0-9./_@+-]*|[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?::[0-9]+)?(?:#[A-Za-z0-9.-]+)?"
    r"(?: [A-Za-z0-9./_@+=-]+)*"
)
"""Words, an endpoint, a command: nothing that YAML 1.1 or 1.2 reads as something else than text."""
_RESERVED = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_ESCAPES = {'"': r"\"", "\\": r"\\"}


def yaml_lines(key: str, value: Value, *, indent: int) -> Iterator[str]:
    """The lines of a key with its value: on one line if it fits, otherwise one for each member."""
    margin = " " * indent
    line = f"{margin}{key}: {_inline(value)}"
    if len(line) <= WIDTH:
        yield line
    elif isinstance(value, str | bool):
        yield from _folded(f"{margin}{key}: ", str(value), indent + 2)
    elif isinstance(value, Mapping):
        yield f"{margin}{key}:"
        for name, member in value.items():
            yield from yaml_lines(_scalar(name), member, indent=indent + 2)
    else:
        yield f"{margin}{key}:"
        for member in value:
            yield from yaml_item(member, indent=indent + 2)


def yaml_item(text: str, *, indent: int) -> Iterator[str]:
    """The lines of a member of a list."""
    yield from _folded(f"{' ' * indent}- ", text, indent + 2)


def _inline(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _scalar(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_scalar(name)}: {_scalar(member)}' for name, member in value.items())}}}"
    return f"[{', '.join(map(_scalar, value))}]"


def _scalar(text: str) -> str:
    """Plain if no reader can take it for something else, otherwise in double quotes."""
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _RESERVED
    return text if is_plain else f'"{"".join(map(_escaped, text))}"'


def _folded(start: str, text: str, indent: int) -> Iterator[str]:
    """The scalar; if it is too long, in double quotes with line breaks that are not part of it (YAML 1.2 §7.3.1)."""
    scalar = _scalar(text)
    if len(start) + len(scalar) <= WIDTH:
        yield start + scalar
        return
    line = f'{start}"'
    for character in text:
        piece = _escaped(character)
        if len(line) + len(piece) > WIDTH - 1:
            yield f"{line}\\"
            line = " " * indent
            piece = r"\x20" if character == " " else piece
        line += piece
    yield f'{line}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES or character.isprintable():
        return _ESCAPES.get(character, character)
    number = ord(character)
    return f"\\x{number:02x}" if number <= 0xFF else f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
