"""Progress of a run, on standard error, for people at a terminal."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

from certgate.model.listener import Listener
from certgate.model.observation import Observed
from certgate.model.verdict import RunHeader, RunSummary, TargetResult

__all__ = ["with_progress"]

_ERASE = "\r\x1b[K"


def with_progress(listeners: Sequence[Listener], stream: TextIO, total: int) -> Sequence[Listener]:
    """The listeners, and a progress line below their output: erased before each result, drawn after it.

    It counts targets when they are observed: results may wait for a slow target.
    """
    return [_Eraser(stream), *listeners, _Drawer(stream, total)]


class _Eraser(Listener):
    name = "the progress line"

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def add(self, result: TargetResult) -> None:
        del result
        _write(self._stream, _ERASE)

    def end(self, summary: RunSummary) -> None:
        del summary
        _write(self._stream, _ERASE)


class _Drawer(Listener):
    name = "the progress line"

    def __init__(self, stream: TextIO, total: int) -> None:
        self._stream = stream
        self._total = total
        self._done = 0

    def begin(self, header: RunHeader) -> None:
        del header
        self._draw()

    def observed(self, observed: Observed) -> None:
        del observed
        self._done += 1
        self._draw()

    def add(self, result: TargetResult) -> None:
        del result
        self._draw()

    def _draw(self) -> None:
        _write(self._stream, f"{_ERASE}{self._done:,} of {self._total:,} targets observed")


def _write(stream: TextIO, text: str) -> None:
    """Write at once; ignore a terminal that is gone."""
    with suppress(OSError):
        stream.write(text)
        stream.flush()
