"""Text that waits for the end of the run: in memory while it is small, else in a temporary file."""

import shutil
import tempfile
from collections.abc import Iterator
from typing import TextIO

__all__ = ["Spool"]

_IN_MEMORY = 1 << 20


class Spool:
    """Write first, read once at the end."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 (open as long as the report is)
            _IN_MEMORY, mode="w+", encoding="utf-8", newline="\n"
        )

    def write(self, text: str) -> None:
        """Put text at the end."""
        self._file.write(text)

    def copy_to(self, sink: TextIO) -> None:
        """Write all of it to `sink`."""
        self._file.seek(0)
        shutil.copyfileobj(self._file, sink)

    def lines(self) -> Iterator[str]:
        """The lines, each without its end."""
        self._file.seek(0)
        return (line.removesuffix("\n") for line in self._file)

    def close(self) -> None:
        """Give the space back."""
        self._file.close()
