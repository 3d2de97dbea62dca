"""A worker process as the first process sees it: two pipes, each with a thread, so that neither process waits."""

import logging
import pickle
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO, cast

from certgate.gate.engine.frames import read_frame, write_frame
from certgate.system.child import isolated

__all__ = ["WorkerProcess"]

_MODULE = "certgate.gate.engine.serving"
_LEFT_ALONE = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that a terminal or a shell sends to all processes of the run: only the first one has to act on them."""
_SECONDS_TO_EXIT = 0.5
"""What a worker may take to exit after it closed its pipe."""


class WorkerProcess:
    """A process that does work on targets. Secrets reach it by its pipe alone: no argument, variable or file."""

    def __init__(
        self, work: Any, heard: Callable[["WorkerProcess", bytes | None], object], module: str = _MODULE
    ) -> None:
        """Start the process, which runs `module`. Raises OSError.

        In a thread of its own, `heard` is called with each frame, and with None once the process has ended.
        """
        self._heard = heard
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        first = pickle.dumps((logging.getLogger("certgate").isEnabledFor(logging.DEBUG), work))
        with _without_signals():
            self._process = subprocess.Popen(isolated(module), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._outbox.put(first)
        self._stdin, self._stdout = cast("BinaryIO", self._process.stdin), cast("BinaryIO", self._process.stdout)
        self._threads = [Thread(target=one, name="certgate-worker", daemon=True) for one in (self._write, self._read)]
        for thread in self._threads:
            thread.start()

    def send(self, work: Any) -> None:
        """Hand out work, for the usual module a sequence of targets: none means that no more come for now."""
        self._outbox.put(pickle.dumps(work))

    def end(self) -> None:
        """Ask it to hand back what it has, and to exit."""
        self._outbox.put(None)

    def kill(self) -> None:
        """End it at once; `heard` is told when it is gone."""
        self._process.kill()

    def close(self, until: float) -> None:
        """Wait until it has exited; kill it if that takes longer than `until`, on the monotonic clock."""
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._process.kill()
        for thread in self._threads:
            thread.join(_SECONDS_TO_EXIT)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def ending(self) -> str:
        """How it ended, after "a worker process"."""
        code = self._process.returncode or 0
        if code >= 0:
            return f"ended with exit code {code}"
        with suppress(ValueError):
            return f"was killed by {signal.Signals(-code).name}"
        return f"was killed by signal {-code}"

    def _write(self) -> None:
        with suppress(OSError), self._stdin as stream:
            while (frame := self._outbox.get()) is not None:
                write_frame(stream, frame)

    def _read(self) -> None:
        with self._stdout as stream:
            while (frame := read_frame(stream)) is not None:
                self._heard(self, frame)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_SECONDS_TO_EXIT)
        self._process.kill()
        self._process.wait()
        self._outbox.put(None)
        self._heard(self, None)


@contextmanager
def _without_signals() -> Iterator[None]:
    """A process that is started here never hears the signals; for this process they come when the context is left."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, name) for name in _LEFT_ALONE])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
