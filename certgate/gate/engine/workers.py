"""The engine that observes and judges in several processes of this machine."""

import pickle
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from certgate.gate.engine.frames import FAULT, OVER, RESULTS, WANTS
from certgate.gate.engine.interface import AHEAD, CannotGoOn, Engine, Results, Work
from certgate.gate.engine.worker import Hosts, Worker
from certgate.gate.engine.worker_process import WorkerProcess
from certgate.gate.ledger import Ledger
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.target import Target
from certgate.observe.clock import utc_now
from certgate.system.stop import Stop

__all__ = ["Workers"]

_MOST_AHEAD = 4
"""Workers for which more targets are read ahead: the results that wait for a slow target use 120 MB at most."""
_STARTS = 2
"""Processes in a row that end before they ask for targets, after which a worker is given up."""
_LOOKED_AT = 256
"""Targets that are read for one answer, if some of them are for the worker that asks."""
_SECONDS_TO_STOP = 1.0
"""What the workers may take to hand back what they have when the run is interrupted."""

_ADVICE = "perhaps memory or processes ran out: use fewer --workers, or a lower --concurrency"

T = TypeVar("T")


class Workers(Engine):
    """Hands targets out to processes, and those of a process that ends unexpectedly once more. For one run."""

    def __init__(self, count: int) -> None:
        super().__init__(ahead=AHEAD * min(count, _MOST_AHEAD))
        self.processes = count
        self._workers = [Worker() for _ in range(count)]
        self._inbox: SimpleQueue[tuple[WorkerProcess, bytes | None] | None] = SimpleQueue()
        """Frames from processes, with None where one has ended; None alone when the run is to stop."""
        self._hosts: Hosts[Worker] = Hosts()
        self._targets: Iterator[Target] = iter(())
        self._is_read = False
        """Whether no more can be read from `_targets`."""

    def results(self, work: Work[T], targets: Iterator[Target]) -> Iterator[Results[T]]:
        """Hand the targets out, and yield what comes back."""
        self._targets, self._is_read = targets, work.stop.begins_no_more
        if self._is_read:
            return
        work.stop.call(self._wake)
        try:
            for worker in self._workers:
                self._go_on(worker, work)
            while not work.stop.wanted and not (self._is_read and all(worker.is_done for worker in self._workers)):
                if event := self._inbox.get():
                    yield from self._heard(*event, work)
            if work.stop.wanted:
                yield from self._remains()
        finally:
            work.stop.call_no_more(self._wake)

    def run(
        self,
        work: Work[T],
        targets: Iterable[Target],
        ledger: Ledger[T],
        on_observed: Callable[[Observed], object] = lambda _: None,
    ) -> Iterator[T]:
        """As any engine; at the end, all processes end."""
        try:
            yield from super().run(work, targets, ledger, on_observed)
        finally:
            running = [worker.process for worker in self._workers if worker.process]
            for process in running:
                process.end()
            until = time.monotonic() + (0.0 if work.stop.wanted else _SECONDS_TO_STOP)
            for process in running:
                process.close(until)

    def _wake(self) -> None:
        self._inbox.put(None)

    def _heard(self, process: WorkerProcess, frame: bytes | None, work: Work[T]) -> Iterator[Results[T]]:
        worker = next(one for one in self._workers if one.process is process)
        if frame is None:
            yield from self._lost(worker, process.ending, work)
        elif frame == WANTS:
            worker.wants, worker.starts = True, 0
            self._answer(worker, work.stop)
        elif frame == OVER:
            for target in worker.over():
                self._hosts.release(target)
        elif frame.startswith(FAULT):
            worker.fault = frame.removeprefix(FAULT).decode()
        else:
            yield self._handed_back(worker, frame)

    def _handed_back(self, worker: Worker, frame: bytes) -> Results[Any]:
        results: Results[Any] = pickle.loads(frame.removeprefix(RESULTS))  # noqa: S301 (from a process of this run)
        for observed, _ in results:
            if target := worker.finish(observed.target.id):
                self._hosts.release(target)
        return results

    def _answer(self, worker: Worker, stop: Stop) -> None:
        """Send what a worker asked for. One that has nothing waits for the next targets that are read."""
        if not worker.wants:
            return
        if stop.begins_no_more:
            self._give_up()
        targets = worker.again()
        if targets is None:
            targets = self._next(worker)
        if targets or worker.is_busy:
            worker.send(targets)

    def _next(self, worker: Worker) -> Sequence[Target]:
        """The next targets for a worker; those that another one must have are kept for it."""
        found: list[Target] = []
        most, read = worker.next_size(), 0
        while len(found) < most and not (found and read > _LOOKED_AT):
            if worker.kept:
                found.append(worker.kept.popleft())
            elif (target := next(self._targets, None)) is not None:
                read += 1
                self._hosts.owner(target, worker).kept.append(target)
            else:
                self._is_read = True
                break
        return found

    def _give_up(self) -> None:
        """Hand out no more: whatever is left is told as not visited."""
        self._is_read = True
        for worker in self._workers:
            for target in worker.drop():
                self._hosts.release(target)

    def _lost(self, worker: Worker, ending: str, work: Work[T]) -> Iterator[Results[T]]:
        """A process ended unexpectedly: its targets are run again, in halves if it is not the first time."""
        share = worker.lose()
        if share.lost > 1 and len(share.targets) == 1:
            (target,) = share.targets
            self._hosts.release(target)
            detail = f"each worker process that was given this target {worker.reason(ending)}"
            failure = Failure(FailureKind.WORKER_LOST, Phase.RESOLVE, f"{detail}; {_ADVICE}")
            observed = Observed(target, (Observation(observed_at=utc_now(), failure=failure),))
            yield ((observed, work.unseen(observed)),)
        elif share.targets:
            worker.suspects.extendleft(reversed(share.halves() if share.lost > 1 else [share]))
        if work.stop.begins_no_more:
            self._give_up()
        elif not (self._is_read and worker.is_done):
            self._go_on(worker, work, worker.reason(ending))

    def _go_on(self, worker: Worker, work: Work[T], why: str = "") -> None:
        """Let a worker have its next targets, in a new process if it has none."""
        while worker.process is None and worker.starts < _STARTS:
            worker.starts += 1
            worker.fault = ""
            try:
                worker.process = WorkerProcess(work, lambda process, frame: self._inbox.put((process, frame)))
            except OSError as error:
                why = f"cannot be started: {error.strerror or type(error).__name__}"
        if worker.process is None:
            self._replace(worker, work, why)
        else:
            self._answer(worker, work.stop)

    def _replace(self, worker: Worker, work: Work[T], why: str) -> None:
        """Give all that a worker has to another one, as no process can be started for it. Raises CannotGoOn."""
        heir = next((one for one in self._workers if one.process or one.starts < _STARTS), None)
        if heir is None:
            raise CannotGoOn(f"a worker process {why}; {_ADVICE}")
        self._hosts.hand_over(worker, heir)
        heir.suspects.extend(worker.suspects)
        heir.kept.extend(worker.kept)
        worker.suspects.clear()
        worker.kept.clear()
        self._go_on(heir, work)

    def _remains(self) -> Iterator[Results[Any]]:
        """What the processes can still hand back, now that the run is to stop."""
        running = {worker.process: worker for worker in self._workers if worker.process}
        for process in running:
            process.end()
        until = time.monotonic() + _SECONDS_TO_STOP
        with suppress(Empty):
            while running:
                event = self._inbox.get(timeout=max(0.0, until - time.monotonic()))
                if event is None:
                    continue
                process, frame = event
                if frame is None:
                    running.pop(process).process = None
                elif frame.startswith(RESULTS):
                    yield self._handed_back(running[process], frame)
