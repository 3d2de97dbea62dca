"""A report of several files in a folder: its pages appear together, before the file that links to them."""

import errno
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from certgate.reports.sink import Sink
from certgate.system import leftovers

__all__ = ["PAGES", "PageFolder", "new_folders"]

PAGES = "targets"
"""The folder of the pages, in that of the report."""
_PAGE = re.compile(r"t-[0-9a-f]{16}\.html")


class PageFolder(Sink):
    """Writes pages beside their place. `first` is the sink of the file that is opened, `others` are files beside it."""

    def __init__(self, folder: Path, first: Sink, others: Iterable[tuple[Sink, str]], *, token: str) -> None:
        """Each of the `others` comes with its text. Raises OSError, also if an earlier run cannot have made the pages.

        Only `targets/t-….html` are taken for pages: other files are never removed.
        """
        self.stream = first.stream
        self._first = first
        self._others = tuple(others)
        self._place = folder / PAGES
        self._aside = folder / f".{PAGES}.{token}.part"
        self._earlier()
        leftovers.expect(self._aside)
        self._aside.mkdir()

    def write(self, name: str, text: str) -> None:
        """Write one page. Raises OSError."""
        (self._aside / name).write_text(text, encoding="utf-8", newline="\n")

    def claim(self) -> None:
        """Remove the pages of an earlier run. Raises OSError."""
        for page in self._earlier():
            page.unlink()

    def commit(self) -> None:
        """Put everything in its place, the first file last. Raises OSError."""
        with suppress(FileNotFoundError):
            self._place.rmdir()
        self._aside.rename(self._place)
        leftovers.forget(self._aside)
        for sink, text in self._others:
            sink.stream.write(text)
            sink.commit()
        self._first.commit()

    def discard(self, *, broken: bool = False) -> None:
        """Leave nothing of this run behind. Never raises."""
        for sink in (self._first, *(sink for sink, _ in self._others)):
            sink.discard(broken=broken)
        shutil.rmtree(self._aside, ignore_errors=True)
        leftovers.forget(self._aside)

    def _earlier(self) -> list[Path]:
        if self._place.is_symlink():
            raise FileExistsError(errno.EEXIST, f"its folder {PAGES} is a link; name another folder")
        try:
            pages = sorted(self._place.iterdir())
        except FileNotFoundError:
            return []
        if strange := next((page.name for page in pages if not _PAGE.fullmatch(page.name)), ""):
            raise FileExistsError(errno.EEXIST, f"its folder {PAGES} has other files ({strange}); name another folder")
        return pages


def new_folders(path: Path, above: Path) -> list[Path]:
    """Create the folder and those between it and `above`, which exists; returns the new ones. Raises OSError."""
    missing: list[Path] = []
    while path != above and not path.exists():
        missing.insert(0, path)
        path = path.parent
    made: list[Path] = []
    try:
        for folder in missing:
            folder.mkdir()
            made.append(folder)
    except OSError:
        for folder in reversed(made):
            with suppress(OSError):
                os.rmdir(folder)  # noqa: PTH106 (as above)
        raise
    return made
