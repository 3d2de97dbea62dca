"""The lines of a file that users name; a file whose name ends in .gz is decompressed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from certgate.system.named_files import Unreadable, open_file

__all__ = ["named_lines"]

_COMPRESSED = ".gz"


@contextmanager
def named_lines(path: str, longest: int) -> Iterator[Iterator[bytes]]:
    """The lines, read as they are needed; a line ends after `longest` bytes at the latest.

    Raises Unreadable, also inside of the context: use the lines there alone.
    """
    try:
        with open_file(path) as stream:
            if path.endswith(_COMPRESSED):
                yield from _decompressed(stream, longest)
            else:
                yield iter(lambda: stream.readline(longest), b"")
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or type(error).__name__}") from error


def _decompressed(stream: BinaryIO, longest: int) -> Iterator[Iterator[bytes]]:
    import gzip
    import zlib

    try:
        with gzip.GzipFile(fileobj=stream) as content:
            yield iter(lambda: content.readline(longest), b"")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Unreadable("is not a whole gzip file") from error
