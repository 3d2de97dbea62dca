"""Enumerations whose members are text."""

from enum import StrEnum

__all__ = ["TextEnum"]


class TextEnum(StrEnum):
    """A StrEnum that hashes as its text: the standard hash uses the member's name and is slow."""

    __hash__ = str.__hash__
