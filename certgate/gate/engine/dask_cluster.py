"""The engine that has the workers of a Dask cluster observe and judge."""

import importlib
import logging
import pickle
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as TookTooLong
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from certgate.gate.engine.dask_address import DaskAddress
from certgate.gate.engine.dask_share import packed
from certgate.gate.engine.dask_task import about, end_run, observe_share
from certgate.gate.engine.interface import AHEAD, CannotGoOn, Engine, Results, Work
from certgate.gate.engine.lane import Lane
from certgate.gate.engine.worker import Hosts, Share
from certgate.gate.ledger import Ledger
from certgate.gate.resuming import Resuming
from certgate.model.bug import bug
from certgate.model.errors import CertgateError, UsageError
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.target import Target
from certgate.observe.clock import utc_now
from certgate.observe.journal.settled import Settled
from certgate.sources.interface import Observer

__all__ = ["DaskCluster"]

_MOST_AHEAD = 4
_FIRST, _MOST = 32, 500
"""Targets in one task: few at first, so that every worker gets some of a short list."""
_LOOKED_AT = 2_000
"""Targets that are read for one task, if some of them are for it."""
_TASKS = 2
"""Tasks that are handed out for each thread of the cluster: one under way, one that waits for its end."""
_CHECK = 5.0
"""Seconds after which the cluster is asked how many threads it has."""
_SECONDS_TO_ANSWER = 10.0
"""What the cluster may take to answer at the start."""
_SECONDS_TO_STOP = 1.0
"""What it may take later: a run that is interrupted must not wait longer."""
_PATIENCE = 60.0
"""Seconds that a run waits for a cluster without a worker."""

T = TypeVar("T")
R = TypeVar("R")


class DaskCluster(Engine):
    """Hands targets out to a cluster in tasks of some hundred, a bounded number of them at a time. For one run.

    Targets that need no connection are observed here, where their files are. So is a journal: what is settled is handed
    out with its observations, or judged here if they are too large for that.
    """

    def __init__(self, address: DaskAddress, *, patience: float = _PATIENCE) -> None:
        """Connect to the scheduler, and compare versions. Raises UsageError."""
        super().__init__(ahead=AHEAD * _MOST_AHEAD)
        self._address = address.text
        self._patience = patience
        self._client = _connected(address)
        self._run = secrets.token_hex(8)
        self._inbox: SimpleQueue[tuple[Lane, Any] | None] = SimpleQueue()
        """A lane with the future that is done; None when the run is to stop."""
        self._hosts: Hosts[Lane] = Hosts()
        self._lanes: list[Lane] = []
        self._here: list[Target] = []
        self._size = _FIRST
        self._checked = self._had_workers = time.monotonic()
        self._targets: Iterator[Target] = iter(())
        self._is_read = False
        self._work = b""
        self._settled: Settled | None = None
        try:
            self.processes = self._threads = max(1, self._compare())
        except UsageError:
            self._close()
            raise

    def resuming(self, observer: Observer, settled: Settled) -> Observer:
        """As any engine, but in this process alone: no worker has the journal."""
        self._settled = settled
        return _ResumingHere(observer, settled)

    def run(
        self,
        work: Work[T],
        targets: Iterable[Target],
        ledger: Ledger[T],
        on_observed: Callable[[Observed], object] = lambda _: None,
    ) -> Iterator[T]:
        """As any engine; at the end, the cluster stops what is under way, and forgets the run."""
        self._work = pickle.dumps(work)
        try:
            yield from super().run(work, targets, ledger, on_observed)
        finally:
            self._close()

    def results(self, work: Work[T], targets: Iterator[Target]) -> Iterator[Results[T]]:
        """Hand the targets out, and yield what comes back. Raises CannotGoOn if the cluster is lost."""
        self._targets, self._is_read = targets, False
        work.stop.call(self._wake)
        try:
            may_begin = self._begin(work)
            while (self._lanes or self._here) and not work.stop.wanted:
                yield from self._done_here(work)
                if self._lanes and (event := self._next_event(0 if may_begin else _CHECK)):
                    yield from self._finished(*event, work)
                may_begin = self._begin(work)
        finally:
            work.stop.call_no_more(self._wake)

    def _wake(self) -> None:
        self._inbox.put(None)

    def _next_event(self, seconds: float) -> tuple[Lane, Any] | None:
        if time.monotonic() - self._checked > _CHECK:
            self._check()
        try:
            return self._inbox.get(timeout=seconds)
        except Empty:
            return None

    def _check(self) -> None:
        """Ask how many threads there are. Raises CannotGoOn if there have been none for too long."""
        now = self._checked = time.monotonic()
        threads = sum((_within(_SECONDS_TO_STOP, self._client.nthreads) or {}).values())
        self._threads = threads or self._threads
        self._had_workers = now if threads else self._had_workers
        if now - self._had_workers > self._patience:
            raise CannotGoOn(f"the cluster at {self._address} has had no worker for {self._patience:.0f} seconds")

    def _begin(self, work: Work[Any]) -> bool:
        """Hand out one more task; false if as many as may be are under way, or no more targets can be read."""
        self._is_read |= work.stop.begins_no_more
        if self._is_read or len(self._lanes) >= max(1, _TASKS * self._threads):
            return False
        lane = Lane()
        read = 0
        while len(lane.kept) < self._size and not (lane.kept and read > _LOOKED_AT):
            if (target := next(self._targets, None)) is None:
                self._is_read = True
                break
            read += 1
            if target.source.needs_connection:
                self._hosts.owner(target, lane).kept.append(target)
            else:
                self._here.append(target)
        if lane.kept:
            self._lanes.append(lane)
            self._go_on(lane, work)
        return True

    def _done_here(self, work: Work[T]) -> Iterator[Results[T]]:
        targets, self._here = self._here, []
        for observed in work.observe(iter(targets)) if targets else ():
            yield ((observed, work.judge(observed)),)

    def _go_on(self, lane: Lane, work: Work[Any]) -> None:
        """Hand out what comes next in a lane; if there is nothing, the lane is over."""
        while not work.stop.begins_no_more and (targets := lane.next(self._size)):
            share, count = packed(map(self._recalled, targets))
            lane.put_back(targets[max(1, count) :])
            if count:
                self._hand_out(lane, share)
                return
            _, target = lane.under_way.popitem()
            self._hosts.release(target)
            self._here.append(target)
        self._release(lane.left())
        self._lanes.remove(lane)

    def _hand_out(self, lane: Lane, share: bytes) -> None:
        self._size = min(2 * self._size, _MOST)
        version, _ = about()
        future = self._client.submit(observe_share, self._run, version, self._work, share, pure=False, retries=0)
        future.add_done_callback(lambda done: self._inbox.put((lane, done)))

    def _release(self, targets: Iterable[Target]) -> None:
        for target in targets:
            self._hosts.release(target)

    def _recalled(self, target: Target) -> Target | Observed:
        """The observations of the target, if they are settled; otherwise the target."""
        return (self._settled and self._settled.recall(target)) or target

    def _finished(self, lane: Lane, future: Any, work: Work[T]) -> Iterator[Results[T]]:
        """What a task hands back; if it failed, its targets are run again, in halves."""
        from distributed import KilledWorker

        try:
            results = pickle.loads(future.result(timeout=_SECONDS_TO_STOP))  # noqa: S301 (from a task of this run)
        except TookTooLong:
            self._inbox.put((lane, future))
            return
        except CancelledError as error:
            raise CannotGoOn(f"the connection to the scheduler at {self._address} was lost") from error
        except KilledWorker:
            yield from self._failed(lane, "every worker of the cluster that was given this target ended", work)
        except CertgateError as error:
            yield from self._failed(lane, str(error), work, splits=False)
        except Exception as error:
            yield from self._failed(lane, bug(error, "a worker of the cluster"), work)
        else:
            self._release(lane.under_way.values())
            lane.under_way = {}
            yield results
        future.release()
        self._go_on(lane, work)

    def _failed(self, lane: Lane, why: str, work: Work[T], *, splits: bool = True) -> Iterator[Results[T]]:
        share = Share(tuple(lane.under_way.values()), 1)
        lane.under_way = {}
        if splits and len(share.targets) > 1:
            lane.again.extendleft(reversed(share.halves()))
            return
        for target in share.targets:
            self._hosts.release(target)
            failure = Failure(FailureKind.WORKER_LOST, Phase.RESOLVE, why)
            observed = Observed(target, (Observation(observed_at=utc_now(), failure=failure),))
            yield ((observed, work.unseen(observed)),)

    def _compare(self) -> int:
        """The number of threads. Raises UsageError if a worker has another version, or there is none."""
        found = _within(_SECONDS_TO_ANSWER, lambda: self._client.run(about, on_error="return")) or {}
        if not found:
            raise UsageError(f"--engine: the cluster at {self._address} has no worker that answers; start some")
        for worker, versions in found.items():
            if isinstance(versions, BaseException):
                raise UsageError(f"--engine: certgate is not installed at {worker}: {type(versions).__name__}")
            if tuple(versions) != about():
                names = [f"certgate {one} with Python {python}" for one, python in (versions, about())]
                raise UsageError(f"--engine: {worker} has {names[0]}, and this is {names[1]}: install the same there")
        return sum((_within(_SECONDS_TO_ANSWER, self._client.nthreads) or {}).values())

    def _close(self) -> None:
        _within(_SECONDS_TO_STOP, lambda: self._client.run(end_run, self._run, on_error="ignore"))
        _within(_SECONDS_TO_STOP, lambda: self._client.close(timeout=_SECONDS_TO_STOP))


class _ResumingHere(Resuming):
    """Takes what is settled from the journal in this process alone: pickled, it is the other observer."""

    def __reduce__(self) -> tuple[Callable[[Observer], Observer], tuple[Observer]]:
        return _itself, (self._observer,)


def _itself(observer: Observer) -> Observer:
    return observer


def _connected(address: DaskAddress) -> Any:
    """A client of the scheduler. TLS uses the certificates of Dask's own configuration. Raises UsageError."""
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError as error:
        raise UsageError("--engine needs an extra: run `pip install 'certgate[dask]'`") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    secure = address.text.startswith("tls://")
    try:
        security = distributed.Security(require_encryption=True) if secure else None
        return distributed.Client(address.text, security=security, timeout=_SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, TypeError, ValueError, RuntimeError) as error:
        raise UsageError(f"--engine: no connection to the scheduler at {address.text}: {error}") from error


def _within(seconds: float, call: Callable[[], R]) -> R | None:
    """What the call returns; None if that takes longer, or fails."""
    found: SimpleQueue[R | None] = SimpleQueue()

    def answer() -> None:
        try:
            found.put(call())
        except Exception:
            found.put(None)

    Thread(target=answer, name="certgate-cluster", daemon=True).start()
    try:
        return found.get(timeout=seconds)
    except Empty:
        return None
