"""Enumerations whose members are text."""

from enum import StrEnum

__all__ = ["TextEnum"]


class TextEnum(StrEnum):
    """As the library's, but hashed like the text that it is: the library's own hash is of the name, and slow."""

    __hash__ = str.__hash__
