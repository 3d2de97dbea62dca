"""The files and folders that users name, read within limits of bytes and time."""

import errno
import io
import os
import select
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from certgate.model.errors import CertgateError
from certgate.model.frozen import frozen
from certgate.system.reads import note

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = [
    "Found",
    "NotFound",
    "TooLarge",
    "Unreadable",
    "is_regular",
    "open_file",
    "read_file",
    "read_stream",
    "require",
    "walk",
]

WRITER_SECONDS = 5.0
"""How long to wait until a process opens a named pipe for writing."""
PIPE_SECONDS = 60.0
"""How long reading a pipe or a device may take."""

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""Without O_NONBLOCK, opening a named pipe can wait for a writer forever."""
_REASONS = {
    errno.EACCES: "cannot be read: Permission denied; let the user that runs certgate read it",
    errno.EISDIR: "is a folder, not a file",
    errno.ELOOP: "is a link to itself",
    errno.ENXIO: "is a socket or a device, not a file",
}

_SMALL = 64 * 1024
"""Most files are smaller; memory up to the limit is allocated only for larger ones."""
_UNITS = (("MiB", 1024 * 1024), ("KiB", 1024), ("bytes", 1))

Source = str | Path | int
"""A path, or a file descriptor, which is closed after reading."""
Scan = Callable[[str], AbstractContextManager[Iterator[os.DirEntry[str]]]]


class Unreadable(CertgateError):
    """A file that cannot be read. The message follows the file's name: "cannot be read: Permission denied"."""


class NotFound(Unreadable):
    """A file that does not exist."""


class TooLarge(Unreadable):
    """A file that is larger than the limit."""


def read_file(
    source: Source, limit: int, *, writer_seconds: float = WRITER_SECONDS, pipe_seconds: float = PIPE_SECONDS
) -> bytes:
    """The bytes of a file, at most `limit`. Raises Unreadable, TooLarge; never waits forever."""
    with open_file(source, writer_seconds=writer_seconds, pipe_seconds=pipe_seconds) as stream:
        return read_stream(stream, limit)


def read_stream(stream: BinaryIO, limit: int) -> bytes:
    """The rest of an open file, at most `limit` bytes. Raises Unreadable, TooLarge."""
    try:
        data = stream.read(min(_SMALL, limit + 1))
        if len(data) == _SMALL:
            data += stream.read(limit + 1 - _SMALL)
    except (OSError, ValueError) as error:
        raise _unreadable(error) from error
    if len(data) > limit:
        unit, size = next((unit, size) for unit, size in _UNITS if limit % size == 0)
        raise TooLarge(f"is larger than {limit // size} {unit}, the limit")
    return data


def open_file(
    source: Source, *, writer_seconds: float = WRITER_SECONDS, pipe_seconds: float = PIPE_SECONDS
) -> BinaryIO:
    """A file, open for reading from its start. Raises Unreadable; reading raises OSError, or Unreadable for a pipe.

    A pipe (process substitution, /dev/stdin) or a device is read to its end, within `pipe_seconds`.
    """
    if not isinstance(source, int):
        note(source)
    try:
        descriptor = source if isinstance(source, int) else os.open(source, _FLAGS)
        mode = os.fstat(descriptor).st_mode
    except (OSError, ValueError) as error:
        raise _unreadable(error) from error
    if stat.S_ISREG(mode) or not hasattr(select, "poll"):
        return io.BufferedReader(io.FileIO(descriptor))
    if isinstance(source, int):
        return io.BufferedReader(_Pipe(descriptor, pipe_seconds, pipe_seconds, blocks=True))
    if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
        return io.BufferedReader(_Pipe(descriptor, writer_seconds, pipe_seconds))
    os.close(descriptor)
    raise Unreadable(_REASONS[errno.EISDIR if stat.S_ISDIR(mode) else errno.ENXIO])


class _Pipe(io.RawIOBase):
    """A pipe or a device, read until its writers close it, with two time limits."""

    def __init__(self, descriptor: int, writer_seconds: float, pipe_seconds: float, *, blocks: bool = False) -> None:
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        self._blocks = blocks
        self._has_writer = blocks
        self._begun = time.monotonic()
        self._writer_seconds = writer_seconds
        self._pipe_seconds = pipe_seconds

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Wait for bytes, or for the end. Raises OSError, Unreadable."""
        while True:
            limit = self._pipe_seconds if self._has_writer else self._writer_seconds
            left = self._begun + limit - time.monotonic()
            happened = self._poll.poll(max(0.0, left) * 1000)
            try:
                count = os.readv(self._descriptor, [buffer]) if happened or not self._blocks else -1
            except BlockingIOError:
                count, self._has_writer = -1, True
            if count > 0 or (count == 0 and (happened or self._has_writer)):
                self._has_writer = True
                return count
            if left <= 0 and count == 0:
                raise Unreadable(f"is a named pipe without a writer for {limit:.0f} seconds")
            if left <= 0 and limit == self._pipe_seconds:
                raise Unreadable(f"is a pipe or a device that did not end within {limit:.0f} seconds")


def require(path: str, *, may_be_folder: bool = False) -> None:
    """Raise Unreadable if the path does not exist or is unreadable. A pipe is not opened: it can be read only once."""
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode) and may_be_folder:
            os.scandir(path).close()
            return
    except (OSError, ValueError) as error:
        raise _unreadable(error) from error
    if not stat.S_ISFIFO(mode) and not stat.S_ISCHR(mode):
        open_file(path).close()


def is_regular(path: str) -> bool:
    """Whether the path is a file that can be read twice, unlike a pipe or a device; true if it does not exist."""
    try:
        return stat.S_ISREG(Path(path).stat().st_mode)
    except (OSError, ValueError):
        return True


@frozen(slots=True)
class Found:
    """An entry found in a folder: a file, or something unreadable with the reason."""

    path: str
    problem: str = ""
    is_other: bool = False
    """Whether it is a file with none of the suffixes."""


def walk(folder: str, suffixes: tuple[str, ...], *, others: bool = False, scan: Scan = os.scandir) -> Iterator[Found]:
    """The files whose names end in one of `suffixes` (lower case), in a folder and its subfolders, sorted.

    With `others`, files with other names are found too.

    Hidden files and folders are skipped. Each folder is read once, however many links lead to it. Unreadable entries
    that may contain files are found too: a folder without read permission, a link that is circular or broken.
    """
    waiting, links, seen = [folder], list[str](), set[tuple[int, int]]()
    while waiting or links:
        folder = waiting.pop() if waiting else links.pop(0)
        try:
            status = Path(folder).stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with scan(folder) as entries:
                shown = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda e: e.name)
        except OSError as error:
            yield Found(folder, f"is a folder that {_unreadable(error)}")
            continue
        folders = []
        for entry in shown:
            try:
                if not entry.is_dir():
                    yield from (one for one in _file(entry, suffixes) if others or not one.is_other)
                elif entry.is_symlink():
                    links.append(entry.path)
                else:
                    folders.append(entry.path)
            except OSError as error:
                nowhere = entry.is_symlink() and error.errno == errno.ENOENT
                yield Found(entry.path, "is a broken link" if nowhere else str(_unreadable(error)))
        waiting += reversed(folders)


def _file(entry: os.DirEntry[str], suffixes: tuple[str, ...]) -> Iterator[Found]:
    """The entry, which is another file without one of the suffixes. Raises OSError, also for any broken link."""
    meant = entry.name.lower().endswith(suffixes)
    mode = entry.stat().st_mode if meant or entry.is_symlink() else 0
    problem = "is a pipe, a socket or a device, not a file" if meant and not stat.S_ISREG(mode) else ""
    yield Found(entry.path, problem, is_other=not meant)


def _unreadable(error: OSError | ValueError) -> Unreadable:
    if isinstance(error, OSError):
        kind = NotFound if isinstance(error, FileNotFoundError) else Unreadable
        return kind(_REASONS.get(error.errno or 0, f"cannot be read: {error.strerror or type(error).__name__}"))
    return Unreadable("cannot be read: its name holds a null byte")
