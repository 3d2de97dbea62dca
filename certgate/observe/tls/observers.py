"""The event loop that observes endpoints, in a thread of its own, so that checks do not delay handshakes."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from threading import Event, Thread
from types import TracebackType
from typing import Self

from certgate.model.frozen import making
from certgate.model.observation import Observation, Observed, Phase
from certgate.model.target import Target
from certgate.net.resolver import Resolver
from certgate.observe.clock import Clock
from certgate.observe.event_loop import Cancelled, EventLoop, Task
from certgate.observe.fence import incomplete_by
from certgate.observe.tls.endpoint import EndpointObserver
from certgate.observe.tls.options import ObserveOptions
from certgate.observe.tls.pace import Pace

__all__ = ["Observers"]

_new_observed = making(Observed)
_MOST_TOGETHER = 32
"""As many targets wait for no others; nor do half of those that may be under way, if that is fewer."""
_SECONDS_TOGETHER = 0.1
"""What the first of them waits at most."""
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
        self._under_way: dict[EndpointObserver, Task] = {}
        self._seen: list[tuple[Target, Observed]] = []
        self._most_together = min(_MOST_TOGETHER, options.concurrency // 2)
        self._wait_until = 0.0
        self._loop = EventLoop()
        self._thread = Thread(target=self._work, name="certgate-observe", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call(self._loop.stop)
        self._thread.join(_SECONDS_TO_END)
        self._resolver.close()

    def begin(self, targets: Sequence[Target]) -> None:
        """Observe these too."""
        self._loop.call(partial(self._begin, targets))

    def interrupt(self) -> None:
        """End what is under way; `observed` is called with what is known of it before this returns."""
        done = Event()
        self._loop.call(partial(self._interrupt, done))
        if self.is_alive:
            done.wait(_SECONDS_TO_END)

    @property
    def is_alive(self) -> bool:
        """Whether targets are still being observed."""
        return self._thread.is_alive()

    def _work(self) -> None:
        try:
            self._loop.run()
        finally:
            self._hand_on()
            self._ended()

    def _begin(self, targets: Sequence[Target]) -> None:
        for target in targets:
            try:
                observer = EndpointObserver(target, self._options, self._resolver, self._now, self._pace)
                observing = observer.observe()
            except BaseException as error:
                self._failed(target, error)
            else:
                self._under_way[observer] = self._loop.begin(observing, partial(self._done, observer))

    def _done(self, observer: EndpointObserver) -> None:
        """Hand on what was observed. What was cancelled stays under way, and `interrupt` tells of it."""
        task = self._under_way[observer]
        if isinstance(task.error, Cancelled):
            return
        del self._under_way[observer]
        if task.error is None:
            self._add(observer.target, task.result)
        else:
            self._failed(observer.target, task.error)

    def _failed(self, target: Target, error: BaseException) -> None:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            error = RuntimeError()  # nobody in this thread has a say in the end of the process
        self._add(target, (incomplete_by(error, Observation(observed_at=self._now()), Phase.RESOLVE),))

    def _add(self, target: Target, observations: tuple[Observation, ...]) -> None:
        """Hand it on soon."""
        if not self._seen:
            self._wait_until = time.monotonic() + _SECONDS_TOGETHER
            self._loop.call(self._hand_on_together)
        self._seen.append((target, _new_observed(target, observations)))

    def _hand_on_together(self) -> None:
        """Hand on what was observed once nothing else is to be done, it is enough, or the first has waited for long.

        Each time another thread goes on in its turn, on another core, as much time is lost as a target takes.
        """
        is_early = len(self._seen) < self._most_together and time.monotonic() < self._wait_until
        if is_early and self._loop.is_busy:
            self._loop.call(self._hand_on_together)
        else:
            self._hand_on()

    def _hand_on(self) -> None:
        if self._seen:
            self._observed(tuple(self._seen))
            self._seen.clear()

    def _interrupt(self, done: Event) -> None:
        self._loop.cancel_all()
        for observer in self._under_way:
            self._seen.append((observer.target, Observed(observer.target, observer.interrupted())))
        self._under_way.clear()
        self._hand_on()
        done.set()
