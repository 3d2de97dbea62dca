"""Engines, which run a plan over targets: the results and their order do not depend on the engine."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Protocol, TypeVar

from certgate.gate.ledger import Ledger
from certgate.model.bug import bug
from certgate.model.errors import CertgateError
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.target import Target
from certgate.observe.clock import utc_now
from certgate.sources.interface import Observer
from certgate.system.stop import Stop

if TYPE_CHECKING:
    from certgate.observe.journal.settled import Settled

__all__ = ["AHEAD", "CannotGoOn", "Engine", "Results", "Work"]

AHEAD = 10_000
"""More targets than one process observes in the 10 seconds that a slow one may take; results use about 30 MB."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Results = Sequence[tuple[Observed, T]]
"""Observations of targets, each with its result."""


class CannotGoOn(CertgateError):
    """An engine can observe no more targets; says why, and what to do."""


class Work(Protocol[T_co]):
    """Observes and judges targets.

    Pickling keeps only its description: unpickled in another process, it works there, with its own stop.
    """

    @property
    def stop(self) -> Stop:
        """Tells whether the run should end. An engine with other processes must pass that on to them."""

    def observe(self, targets: Iterator[Target]) -> Iterator[Observed]:
        """Observe the targets, in any order; reads them as it needs them. May be called several times."""

    def judge(self, observed: Observed) -> T_co:
        """The result for the observations of a target. Never raises because of one target."""

    def unseen(self, observed: Observed) -> T_co:
        """The result for a target that was not observed; its observation contains the failure that says why."""


class Engine(ABC):
    """Turns a stream of targets into a stream of results. A new engine only needs to implement `results`.

    Reads at most `ahead` targets (default: 10,000) from the oldest unfinished one on, which limits the results that
    wait for a slow target. At that limit the stream of targets for `results` ends; the next call gets the rest.
    """

    processes: int = 1
    """How many processes observe at the same time."""

    def __init__(self, *, ahead: int = AHEAD) -> None:
        self._ahead = ahead

    def resuming(self, observer: Observer, settled: "Settled") -> Observer:
        """The observer of a run that goes on: what is settled is not observed again."""
        from certgate.gate.resuming import Resuming

        return Resuming(observer, settled)

    @abstractmethod
    def results(self, work: Work[T], targets: Iterator[Target]) -> Iterator[Results[T]]:
        """The observations of targets with their results, in any order, those together that arrive together.

        Reads `targets` as it needs them, and ends after the last result. Raises CannotGoOn if that fails for all that
        are left.
        """

    def run(
        self,
        work: Work[T],
        targets: Iterable[Target],
        ledger: Ledger[T],
        on_observed: Callable[[Observed], object] = lambda _: None,
    ) -> Iterator[T]:
        """The result of every target, exactly once, in the order of declaration, as the ledger ensures.

        `on_observed` gets the observations of each target, in any order, before its result is yielded; and those that
        arrive together all before any other result is. Raises CertgateError if a target cannot be declared. Any other
        error is recorded in the ledger, and affects only the targets under way.
        """
        broken = ""

        def unseen(targets: Iterable[Target]) -> Iterator[T]:
            for target in targets:
                observed = Observed(target, (Observation(observed_at=utc_now(), failure=_why(work.stop, broken)),))
                on_observed(observed)
                ledger.settle(target, work.unseen(observed))
                yield from ledger.due()

        declared = ledger.declare(targets)
        try:
            for part in self._parts(declared, ledger):
                for arrived in self.results(work, part):
                    for observed, result in arrived:
                        if ledger.awaits(observed.target):
                            on_observed(observed)
                            ledger.settle(observed.target, result)
                    yield from ledger.due()
                yield from unseen(ledger.unsettled)
        except CannotGoOn as error:
            broken = str(error)
        except CertgateError:
            raise
        except BaseException as error:
            ledger.note(bug(error, "the engine"))
        yield from unseen(chain(ledger.unsettled, declared))

    def _parts(self, declared: Iterator[Target], ledger: Ledger[T]) -> Iterator[Iterator[Target]]:
        """Split the stream into parts, each of which ends at the limit of targets under way."""
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


def _why(stop: Stop, broken: str) -> Failure:
    if stop.wanted:
        detail = "the run was interrupted before this target was observed"
        return Failure(FailureKind.INTERRUPTED, Phase.RESOLVE, detail)
    if stop.out_of_time:
        detail = "the time of the run (--max-time) was over before this target was visited"
        return Failure(FailureKind.NOT_VISITED, Phase.RESOLVE, detail)
    if broken:
        return Failure(FailureKind.WORKER_LOST, Phase.RESOLVE, broken)
    detail = "a bug in certgate: this target was lost while it was observed; please report it"
    return Failure(FailureKind.INTERNAL, Phase.RESOLVE, detail)
