"""Many endpoints at a time: a stream of targets in, an observation of each out."""

import asyncio
from collections.abc import Callable, Iterable

from certgate.model.observation import FailureKind, Observation, Phase
from certgate.model.target import Target
from certgate.net.resolver import Resolver
from certgate.observe.clock import Clock, utc_now
from certgate.observe.fence import incomplete_by
from certgate.observe.options import ObserveOptions
from certgate.observe.schedule import Schedule
from certgate.observe.tls.endpoint import EndpointObserver
from certgate.stop import Stop
from certgate.trust.evidence_request import Complete

__all__ = ["observe_endpoints"]

Emit = Callable[[Target, Observation], None]


def observe_endpoints(
    targets: Iterable[Target],
    options: ObserveOptions,
    emit: Emit,
    *,
    complete: Complete | None = None,
    stop: Stop | None = None,
    now: Clock = utc_now,
) -> bool:
    """Observe each target and call `emit` once for it, in the order of completion. True if `stop` ended it early.

    `complete` adds what is missing to an observation while its target is still under way.
    Targets are read as they are needed, at most five times `options.concurrency` ahead of what was emitted. After
    `stop` those that were read are emitted as INTERRUPTED, with what was known of them; the rest is not read.
    Raises what `targets` and `emit` raise, and then emits no more. It runs an event loop of its own, on which it
    calls both, so they must not wait for anything.
    """
    run = _Run(targets, options, emit, complete, stop or Stop(), now)
    try:
        with asyncio.Runner() as runner:
            runner.run(run.main())
    except KeyboardInterrupt:  # a handler of someone else's raised it inside the loop, where `main` was then cancelled
        if not run.interrupted:
            raise
    return run.interrupted


class _Run:
    """The state of one call."""

    def __init__(
        self,
        targets: Iterable[Target],
        options: ObserveOptions,
        emit: Emit,
        complete: Complete | None,
        stop: Stop,
        now: Clock,
    ) -> None:
        self.interrupted = False
        self._complete = complete
        self._stop = stop
        self._options = options
        self._emit = emit
        self._now = now
        self._schedule = Schedule(targets, concurrency=options.concurrency, per_host=options.per_host)
        self._resolver = Resolver(options.resolve)
        self._under_way: dict[EndpointObserver, asyncio.Task[None]] = {}

    async def main(self) -> None:
        """Observe until there are no more targets, or until this task is cancelled."""
        loop, this = asyncio.get_running_loop(), asyncio.current_task()
        self._ended: asyncio.Future[None] = loop.create_future()

        def cancel() -> None:
            if this:
                loop.call_soon_threadsafe(this.cancel)

        self._stop.call(cancel)
        try:
            self._fill()
            await self._ended
        except (asyncio.CancelledError, KeyboardInterrupt):
            await self._cancel()
            self._emit_unfinished()
        finally:
            self._stop.call_no_more(cancel)
            await self._cancel()
            self._resolver.close()

    def _fill(self) -> None:
        """Start as many observations as may be under way."""
        while len(self._under_way) < self._options.concurrency and (target := self._schedule.take()) is not None:
            observer = EndpointObserver(target, self._options, self._resolver, self._now)
            self._under_way[observer] = asyncio.create_task(self._observe(observer))
        if not self._under_way:
            self._ended.set_result(None)

    async def _observe(self, observer: EndpointObserver) -> None:
        observation = await observer.observe()
        try:
            if self._complete:
                observation = await self._completed(self._complete, observer.target, observation)
            if self._ended.done():
                return
            del self._under_way[observer]
            self._schedule.release(observer.target, silent=_is_silent(observation))
            self._emit(observer.target, observation)
            self._fill()
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            if not self._ended.done():
                self._ended.set_exception(error)

    @staticmethod
    async def _completed(complete: Complete, target: Target, observation: Observation) -> Observation:
        try:
            return await complete(target, observation)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            return incomplete_by(error, observation, Phase.PLAN)

    async def _cancel(self) -> None:
        tasks = self._under_way.values()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _emit_unfinished(self) -> None:
        for observer in self._under_way:
            self._emit(observer.target, observer.interrupted())
        for target in self._schedule.held_back():
            self._emit(target, EndpointObserver(target, self._options, self._resolver, self._now).interrupted())
        self.interrupted = True


def _is_silent(observation: Observation) -> bool:
    return observation.failure is not None and observation.failure.kind is FailureKind.TIMED_OUT
