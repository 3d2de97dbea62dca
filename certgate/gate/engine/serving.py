"""A worker process: does the work on the targets that the first process sends, until that closes the pipe."""

import gc
import os
import pickle
import signal
import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, BinaryIO

from certgate.gate.engine.frames import FAULT, OVER, RESULTS, WANTS, read_frame, write_frame
from certgate.gate.engine.interface import Work
from certgate.model.bug import bug
from certgate.model.errors import CertgateError
from certgate.model.observation import Observed
from certgate.model.target import Target
from certgate.system.garbage import ALLOCATIONS
from certgate.system.parent import end_with_parent
from certgate.system.stop import Stop

__all__ = ["main", "run_worker", "serve"]

_LINGER = 0.05
"""Seconds for which a result may wait for others."""
_MOST = 64
"""Results in one frame."""
_SECONDS_TO_END = 2.0
"""What the process may take to end after the pipe was closed."""


def main() -> None:
    """Serve on standard input and output until the first process closes the pipe, or ends."""
    run_worker(serve)


def run_worker(serve: Callable[..., object], *, allocations: int = ALLOCATIONS) -> None:
    """Run a worker's `serve` on the two pipes, and end the process. `allocations` is for garbage collections."""
    gc.set_threshold(allocations)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    end_with_parent()
    requests, answers = _own_pipes()
    serve(requests, answers, ended=_end_soon)
    os._exit(0)


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes, out of reach of anything else that reads standard input or writes to standard output."""
    requests, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    os.dup2(2, 1)
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb")


def _end_soon() -> None:
    time.sleep(_SECONDS_TO_END)
    os._exit(1)


def serve(requests: BinaryIO, answers: BinaryIO, *, ended: Callable[[], object] = lambda: None) -> None:
    """Do the work that the first frame describes on the targets of the others, and hand back every result.

    In a thread of its own, `ended` is called once `requests` is closed.
    """
    answering = _Answering(answers)
    try:
        shows_tracebacks, work = pickle.loads(read_frame(requests) or b"")  # noqa: S301 (from the first process)
        if shows_tracebacks:
            from certgate.reports.tracebacks import show_tracebacks

            show_tracebacks()
        _work(work, _Feed(requests, answering.say, work.stop, ended), answering)
    except CertgateError as error:
        answering.say(FAULT + str(error).encode())
    except BaseException as error:
        answering.say(FAULT + bug(error, "a worker").encode())
    finally:
        answering.close()


def _work(work: Work[Any], feed: "_Feed", answering: "_Answering") -> None:
    for targets in feed.sessions():
        for observed in work.observe(targets):
            answering.add((observed, work.judge(observed)))
        for _ in targets:
            pass  # the run's time is over: no further target is begun
        answering.over()


class _Feed:
    """The targets that the first process sends, as they come. One frame of them waits here while another is used."""

    def __init__(
        self, requests: BinaryIO, say: Callable[[bytes], object], stop: Stop, ended: Callable[[], object]
    ) -> None:
        self._requests = requests
        self._say = say
        self._stop = stop
        self._ended = ended
        self._frames: SimpleQueue[list[Target] | None] = SimpleQueue()
        self._is_at_end = False
        Thread(target=self._read, name="certgate-feed", daemon=True).start()

    def sessions(self) -> Iterator[Iterator[Target]]:
        """Each stream of targets, up to where no more come for now; use each to its end before the next."""
        while not self._is_at_end:
            self._say(WANTS)
            first = self._frames.get()
            self._is_at_end = first is None
            if first:
                yield self._session(first)

    def _session(self, first: list[Target]) -> Iterator[Target]:
        frame: list[Target] | None = first
        while frame:
            self._say(WANTS)
            yield from frame
            frame = self._frames.get()
        self._is_at_end = frame is None

    def _read(self) -> None:
        try:
            while (frame := read_frame(self._requests)) is not None:
                self._frames.put(pickle.loads(frame))  # noqa: S301 (from the first process)
        finally:
            self._stop.want()
            self._frames.put(None)
            self._ended()


class _Answering:
    """Hands results back, several in one frame, so that the work does not wait for the pipe."""

    def __init__(self, answers: BinaryIO) -> None:
        self._answers = answers
        self._lock = Lock()
        self._results: SimpleQueue[tuple[Observed, Any] | bytes] = SimpleQueue()
        self._thread = Thread(target=self._write, name="certgate-answers", daemon=True)
        self._thread.start()

    def say(self, frame: bytes) -> None:
        """Send a frame at once. Nobody may listen any more."""
        try:
            with self._lock:
                write_frame(self._answers, frame)
        except (OSError, ValueError):
            return

    def add(self, result: tuple[Observed, Any]) -> None:
        """Send a result soon."""
        self._results.put(result)

    def over(self) -> None:
        """Send all results, and that there are no more for now."""
        self._results.put(OVER)

    def close(self) -> None:
        """Send all results, and close the pipe."""
        self._results.put(b"")
        self._thread.join()
        try:
            self._answers.close()
        except OSError:
            return

    def _write(self) -> None:
        word: bytes | None = None
        while word != b"":
            batch, word = self._batch()
            if batch:
                self._send(batch)
            if word:
                self.say(word)

    def _send(self, batch: list[tuple[Observed, Any]]) -> None:
        try:
            frame = pickle.dumps(batch)
        except Exception as error:
            self.say(FAULT + bug(error, "a worker").encode())
            self._answers.close()
        else:
            self.say(RESULTS + frame)

    def _batch(self) -> tuple[list[tuple[Observed, Any]], bytes | None]:
        """Results that came one shortly after the other, and the word after them, if there is one."""
        batch: list[tuple[Observed, Any]] = []
        until: float | None = None
        while len(batch) < _MOST:
            try:
                one = self._results.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
            except Empty:
                break
            if isinstance(one, bytes):
                return batch, one
            batch.append(one)
            until = until or time.monotonic() + _LINGER
        return batch, None
