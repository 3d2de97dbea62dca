"""The Public Suffix List, from the library that ships it; an extra (`certgate[names]`)."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

__all__ = ["edition", "ends_registered", "is_public_suffix"]


def is_public_suffix(name: str) -> bool:
    """Whether anybody may register names directly below this one, by the list's ICANN section; so it is of any TLD."""
    return _icann_section().is_public(name)


def ends_registered(name: str) -> bool:
    """Whether the name ends with a top-level domain of the list's ICANN section, which has those of the root zone."""
    return _icann_section().publicsuffix(name, accept_unknown=False) is not None


def edition() -> str:
    """The day of the list, YYYYMMDD: the library's releases are named by it."""
    from importlib.metadata import version

    return version("publicsuffixlist").rpartition(".")[2]


@cache
def _icann_section() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True)
