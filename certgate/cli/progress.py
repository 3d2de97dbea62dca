"""How far a run is, on standard error, for people who watch a terminal."""

from typing import TextIO

from certgate.gate import Listener
from certgate.model.verdict import RunHeader, RunSummary, TargetResult

__all__ = ["WithProgress"]

_ERASE = "\r\x1b[K"


class WithProgress:
    """A listener that tells another one everything, and keeps a line of progress below what that one writes."""

    def __init__(self, listener: Listener, stream: TextIO, total: int) -> None:
        self._listener = listener
        self._stream = stream
        self._total = total
        self._done = 0

    def begin(self, header: RunHeader) -> None:
        """Before the first target."""
        self._listener.begin(header)
        self._draw()

    def add(self, result: TargetResult) -> None:
        """After each target."""
        self._done += 1
        self._erase()
        self._listener.add(result)
        self._draw()

    def end(self, summary: RunSummary) -> None:
        """After the last target."""
        self._erase()
        self._listener.end(summary)

    def _draw(self) -> None:
        self._stream.write(f"observed {self._done} of {self._total}")
        self._stream.flush()

    def _erase(self) -> None:
        self._stream.write(_ERASE)
        self._stream.flush()
