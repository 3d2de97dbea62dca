"""The lines of a file that users name; a file whose name ends in .gz is decompressed."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

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
                with gzip.GzipFile(fileobj=stream) as content:
                    yield iter(lambda: content.readline(longest), b"")
            else:
                yield iter(lambda: stream.readline(longest), b"")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Unreadable("is not a whole gzip file") from error
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or type(error).__name__}") from error
