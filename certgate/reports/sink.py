"""Destinations of text: a file that appears whole or not at all, a device, a named pipe, or a standard stream."""

import errno
import io
import os
import stat
import time
import unicodedata
from abc import ABC, abstractmethod
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TextIO

from certgate.reports.streams import silence
from certgate.system import leftovers

__all__ = ["PIPE_SECONDS", "Sink", "StreamSink", "open_sink"]

PIPE_SECONDS = 5.0
"""Seconds to wait for a reader of a named pipe."""
_LONGEST_NAME = 200
"""Bytes; 255 are the most that file systems take."""
_AT_ONCE = 1 << 16
"""Bytes that a file gets at once: nobody reads it before it is whole."""


class Sink(ABC):
    """A place to write text to. After `commit` or `discard` it is done with."""

    stream: TextIO

    def claim(self) -> None:  # noqa: B027 (only files have something to claim)
        """Remove what an earlier run left, once it is sure that everything can be written. Raises OSError."""

    @abstractmethod
    def commit(self) -> None:
        """Make what was written visible. Raises OSError."""

    @abstractmethod
    def discard(self, *, broken: bool = False) -> None:
        """Leave nothing behind where that is possible; `broken` says that writing failed. Never raises."""


class StreamSink(Sink):
    """Standard output or standard error. Characters that it cannot encode are shown as escapes."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

    def commit(self) -> None:
        """Hand on what is buffered. Raises OSError."""
        self.stream.flush()

    def discard(self, *, broken: bool = False) -> None:
        """Point a broken stream at nothing, so that the interpreter's own flush at exit cannot fail again."""
        if broken:
            silence(self.stream)


class _Open(Sink):
    """A device or a named pipe: written to as it is."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def commit(self) -> None:
        self.stream.close()

    def discard(self, *, broken: bool = False) -> None:  # noqa: ARG002 (only streams outlive a failure)
        with suppress(OSError):
            self.stream.close()


class _File(Sink):
    """A regular file: written beside its place, then renamed, which is atomic."""

    def __init__(self, path: Path, *, token: str, append: bool) -> None:
        self._path = path
        self._append = append
        self._aside = path.with_name(f".{_short(path.name)}.{token}.part")
        leftovers.expect(self._aside)
        self.stream = self._aside.open("x", _AT_ONCE, encoding="utf-8", newline="\n")

    def claim(self) -> None:
        if not self._append:
            self._path.unlink(missing_ok=True)

    def commit(self) -> None:
        self.stream.close()
        if self._append:
            _append(self._path, self._aside.read_bytes())
            self._aside.unlink()
        else:
            self._aside.replace(self._path)
        leftovers.forget(self._aside)

    def discard(self, *, broken: bool = False) -> None:  # noqa: ARG002 (only streams outlive a failure)
        with suppress(OSError):
            self.stream.close()
        with suppress(OSError):
            self._aside.unlink()
        leftovers.forget(self._aside)


def open_sink(path: Path, *, token: str, append: bool = False, patience: float = PIPE_SECONDS) -> Sink:
    """Open the place for writing; a symbolic link is followed.

    A regular file is written under a name that `token` makes: to open one file a second time with the same token raises
    FileExistsError, by whatever path, letter case included where the file system takes no notice of it. A named pipe
    is given `patience` seconds to get a reader. A path through a folder that is not there leads to no file, though
    `..` after it seems to lead back. Raises OSError.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = stat.S_IFREG
        path.parent.stat()
        if path.resolve().exists():
            raise
    if stat.S_ISREG(mode):
        return _File(path.resolve(), token=token, append=append)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder; name a file in it")
    if stat.S_ISBLK(mode):
        raise PermissionError(errno.EPERM, "it is a disk; name a file")
    if stat.S_ISFIFO(mode):
        return _Open(_open_pipe(path, time.monotonic() + patience))
    return _Open(path.open("w", encoding="utf-8", newline="\n"))


def _short(name: str) -> str:
    """The name, or one that is short enough to be added to, the same for names that differ in letter case alone."""
    if len(os.fsencode(name)) <= _LONGEST_NAME:
        return name
    return sha256(unicodedata.normalize("NFC", name).casefold().encode("utf-8", "surrogateescape")).hexdigest()


def _open_pipe(path: Path, end: float) -> TextIO:
    while True:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() >= end:
                raise TimeoutError(
                    errno.ETIMEDOUT, "no process reads the named pipe; start the reader first"
                ) from error
            time.sleep(0.02)
        else:
            os.set_blocking(descriptor, True)
            return open(descriptor, "w", encoding="utf-8", newline="\n")  # noqa: PTH123 (a descriptor is no path)


def _append(path: Path, content: bytes) -> None:
    """Add all of the content, or nothing. Raises OSError."""
    with path.open("ab") as whole:
        before = whole.tell()
    try:
        with path.open("ab") as whole:
            whole.write(content)
    except OSError:
        with suppress(OSError):
            os.truncate(path, before)
        raise
