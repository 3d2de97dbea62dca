"""Many endpoints at a time: a stream of targets in, a stream of observations out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from queue import SimpleQueue

from certgate.model.frozen import changeable
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.target import Target
from certgate.observe.clock import Clock, utc_now
from certgate.observe.evidence.rounds import MAX_ROUNDS, Answers, Completion, with_answers
from certgate.observe.fence import incomplete_by
from certgate.observe.tls.observers import Observers
from certgate.observe.tls.options import ObserveOptions
from certgate.observe.tls.schedule import Schedule
from certgate.system.stop import Interrupted, Stop

__all__ = ["observe_endpoints"]


def observe_endpoints(
    targets: Iterable[Target],
    options: ObserveOptions,
    *,
    completion: Completion | None = None,
    stop: Stop | None = None,
    now: Clock = utc_now,
) -> Iterator[Observed]:
    """What is observed of each target, in the order in which that is done.

    Targets are read as they are needed, by the thread that asks for the next observation: at most six times
    `options.concurrency` ahead of what was yielded. In that thread `completion` plans, too, what has still to be
    fetched; the network has its own thread, which goes on in the meantime.

    Once the time of the run is over, no further target is begun or read. After `stop`, neither is one, and what is
    known of those under way is yielded as INTERRUPTED.
    Raises what `targets` raises.
    """
    return _Run(targets, options, completion, stop or Stop(), now).run()


@changeable(slots=True)
class _UnderWay:
    """A target that was begun: what was observed of it, and what is being fetched for that."""

    target: Target
    observed: Observed | None = None
    answers: Answers = ()
    rounds: int = 0


class _Run:
    """The state of one call."""

    def __init__(
        self,
        targets: Iterable[Target],
        options: ObserveOptions,
        completion: Completion | None,
        stop: Stop,
        now: Clock,
    ) -> None:
        self._completion = completion
        self._stop = stop
        self._concurrency = options.concurrency
        self._schedule = Schedule(targets, concurrency=options.concurrency, per_host=options.per_host)
        self._under_way: dict[int, _UnderWay] = {}
        self._inbox: SimpleQueue[Sequence[tuple[Target, Observed | None]] | None] = SimpleQueue()
        """What was observed; nothing where something was fetched for that; None where nothing more will come."""
        self._observers = Observers(options, now, self._inbox.put, self._wake)

    def run(self) -> Iterator[Observed]:
        self._stop.call(self._wake)
        try:
            with self._observers:
                self._fill()
                while self._under_way and (heard := self._inbox.get()) is not None:
                    seen = [self._seen(*event) for event in heard]
                    self._fill()
                    yield from filter(None, seen)
                if self._stop.wanted:
                    yield from self._unfinished()
        finally:
            self._stop.call_no_more(self._wake)

    def _wake(self) -> None:
        self._inbox.put(None)

    def _fill(self) -> None:
        """Begin as many observations as may be under way."""
        begun = []
        while len(self._under_way) < self._concurrency and not self._stop.out_of_time:
            if (target := self._schedule.take()) is None:
                break
            self._under_way[target.ordinal] = _UnderWay(target)
            begun.append(target)
        if begun:
            self._observers.begin(begun)

    def _seen(self, target: Target, observed: Observed | None) -> Observed | None:
        """What was observed if nothing is missing; else see to it that what is missing is fetched."""
        one = self._under_way.get(target.ordinal)
        if one is None or (one.answers and not all(answer.done() for answers in one.answers for answer in answers)):
            return None
        seen = self._completed(one, observed or one.observed)
        if seen is not None:
            del self._under_way[target.ordinal]
            self._schedule.release(target, silent=_is_silent(seen))
        return seen

    def _completed(self, one: _UnderWay, seen: Observed | None) -> Observed | None:
        """What was observed with what was fetched for it; None while there is more to fetch."""
        one.observed = seen
        if seen is None or self._completion is None:
            return seen
        try:
            with self._stop.breakable:
                one.observed = seen = with_answers(seen, one.answers)
                one.answers = self._completion.missing(seen) if one.rounds < MAX_ROUNDS else ()
        except Interrupted:
            return None
        except BaseException as error:
            return seen.each(partial(incomplete_by, error, phase=Phase.PLAN))
        one.rounds += 1
        for answer in chain.from_iterable(one.answers):
            answer.add_done_callback(lambda _: self._inbox.put([(one.target, None)]))
        return None if one.answers else seen

    def _unfinished(self) -> Iterator[Observed]:
        """What is known of all that is under way."""
        self._observers.interrupt()
        while not self._inbox.empty():
            for target, observed in self._inbox.get() or ():
                if observed and target.ordinal in self._under_way:
                    self._under_way[target.ordinal].observed = observed
        for one in self._under_way.values():
            if one.observed is not None:
                yield one.observed if self._completion is None else one.observed.each(_cut_short)


_SILENT = frozenset({FailureKind.TIMED_OUT, FailureKind.GREETING_MISSING})


def _is_silent(observed: Observed) -> bool:
    return all(seen.failure and seen.failure.kind in _SILENT for seen in observed.observations)


def _cut_short(observation: Observation) -> Observation:
    """An observation for which there was no time to fetch what was missing."""
    failure = Failure(FailureKind.INTERRUPTED, Phase.PLAN, "the run was interrupted")
    return observation if observation.failure else replace(observation, failure=failure)
