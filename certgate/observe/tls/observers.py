"""The event loop that observes endpoints, in a thread of its own, so that checks do not delay handshakes."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Self

from certgate.model.observation import Observation, Observed, Phase
from certgate.model.target import Target
from certgate.net.resolver import Resolver
from certgate.observe.clock import Clock
from certgate.observe.fence import incomplete_by
from certgate.observe.tls.endpoint import EndpointObserver
from certgate.observe.tls.options import ObserveOptions
from certgate.observe.tls.pace import Pace

__all__ = ["Observers"]

_SECONDS_TO_END = 5.0
"""What the loop may take to cancel what is under way; it never waits for a peer."""


class Observers:
    """Observes what it is given, all at a time, while the context lasts; leaving it cancels what is under way."""

    def __init__(
        self,
        options: ObserveOptions,
        now: Clock,
        observed: Callable[[Sequence[tuple[Target, Observed]]], object],
        ended: Callable[[], object],
    ) -> None:
        """In the loop's thread, `observed` is called with what was observed of late, `ended` when no more will be."""
        self._options = options
        self._now = now
        self._observed = observed
        self._ended = ended
        self._resolver = Resolver(options.resolve)
        self._pace = Pace(options.rate)
        self._under_way: dict[EndpointObserver, asyncio.Task[None]] = {}
        self._seen: list[tuple[Target, Observed]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._work, name="certgate-observe", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wait_for(self._cancel())
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS_TO_END)
        self._resolver.close()

    def begin(self, targets: Sequence[Target]) -> None:
        """Observe these too."""
        self._loop.call_soon_threadsafe(self._begin, targets)

    def interrupt(self) -> None:
        """End what is under way; `observed` is called with what is known of it before this returns."""
        self._wait_for(self._interrupt())

    @property
    def is_alive(self) -> bool:
        """Whether targets are still being observed."""
        return self._thread.is_alive()

    def _wait_for(self, coroutine: Coroutine[None, None, None]) -> None:
        if not self.is_alive:
            coroutine.close()
            return
        with suppress(TookTooLong):
            asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_SECONDS_TO_END)

    def _work(self) -> None:
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._cancel())
        finally:
            self._loop.close()
            self._ended()

    def _begin(self, targets: Sequence[Target]) -> None:
        for target in targets:
            try:
                observer = EndpointObserver(target, self._options, self._resolver, self._now, self._pace)
            except BaseException as error:
                self._failed(target, error)
            else:
                self._under_way[observer] = self._loop.create_task(self._observe(observer))

    async def _observe(self, observer: EndpointObserver) -> None:
        try:
            observations = await observer.observe()
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            del self._under_way[observer]
            self._failed(observer.target, error)
        else:
            del self._under_way[observer]
            self._add(observer.target, observations)

    def _failed(self, target: Target, error: BaseException) -> None:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            error = RuntimeError()  # nobody in this thread has a say in the end of the process
        self._add(target, (incomplete_by(error, Observation(observed_at=self._now()), Phase.RESOLVE),))

    def _add(self, target: Target, observations: tuple[Observation, ...]) -> None:
        """Hand it on with all else that is observed in this round of the loop: waking another thread costs time."""
        if not self._seen:
            self._loop.call_soon(self._hand_on)
        self._seen.append((target, Observed(target, observations)))

    def _hand_on(self) -> None:
        if self._seen:
            self._observed(tuple(self._seen))
            self._seen.clear()

    async def _cancel(self) -> None:
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _interrupt(self) -> None:
        await self._cancel()
        for observer in self._under_way:
            self._seen.append((observer.target, Observed(observer.target, observer.interrupted())))
        self._under_way.clear()
        self._hand_on()
