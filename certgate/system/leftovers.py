"""Files and folders to remove if the process ends at once."""

import os

TYPE_CHECKING = False  # as in typing, but importing typing takes longer than this whole module
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["expect", "forget", "remove_all"]

_PATHS: dict[str, None] = {}


def expect(path: str | os.PathLike[str]) -> None:
    """Register a file or folder, about to be created, that must not outlive this process."""
    _PATHS[os.fspath(path)] = None


def forget(path: str | os.PathLike[str]) -> None:
    """Unregister a path: it is in its final place or removed."""
    _PATHS.pop(os.fspath(path), None)


def remove_all() -> None:
    """Remove all registered paths that exist. Never raises; imports nothing, because it may run during an import."""
    for path in list(_PATHS):
        for parent, folders, files in os.walk(path, topdown=False):
            for name in files:
                _quietly(os.unlink, f"{parent}{os.sep}{name}")
            for name in folders:
                _quietly(os.unlink, f"{parent}{os.sep}{name}")  # a link to a folder; real folders are already removed
            _quietly(os.rmdir, parent)
        _quietly(os.unlink, path)
        _PATHS.pop(path, None)


def _quietly(remove: "Callable[[str], None]", path: str) -> None:
    try:
        remove(path)
    except OSError:
        return
