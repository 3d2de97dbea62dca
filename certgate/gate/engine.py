"""What runs a plan over targets: in this process today; results are the same, in the same order, whatever does it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Protocol, TypeVar

from certgate.gate.ledger import Ledger
from certgate.model.bug import bug
from certgate.model.errors import CertgateError
from certgate.model.observation import Failure, FailureKind, Observed, Phase
from certgate.model.target import Target
from certgate.system.stop import Stop

__all__ = ["Engine", "Inline", "Work"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Work(Protocol[T_co]):
    """What is done about each target, and what comes of it."""

    @property
    def stop(self) -> Stop:
        """Whether the run is to end."""

    def observe(self, targets: Iterator[Target]) -> Iterator[Observed]:
        """What is observed of the targets, in whatever order; reads them as it needs them."""

    def judge(self, observed: Observed) -> T_co:
        """The result of what was observed. Raises nothing because of one target."""

    def unseen(self, target: Target, failure: Failure) -> T_co:
        """The result of a target that was not observed."""


class Engine(ABC):
    """Turns a stream of targets into a stream of results. A new engine has only to say how they come about."""

    @abstractmethod
    def results(self, work: Work[T], targets: Iterator[Target]) -> Iterator[tuple[Target, T]]:
        """Results as they come, in whatever order. Reads `targets` as it needs them."""

    def run(self, work: Work[T], targets: Iterable[Target], ledger: Ledger[T]) -> Iterator[T]:
        """A result of every target, each exactly once, in the order of declaration: so says the ledger.

        Raises CertgateError where a target cannot be declared. What else goes wrong costs the targets that are under
        way, and is noted in the ledger.
        """
        declared = ledger.declare(targets)
        try:
            for target, result in self.results(work, declared):
                if ledger.awaits(target):
                    yield from ledger.settle(target, result)
        except CertgateError:
            raise
        except BaseException as error:
            ledger.note(bug(error, "the engine"))
        for target in chain(ledger.unsettled, declared):
            yield from ledger.settle(target, work.unseen(target, _why(work.stop)))


class Inline(Engine):
    """In this process: what is judged is judged by the thread that asks for results."""

    def results(self, work: Work[T], targets: Iterator[Target]) -> Iterator[tuple[Target, T]]:
        """One after the other, as they are observed."""
        for observed in work.observe(targets):
            yield observed.target, work.judge(observed)


def _why(stop: Stop) -> Failure:
    if stop.wanted:
        detail = "the run was interrupted before this target was observed"
        return Failure(FailureKind.INTERRUPTED, Phase.RESOLVE, detail)
    detail = "a bug in certgate: this target was lost while observing; please report it"
    return Failure(FailureKind.INTERNAL, Phase.RESOLVE, detail)
