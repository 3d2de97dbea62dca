"""Progress of a run, on standard error: a line with a bar on a terminal, or a line of text from time to time."""

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from shutil import get_terminal_size
from threading import Event, Thread
from typing import Literal, TextIO

from certgate.model.listener import Listener
from certgate.model.observation import Observed
from certgate.model.verdict import RunHeader, RunSummary, TargetResult, Verdict

__all__ = ["ProgressChoice", "with_progress"]

ProgressChoice = Literal["auto", "plain", "none"]
"""A bar on a terminal and nothing elsewhere; a line from time to time anywhere; nothing."""
_ERASE = "\r\x1b[K"
_PAUSE = 0.1
"""Seconds between two drawings: drawing costs time."""
_EVERY = 30.0
"""Seconds between two lines of text."""
_WINDOW = 30.0
"""Seconds over which the rate is measured."""
_BAR = 20
Clock = Callable[[], float]


def with_progress(
    listeners: Sequence[Listener],
    stream: TextIO,
    total: int,
    choice: ProgressChoice = "auto",
    *,
    quiet: bool = False,
    now: Clock = time.monotonic,
) -> Sequence[Listener]:
    """The listeners, and what shows the progress of a run over `total` targets, if anything does.

    A bar stands below the output of the listeners: it is erased before each result, and drawn after it. Targets count
    when they are observed: results may wait for a slow target. `quiet` leaves out the bar.
    """
    if choice == "plain":
        return [*listeners, _Plain(stream, _Counts(total, now))]
    if choice == "none" or quiet or not stream.isatty():
        return listeners
    line = _Line(stream)
    return [_Eraser(line), *listeners, _Drawer(line, _Counts(total, now), now)]


class _Counts:
    """What was observed and evaluated so far, and how fast."""

    def __init__(self, total: int, now: Clock) -> None:
        self.total = total
        self.done = 0
        self._now = now
        self._verdicts: Counter[Verdict] = Counter()
        self._no_endpoint = 0
        self._samples: deque[tuple[float, int]] = deque([(now(), 0)])

    def observed(self, observed: Observed) -> None:
        self.done += 1
        self._no_endpoint += observed.has_no_endpoint
        at = self._now()
        if at - self._samples[-1][0] >= 1:
            self._samples.append((at, self.done))

    def add(self, result: TargetResult) -> None:
        self._verdicts[result.verdict] += 1

    def text(self) -> str:
        """`1,234 of 10,000 targets observed, 85 a second, 1 min 43 s left; 1,200 compliant, 3 violated`."""
        rate = self._rate()
        pace = f", {rate:,.0f} a second" if rate >= 1 else ""
        left = f", {_duration((self.total - self.done) / rate)} left" if rate and self.done < self.total else ""
        counts = [f"{self._verdicts[verdict]:,} {verdict}" for verdict in Verdict if self._verdicts[verdict]]
        counts += [f"{self._no_endpoint:,} without an endpoint"] if self._no_endpoint else []
        told = f"; {', '.join(counts)}" if counts else ""
        return f"{self.done:,} of {self.total:,} targets observed{pace}{left}{told}"

    def _rate(self) -> float:
        """Targets a second of late."""
        at = self._now()
        while len(self._samples) > 1 and self._samples[0][0] < at - _WINDOW:
            self._samples.popleft()
        began, before = self._samples[0]
        return (self.done - before) / (at - began) if at - began >= 1 else 0.0


class _Line:
    """The last line of a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_drawn = False

    def draw(self, text: str) -> None:
        columns = get_terminal_size().columns
        self._write(f"{_ERASE}{text[: columns - 1]}")
        self._is_drawn = True

    def erase(self) -> None:
        if self._is_drawn:
            self._write(_ERASE)
            self._is_drawn = False

    def _write(self, text: str) -> None:
        _write(self._stream, text)


class _Eraser(Listener):
    name = "the progress line"

    def __init__(self, line: _Line) -> None:
        self._line = line

    def add(self, result: TargetResult) -> None:
        del result
        self._line.erase()

    def end(self, summary: RunSummary) -> None:
        del summary
        self._line.erase()


class _Drawer(Listener):
    name = "the progress line"

    def __init__(self, line: _Line, counts: _Counts, now: Clock) -> None:
        self._line = line
        self._counts = counts
        self._now = now
        self._next = 0.0

    def begin(self, header: RunHeader) -> None:
        del header
        self._draw()

    def observed(self, observed: Observed) -> None:
        self._counts.observed(observed)
        self._draw()

    def add(self, result: TargetResult) -> None:
        self._counts.add(result)
        self._draw()

    def _draw(self) -> None:
        if (at := self._now()) >= self._next:
            self._next = at + _PAUSE
            full = _BAR * self._counts.done // max(self._counts.total, 1)
            self._line.draw(f"{'#' * full}{'-' * (_BAR - full)} {self._counts.text()}")


class _Plain(Listener):
    name = "the progress"

    def __init__(self, stream: TextIO, counts: _Counts) -> None:
        self._stream = stream
        self._counts = counts
        self._over = Event()

    def begin(self, header: RunHeader) -> None:
        del header
        Thread(target=self._tell, name="certgate-progress", daemon=True).start()

    def observed(self, observed: Observed) -> None:
        self._counts.observed(observed)

    def add(self, result: TargetResult) -> None:
        self._counts.add(result)

    def end(self, summary: RunSummary) -> None:
        del summary
        self._over.set()

    def abort(self) -> None:
        self._over.set()

    def _tell(self) -> None:
        while not self._over.wait(_EVERY):
            _write(self._stream, f"certgate: {self._counts.text()}\n")


def _duration(seconds: float) -> str:
    """`43 s`, `1 min 43 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def _write(stream: TextIO, text: str) -> None:
    """Write at once; ignore a stream that is gone."""
    with suppress(OSError):
        stream.write(text)
        stream.flush()
