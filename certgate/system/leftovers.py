"""Files and folders to remove if the process ends at once."""

import os

TYPE_CHECKING = False  # as typing has it, whose import takes longer than all of this
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["expect", "forget", "remove_all"]

_PATHS: dict[str, None] = {}


def expect(path: str | os.PathLike[str]) -> None:
    """A file or folder is about to be made that has no business outliving this process."""
    _PATHS[os.fspath(path)] = None


def forget(path: str | os.PathLike[str]) -> None:
    """It is in its place, or gone."""
    _PATHS.pop(os.fspath(path), None)


def remove_all() -> None:
    """Remove whatever is there of it. Never raises; imports nothing, for it may run amid an import."""
    for path in list(_PATHS):
        for parent, folders, files in os.walk(path, topdown=False):
            for name in files:
                _quietly(os.unlink, f"{parent}{os.sep}{name}")
            for name in folders:
                _quietly(os.unlink, f"{parent}{os.sep}{name}")  # a link to a folder; folders themselves are gone
            _quietly(os.rmdir, parent)
        _quietly(os.unlink, path)
        _PATHS.pop(path, None)


def _quietly(remove: "Callable[[str], None]", path: str) -> None:
    try:
        remove(path)
    except OSError:
        return
