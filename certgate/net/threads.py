"""Calls in daemon threads, so that a hanging call delays neither a deadline nor the end of the program."""

from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["DaemonThreads"]

R = TypeVar("R")


class DaemonThreads:
    """As many threads as calls are under way, up to a limit; further calls wait their turn."""

    def __init__(self, name: str, *, most: int) -> None:
        self._name = name
        self._most = most
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = Lock()
        self._threads = 0
        self._pending = 0
        """Calls that are waiting or under way."""

    def submit(self, call: Callable[[], R], *, shared: bool = False) -> "Future[R]":
        """A future for the result of `call`. Several callers may wait for a `shared` one, so it cannot be cancelled."""
        from concurrent.futures import Future

        future: Future[R] = Future()
        if shared:
            future.set_running_or_notify_cancel()

        def job() -> None:
            tell = _made(future, call) if shared or future.set_running_or_notify_cancel() else None
            with self._lock:  # before the result is told, so that who has it finds this thread free
                self._pending -= 1
            if tell:
                tell()

        with self._lock:
            self._pending += 1
            start = self._threads < min(self._pending, self._most)
            self._threads += start
        self._jobs.put(job)
        if start:
            Thread(target=self._work, name=self._name, daemon=True).start()
        return future

    def close(self) -> None:
        """Let the threads end as soon as they can, without waiting for them."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _made(future: "Future[Any]", call: Callable[[], Any]) -> Callable[[], None]:
    """Make the call, and return what tells the future how it ended."""
    try:
        return partial(future.set_result, call())
    except BaseException as error:
        return partial(future.set_exception, error)
