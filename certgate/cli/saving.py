"""`--save`: what was seen of each target, in a file of its own that can be judged again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from certgate.model.errors import UsageError
from certgate.model.listener import Listener
from certgate.observe.saved import SavedObservations

__all__ = ["saver"]


@contextmanager
def saver(path: str | None) -> Iterator[Sequence[Listener]]:
    """What hears of a run and saves its observations; nothing where no path is given.

    Raises UsageError, before anything is observed, for a place that cannot be written.
    """
    if not path:
        yield ()
        return
    with _opened(path) as file:
        yield (SavedObservations(file),)


def _opened(path: str) -> IO[str]:
    try:
        return Path(path).open("w", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--save {path}: cannot be written: {error.strerror}") from error
