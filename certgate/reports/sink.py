"""Places a report is written to: a file that appears whole or not at all, a device, or a standard stream."""

import io
import os
import secrets
import stat
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from certgate import leftovers
from certgate.model.errors import UsageError

__all__ = ["Sink", "StreamSink", "open_path"]


class Sink(ABC):
    """A place to write text to. After `commit` or `discard` it is done with."""

    stream: TextIO

    def claim(self) -> None:  # noqa: B027 (only files have something to claim)
        """Remove what an earlier run left, once it is sure that every report can be written. Raises OSError."""

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
        if not broken:
            return
        with suppress(OSError, ValueError):  # a stream without a file descriptor, as in tests
            nothing = os.open(os.devnull, os.O_WRONLY)
            try:
                os.dup2(nothing, self.stream.fileno())
            finally:
                os.close(nothing)


class _Device(Sink):
    """Something that is no regular file (`/dev/null`, a named pipe): written to as it is."""

    def __init__(self, path: Path) -> None:
        self.stream = path.open("w", encoding="utf-8", newline="\n")

    def commit(self) -> None:
        self.stream.close()

    def discard(self, *, broken: bool = False) -> None:  # noqa: ARG002 (only streams outlive a failure)
        with suppress(OSError):
            self.stream.close()


class _File(Sink):
    """A regular file: written beside its place, then renamed, which is atomic."""

    def __init__(self, path: Path, *, append: bool) -> None:
        self._path = path
        self._append = append
        self._aside = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.part")
        leftovers.expect(self._aside)
        self.stream = self._aside.open("x", encoding="utf-8", newline="\n")

    def claim(self) -> None:
        if not self._append:
            self._path.unlink(missing_ok=True)

    def commit(self) -> None:
        self.stream.close()
        if self._append:
            with self._path.open("ab") as whole:
                whole.write(self._aside.read_bytes())
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


def open_path(path: str, *, append: bool = False) -> Sink:
    """Open the place for writing; a symbolic link is followed. Raises UsageError if nothing can be written there."""
    try:
        mode = _mode(Path(path))
        if stat.S_ISDIR(mode):
            raise UsageError(f"cannot write a report to {path!r}: it is a directory; name a file in it")
        if stat.S_ISREG(mode):
            return _File(Path(path).resolve(), append=append)
        return _Device(Path(path))
    except FileNotFoundError as error:
        raise UsageError(f"cannot write a report to {path!r}: its folder does not exist; create it first") from error
    except OSError as error:
        reason = f"{error.strerror}; name a file that can be written"
        raise UsageError(f"cannot write a report to {path!r}: {reason}") from error


def _mode(path: Path) -> int:
    """What is there; where nothing is, a regular file will be."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return stat.S_IFREG
