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
"""One process observes fewer targets in the 10 seconds that a slow one may take; their results take about 30 MB."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Work(Protocol[T_co]):
    """Observes and judges targets.

    Pickles as its description: unpickled in another process, it observes and judges there, with a stop of its own.
    """

    @property
    def stop(self) -> Stop:
        """Whether the run is to end. An engine with other processes has to tell them."""

    def observe(self, targets: Iterator[Target]) -> Iterator[Observed]:
        """Observe the targets, in any order; reads them as it needs them. May be called several times."""

    def judge(self, observed: Observed) -> T_co:
        """The result of what was observed. Raises nothing because of one target."""

    def unseen(self, observed: Observed) -> T_co:
        """The result of a target that was not observed; its observation has the failure that says why."""


class Engine(ABC):
    """Turns a stream of targets into a stream of results. A new engine has only to implement `results`.

    At most `ahead` targets (default: 10,000) are read from the oldest unfinished one on, so that the results that wait
    for a slow target are bounded. At that limit the stream of `results` ends; the next call gets the rest.
    """

    def __init__(self, *, ahead: int = _AHEAD) -> None:
        self._ahead = ahead

    @abstractmethod
    def results(self, work: Work[T], targets: Iterator[Target]) -> Iterator[tuple[Observed, T]]:
        """The observations of targets with their results, in any order.

        Reads `targets` as it needs them, and ends after the last result.
        """

    def run(
        self,
        work: Work[T],
        targets: Iterable[Target],
        ledger: Ledger[T],
        heard: Callable[[Observed], object] = lambda _: None,
    ) -> Iterator[T]:
        """The result of every target, exactly once, in the order of declaration: the ledger makes sure of it.

        `heard` gets the observations of each target, in any order, before its result is yielded. Raises
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
        """The stream in parts. Each ends where it is as far ahead as is allowed."""
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
