"""The Public Suffix List, from the library that ships it; an extra (`certgate[names]`)."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

__all__ = ["edition", "ends_registered", "is_public_suffix"]


def is_public_suffix(name: str) -> bool:
    """Whether anyone can register names directly below this one, by the list's ICANN section; true for any TLD."""
    return _icann_section().is_public(name)


def ends_registered(name: str) -> bool:
    """Whether the name's top-level domain is in the list's ICANN section, which covers the root zone."""
    return _icann_section().publicsuffix(name, accept_unknown=False) is not None


def edition() -> str:
    """The date of the list, YYYYMMDD, from the version of the library."""
    from importlib.metadata import version

    return version("publicsuffixlist").rpartition(".")[2]


@cache
def _icann_section() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True)
