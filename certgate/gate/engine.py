"""Engines, which run a plan over targets: the results and their order do not depend on the engine."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Protocol, TypeVar

from certgate.gate.ledger import Ledger
from certgate.model.bug import bug
from certgate.model.errors import CertgateError
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.target import Target
from certgate.observe.clock import utc_now
from certgate.system.stop import Stop

__all__ = ["Engine", "Inline", "Work"]

_AHEAD = 10_000
"""Enough that no target which takes its full 10 seconds holds up others, at the rate of one process; about 30 MB."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Work(Protocol[T_co]):
    """What is done about each target, and what comes of it.

    It pickles as its description: another process makes from it what observes and judges there, and its own stop.
    """

    @property
    def stop(self) -> Stop:
        """Whether the run is to end; whoever runs work in another process tells it that there."""

    def observe(self, targets: Iterator[Target]) -> Iterator[Observed]:
        """What is observed of the targets, in whatever order; reads them as it needs them. May be called again."""

    def judge(self, observed: Observed) -> T_co:
        """The result of what was observed. Raises nothing because of one target."""

    def unseen(self, observed: Observed) -> T_co:
        """The result of a target that was not observed, but for the failure that says why."""


class Engine(ABC):
    """Turns a stream of targets into a stream of results. A new engine has only to say how they come about.

    Results that wait for a slow target are bounded: at most `ahead` targets are read, 10,000 unless given, from the
    oldest without a result on. Where that is reached, `results` is given the rest of the stream in another call.
    """

    def __init__(self, *, ahead: int = _AHEAD) -> None:
        self._ahead = ahead

    @abstractmethod
    def results(self, work: Work[T], targets: Iterator[Target]) -> Iterator[tuple[Observed, T]]:
        """What was observed of targets with the results, as they come, in whatever order.

        Reads `targets` as it needs them, and ends when it has handed on all that it read.
        """

    def run(
        self,
        work: Work[T],
        targets: Iterable[Target],
        ledger: Ledger[T],
        heard: Callable[[Observed], object] = lambda _: None,
    ) -> Iterator[T]:
        """A result of every target, each exactly once, in the order of declaration: so says the ledger.

        `heard` is told what was observed of each, in whatever order, before its result is handed on. Raises
        CertgateError where a target cannot be declared. What else goes wrong costs the targets that are under way, and
        is noted in the ledger.
        """

        def unseen(targets: Iterable[Target]) -> Iterator[T]:
            for target in targets:
                observed = Observed(target, (Observation(observed_at=utc_now(), failure=_why(work.stop)),))
                heard(observed)
                yield from ledger.settle(target, work.unseen(observed))

        declared = ledger.declare(targets)
        try:
            for part in self._parts(declared, ledger):
                for observed, result in self.results(work, part):
                    if ledger.awaits(observed.target):
                        heard(observed)
                        yield from ledger.settle(observed.target, result)
                yield from unseen(ledger.unsettled)
        except CertgateError:
            raise
        except BaseException as error:
            ledger.note(bug(error, "the engine"))
        yield from unseen(chain(ledger.unsettled, declared))

    def _parts(self, declared: Iterator[Target], ledger: Ledger[T]) -> Iterator[Iterator[Target]]:
        """The stream in parts, each of which ends where it is as far ahead as it may be."""
        is_far = True

        def part() -> Iterator[Target]:
            nonlocal is_far
            while ledger.under_way < self._ahead:
                if (target := next(declared, None)) is None:
                    return
                yield target
            is_far = True

        while is_far:
            is_far = False
            yield part()


class Inline(Engine):
    """In this process: what is judged is judged by the thread that asks for results."""

    def results(self, work: Work[T], targets: Iterator[Target]) -> Iterator[tuple[Observed, T]]:
        """One after the other, as they are observed."""
        for observed in work.observe(targets):
            yield observed, work.judge(observed)


def _why(stop: Stop) -> Failure:
    if stop.wanted:
        detail = "the run was interrupted before this target was observed"
        return Failure(FailureKind.INTERRUPTED, Phase.RESOLVE, detail)
    detail = "a bug in certgate: this target was lost while it was observed; please report it"
    return Failure(FailureKind.INTERNAL, Phase.RESOLVE, detail)
