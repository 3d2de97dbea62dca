"""The standard streams, which may be closed or full: nothing replaces them, and lost output is reported."""

import errno
import io
import os
import sys
from contextlib import suppress
from typing import TextIO

__all__ = ["lost_output", "open_closed_streams", "silence", "why"]


def open_closed_streams() -> None:
    """Put something in the place of each standard stream that is closed, so that no file of certgate's lands there.

    Standard input is at its end then, writing to standard output fails, and what goes to standard error is dropped.
    """
    for descriptor, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, mode)  # the lowest that is free: this one
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
            os.set_inheritable(descriptor, True)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 (a descriptor, open to the end)
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (as above)
    sys.stdout = _watched(sys.stdout)


def lost_output() -> str:
    """Why output did not reach standard output; empty if it did, if the reader is gone, or if it was reported.

    A lost stream is silenced: otherwise the interpreter's flush at exit would change the exit code.
    """
    with suppress(OSError):
        sys.stdout.flush()
    lost = getattr(sys.stdout, "lost", None)
    if lost is None:
        return ""
    silence(sys.stdout)
    return "" if isinstance(lost, BrokenPipeError) else f"standard output could not be written: {why(lost)}"


def why(error: OSError) -> str:
    """The reason, as the end of a sentence."""
    return "it is closed" if error.errno == errno.EBADF else error.strerror or type(error).__name__


def silence(stream: TextIO) -> None:
    """Drop everything that is written to the stream from now on, and what is still buffered; the caller reports it."""
    with suppress(OSError, ValueError):  # a stream without a descriptor, as in tests
        nothing = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nothing, stream.fileno())
        finally:
            os.close(nothing)
    if isinstance(stream, _Watched):
        stream.lost = None


class _Watched(io.TextIOWrapper):
    """A text stream that remembers why it could not be written."""

    lost: OSError | None = None

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self.lost = error
            raise

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self.lost = error
            raise


def _watched(stream: TextIO | None) -> TextIO:
    """The same stream, watched; one that fails for a stream that is closed."""
    if stream is None:
        return _Watched(open(1, "wb", closefd=False), encoding="utf-8")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    return _Watched(
        stream.buffer,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
