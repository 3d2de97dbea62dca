"""An event loop: coroutines in one thread that wait for sockets, for other threads and for the clock."""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import suppress
from heapq import heapify, heappop, heappush
from types import TracebackType, coroutine
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from certgate.observe.poller import READ, Poller, new_poller

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["NEVER", "Cancelled", "EventLoop", "Task", "TimeLimit", "result_of", "running_loop", "sleep", "together"]

T = TypeVar("T")

NEVER: Final = float("inf")
"""The moment of a limit that is none."""

_DEEPEST = 16
"""Rounds in which tasks that wait for other tasks end."""
_MOST_EVENTS = 256
"""Sockets of which one look at the system tells."""
_MANY_LIMITS = 256
"""Limits that may be over without being forgotten, beside as many as twice those that were open of late."""


class Cancelled(BaseException):
    """The task is to end, or one of its time limits is over. Only the limit itself may stop it."""

    def __init__(self, limit: "TimeLimit | None" = None) -> None:
        super().__init__()
        self.limit = limit


class Task:
    """A coroutine that was begun."""

    __slots__ = ("awaits", "coroutine", "ended", "error", "is_due", "pending", "result")

    def __init__(self, coroutine: Coroutine[None, None, Any], ended: Callable[[], object]) -> None:
        self.coroutine = coroutine
        self.ended = ended
        self.is_due = False
        """Whether it is waiting for its turn."""
        self.pending: Cancelled | None = None
        """What is raised when its turn comes."""
        self.awaits: object = None
        """What has to happen in another thread or task before it can go on."""
        self.result: Any = None
        self.error: BaseException | None = None


class EventLoop:
    """Runs tasks in the thread that calls `run`, until `stop`. All else but `call` is for that thread."""

    def __init__(self, poller: Poller | None = None) -> None:
        self._poller = poller or new_poller()
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._poller.register(self._woken.fileno(), READ)
        self._calls: deque[Callable[[], object]] = deque()
        self._due: deque[Task] = deque()
        self._tasks: dict[Task, None] = {}
        self._watched: dict[int, int] = {}
        """The event for which a file descriptor is watched."""
        self._waiting: dict[int, Task | None] = {}
        self._limits: list[tuple[float, int, TimeLimit]] = []
        self._limits_made = 0
        self._most_limits = _MANY_LIMITS
        self._sleeps = False
        self._is_stopped = False
        self._running: Task | None = None
        self.is_busy = False
        """Whether any task has gone on in this round."""

    @property
    def running(self) -> Task:
        """The task whose turn it is. Raises RuntimeError outside of one."""
        if self._running is None:
            raise RuntimeError("no task is running")
        return self._running

    def run(self) -> None:
        """Run tasks until `stop` is called; then end all that are left, and close what the loop has."""
        _here.loop = self
        try:
            while not self._is_stopped:
                self._look()
                self._go_on()
        finally:
            self.cancel_all()
            _here.loop = None
            self._poller.close()
            self._waker.close()
            self._woken.close()

    def stop(self) -> None:
        """Return from `run` soon."""
        self._is_stopped = True

    def call(self, what: Callable[[], object]) -> None:
        """Call it soon in the loop's thread. May be called in any thread, even after the loop has ended."""
        self._calls.append(what)
        if self._sleeps:
            with suppress(OSError):
                self._waker.send(b"\0")

    def begin(self, coroutine: Coroutine[None, None, Any], ended: Callable[[], object] = lambda: None) -> Task:
        """Begin a task; `ended` is called at its end, however it ends."""
        task = Task(coroutine, ended)
        self._tasks[task] = None
        self._schedule(task)
        return task

    def cancel(self, task: Task) -> None:
        """Raise Cancelled in the task, wherever it waits."""
        if task in self._tasks:
            task.pending = Cancelled()
            self._schedule(task)

    def cancel_all(self) -> None:
        """End all tasks before this returns. Must not be called by a task."""
        for _ in range(_DEEPEST):
            for task in list(self._tasks):
                self.cancel(task)
            self._step_all()

    def resume(self, task: Task, awaited: object) -> None:
        """Let the task go on if that is what it waits for."""
        if task.awaits is awaited:
            self._schedule(task)

    @coroutine
    def ready(self, number: int, event: int) -> Generator[None, None, None]:
        """Wait, in a task, until a file descriptor is ready for READ or WRITE; or, rarely, for no reason."""
        watched = self._watched.get(number)
        if watched != event:
            change = self._poller.register if watched is None else self._poller.modify
            change(number, event)
            self._watched[number] = event
        self._waiting[number] = self._running
        try:
            yield
        except BaseException:
            self.ignore(number)
            raise

    def ignore(self, number: int) -> None:
        """Watch the file descriptor no more: it is about to be closed, or nothing waits for it."""
        self._waiting.pop(number, None)
        if self._watched.pop(number, None) is not None:
            self._poller.unregister(number)

    def add(self, limit: "TimeLimit") -> None:
        """Note when a limit is over; again if that is brought forward."""
        limit.noted = limit.at
        self._limits_made += 1
        heappush(self._limits, (limit.at, self._limits_made, limit))
        if len(self._limits) > self._most_limits:
            self._limits = [entry for entry in self._limits if entry[2].is_open]
            self._most_limits = _MANY_LIMITS + 2 * len(self._limits)
            heapify(self._limits)

    def _look(self) -> None:
        """Wait until a task can go on, and schedule those that can."""
        self._sleeps = True
        seconds: float | None = None
        if self._calls or self._due:
            seconds = 0.0
        elif self._limits:
            seconds = max(0.0, self._limits[0][0] - time.monotonic())
        events = self._poller.poll(seconds, _MOST_EVENTS)
        self._sleeps = False
        for number, _ in events:
            if (task := self._waiting.pop(number, None)) is not None:
                if not task.is_due:
                    task.is_due = True
                    self._due.append(task)
            elif number == self._woken.fileno():
                with suppress(OSError):
                    self._woken.recv(4096)
            else:
                self.ignore(number)
        self._end_limits()

    def _end_limits(self) -> None:
        if not self._limits or self._limits[0][0] > (now := time.monotonic()):
            return
        later = []
        while self._limits and self._limits[0][0] <= now:
            _, _, limit = heappop(self._limits)
            if not limit.is_open:
                continue
            if limit.at > now or limit.task.pending is not None:
                later.append(limit)
            else:
                limit.task.pending = Cancelled(limit)
                self._schedule(limit.task)
        for limit in later:
            self.add(limit)

    def _go_on(self) -> None:
        self.is_busy = bool(self._due)
        self._step_all()
        for _ in range(len(self._calls)):
            self._calls.popleft()()

    def _step_all(self) -> None:
        """Let each task whose turn has come go on up to where it waits again."""
        for _ in range(len(self._due)):
            self._running = task = self._due.popleft()
            task.is_due = False
            try:
                if task.pending is None:
                    task.coroutine.send(None)
                else:
                    error, task.pending = task.pending, None
                    task.coroutine.throw(error)
            except StopIteration as stop:
                task.result = stop.value
            except BaseException as raised:
                task.error = raised
            else:
                continue
            self._running = None
            del self._tasks[task]
            task.ended()
        self._running = None

    def _schedule(self, task: Task) -> None:
        if not task.is_due:
            task.is_due = True
            self._due.append(task)


class _Here(threading.local):
    loop: EventLoop | None = None


_here = _Here()


def running_loop() -> EventLoop:
    """The loop that runs in this thread. Raises RuntimeError where none does."""
    if _here.loop is None:
        raise RuntimeError("no event loop runs in this thread")
    return _here.loop


class TimeLimit:
    """Raises TimeoutError at the end of the context if what is in it takes longer, in the task that entered it."""

    __slots__ = ("_loop", "at", "is_open", "noted", "task")

    def __init__(self, at: float) -> None:
        """`at` is in seconds of `time.monotonic`; infinity for no limit."""
        self.at = at
        self.noted = at
        """When the loop looks at it at the latest."""
        self.is_open = False

    def __enter__(self) -> Self:
        self._loop = loop = _here.loop or running_loop()
        self.task = loop.running
        self.is_open = True
        if self.at != NEVER:
            loop.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_open = False
        if isinstance(error, Cancelled) and error.limit is self:
            raise TimeoutError from None

    def move(self, at: float) -> None:
        """Another moment, earlier or later."""
        self.at = at
        if at < self.noted:
            self._loop.add(self)


@coroutine
def _pause() -> Generator[None, None, None]:
    """Wait until the task is scheduled again."""
    yield


async def sleep(seconds: float) -> None:
    """Wait for so long."""
    with suppress(TimeoutError), TimeLimit(time.monotonic() + seconds):
        await _pause()


async def result_of(future: "Future[T]") -> T:
    """What another thread finds out, or the exception that it ends with; cancels it if the task is cancelled."""
    loop = running_loop()
    task = loop.running
    task.awaits = future
    future.add_done_callback(lambda _: loop.call(lambda: loop.resume(task, future)))
    try:
        await _pause()
    except BaseException:
        future.cancel()
        raise
    finally:
        task.awaits = None
    return future.result()


async def together(coroutines: Sequence[Coroutine[None, None, T]]) -> list[T]:
    """The results of all of them, which run at the same time. The first exception ends the others."""
    loop = running_loop()
    parent = loop.running
    left = len(coroutines)

    def ended() -> None:
        nonlocal left
        left -= 1
        if not left or any(task.error for task in tasks):
            loop.resume(parent, tasks)

    tasks: list[Task] = []
    tasks += [loop.begin(each, ended) for each in coroutines]
    try:
        while left and not any(task.error for task in tasks):
            parent.awaits = tasks
            await _pause()
    finally:
        parent.awaits = None
        for task in tasks:
            loop.cancel(task)
    for task in tasks:
        if task.error:
            raise task.error
    return [task.result for task in tasks]
