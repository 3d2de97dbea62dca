"""The processes that judge objects: each has one at a time, and is replaced if it ends or does not answer."""

import asyncio
import pickle
import time
from collections import deque
from dataclasses import dataclass, field

from certgate.gate.engine.frames import FAULT, RESULTS, WANTS
from certgate.gate.engine.worker_process import WorkerProcess
from certgate.reports.complaint import complain
from certgate.sources.admitted import AdmittedObject
from certgate.webhook.judgement import Judgement, unjudged
from certgate.webhook.judging_process import MODULE
from certgate.webhook.object_judge import ObjectJudge

__all__ = ["MOST_WAITING", "JudgingPool"]

MOST_WAITING = 64
"""Objects that wait for a process."""
_LONGEST = 30.0
"""Seconds that one judgement may take before its process is replaced; the API server waits no longer."""
_PAUSE = 1.0
"""Seconds until a process that ended before it was ready is started again."""
_SECONDS_TO_STOP = 1.0


@dataclass(eq=False, slots=True)
class _Job:
    """An object that waits for its judgement."""

    admitted: AdmittedObject
    judgement: "asyncio.Future[Judgement]"


@dataclass(eq=False, slots=True)
class _Worker:
    process: WorkerProcess | None = None
    job: _Job | None = None
    is_ready: bool = False
    fault: str = ""
    limit: asyncio.TimerHandle | None = field(default=None, repr=False)

    @property
    def is_idle(self) -> bool:
        return self.is_ready and self.job is None


class JudgingPool:
    """Use it in one event loop, in the main thread: workers end together with the thread that starts them."""

    def __init__(self, judge: ObjectJudge, size: int, *, longest: float = _LONGEST) -> None:
        self._judge = judge
        self._longest = longest
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Job] = deque()
        self._workers = [_Worker() for _ in range(size)]
        self._is_open = True
        for worker in self._workers:
            self._start(worker)

    @property
    def is_ready(self) -> bool:
        """Whether a process can judge."""
        return self._is_open and any(worker.is_ready for worker in self._workers)

    @property
    def pids(self) -> list[int]:
        """The processes."""
        return [worker.process.pid for worker in self._workers if worker.process]

    def judge(self, admitted: AdmittedObject) -> "asyncio.Future[Judgement]":
        """The judgement to come. One that would wait too long is not made."""
        job = _Job(admitted, self._loop.create_future())
        if len(self._waiting) >= MOST_WAITING or not self._is_open:
            why = f"{MOST_WAITING} other objects wait for it" if self._is_open else "the webhook is ending"
            _answer(job, unjudged(f"{why}; try again"))
            return job.judgement
        self._waiting.append(job)
        self._hand_out()
        return job.judgement

    def close(self) -> None:
        """End the processes; what waits is not judged."""
        self._is_open = False
        for job in self._waiting:
            _answer(job, unjudged("the webhook is ending"))
        self._waiting.clear()
        processes = [worker.process for worker in self._workers if worker.process]
        for process in processes:
            process.end()
        until = time.monotonic() + _SECONDS_TO_STOP
        for process in processes:
            process.close(until)

    def _start(self, worker: _Worker) -> None:
        if not self._is_open:
            return
        worker.fault = ""
        try:
            worker.process = WorkerProcess(self._judge, self._overheard, MODULE)
        except OSError as error:
            complain(f"a process of the webhook cannot be started: {error.strerror or type(error).__name__}")
            self._loop.call_later(_PAUSE, self._start, worker)

    def _overheard(self, process: WorkerProcess, frame: bytes | None) -> None:
        """In the thread of a process."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._heard, process, frame)

    def _heard(self, process: WorkerProcess, frame: bytes | None) -> None:
        worker = next((one for one in self._workers if one.process is process), None)
        if worker is None:
            return
        if frame is None:
            self._lost(worker, process.ending)
        elif frame.startswith(FAULT):
            worker.fault = frame.removeprefix(FAULT).decode()
        elif frame == WANTS:
            worker.is_ready = True
        elif frame.startswith(RESULTS) and worker.job:
            _answer(worker.job, pickle.loads(frame.removeprefix(RESULTS)))  # noqa: S301 (from a process of its own)
            self._forget(worker)
        self._hand_out()

    def _lost(self, worker: _Worker, ending: str) -> None:
        was_ready, worker.is_ready, worker.process = worker.is_ready, False, None
        reason = f"a process of the webhook {ending}{f' ({worker.fault})' if worker.fault else ''}"
        if worker.job:
            _answer(worker.job, unjudged(reason))
            self._forget(worker)
        if self._is_open:
            complain(f"{reason}; another one is started")
            self._loop.call_later(0 if was_ready else _PAUSE, self._start, worker)

    def _hand_out(self) -> None:
        for worker in self._workers:
            if worker.is_idle and worker.process and (job := self._next()):
                worker.job = job
                worker.limit = self._loop.call_later(self._longest, worker.process.kill)
                worker.process.send(job.admitted)

    def _next(self) -> _Job | None:
        while self._waiting:
            job = self._waiting.popleft()
            if not job.judgement.done():
                return job
        return None

    @staticmethod
    def _forget(worker: _Worker) -> None:
        worker.job = None
        if worker.limit:
            worker.limit.cancel()


def _answer(job: _Job, judgement: Judgement) -> None:
    if not job.judgement.done():
        job.judgement.set_result(judgement)
