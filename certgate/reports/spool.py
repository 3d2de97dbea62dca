"""Text that waits for the end of the run: in memory while it is small, else in a temporary file."""

import shutil
import tempfile
from collections.abc import Iterator
from typing import TextIO

__all__ = ["Spool"]

_IN_MEMORY = 1 << 20
_AT_ONCE = 1 << 16
"""Characters that are written together: the library asks at each write how much is in memory, which takes long."""


class Spool:
    """Write first, read once at the end."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 (open as long as the report is)
            _IN_MEMORY, mode="w+", encoding="utf-8", newline="\n"
        )
        self._held: list[str] = []
        self._size = 0

    def write(self, text: str) -> None:
        """Put text at the end."""
        self._held.append(text)
        self._size += len(text)
        if self._size >= _AT_ONCE:
            self._flush()

    def copy_to(self, sink: TextIO) -> None:
        """Write all of it to `sink`."""
        self._rewind()
        shutil.copyfileobj(self._file, sink)

    def lines(self) -> Iterator[str]:
        """The lines, each without its end."""
        self._rewind()
        return (line.removesuffix("\n") for line in self._file)

    def close(self) -> None:
        """Give the space back."""
        self._held.clear()
        self._file.close()

    def _flush(self) -> None:
        self._file.write("".join(self._held))
        self._held.clear()
        self._size = 0

    def _rewind(self) -> None:
        self._flush()
        self._file.seek(0)
