"""Records the files that a run reads, so that no output replaces them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["note", "noting"]

_NOTED: ContextVar[set[str] | None] = ContextVar("_NOTED", default=None)


@contextmanager
def noting() -> Iterator[set[str]]:
    """A set that collects the paths of all files opened for reading inside the context."""
    noted: set[str] = set()
    token = _NOTED.set(noted)
    try:
        yield noted
    finally:
        _NOTED.reset(token)


def note(path: str | os.PathLike[str]) -> None:
    """Record that the file will be read."""
    if (noted := _NOTED.get()) is not None:
        noted.add(os.fspath(path))
