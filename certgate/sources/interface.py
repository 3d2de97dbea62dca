"""The interface of sources: they declare targets as a stream, and tell how to observe them."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from certgate.model.finding import Severity
from certgate.model.observation import Observed
from certgate.model.target import Target
from certgate.model.verdict import NotObserved
from certgate.observe.evidence.rounds import Completion
from certgate.system.stop import Stop

__all__ = ["Declared", "Observer", "TargetSource"]


class Observer(ABC):
    """How targets are observed. Two that are equal observe the same way, and one of them is enough for both."""

    needs_connection: ClassVar[bool] = False
    """Whether it waits for others, so that it is worth while to observe many at a time."""

    @abstractmethod
    def observe(self, targets: Iterator[Target], *, completion: Completion | None, stop: Stop) -> Iterator[Observed]:
        """What is observed of each target, in whatever order; with what `completion` adds to it.

        Reads `targets` as it needs them. May end early once `stop` is wanted; may be called several times.
        """


class TargetSource(ABC):
    """Declares targets, and says how they are observed."""

    @abstractmethod
    def targets(self) -> Iterator[Target]:
        """The targets, their ordinals from 0 on. Raises UsageError, at the end too.

        Read to the end before anything is observed, and once more while it is: a source keeps what can be read only
        once, and nothing else.
        """

    @abstractmethod
    def observer(self) -> Observer:
        """How these are observed; called once they are declared. Raises UsageError."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a run gates, and from which severity on it fails."""

    source: TargetSource
    fail_on: Severity
    not_observed: NotObserved | None = None
    only: tuple[str, ...] = ()
    """The words of --only."""
    is_part: bool = False
    """The targets were selected: named as arguments, by --only, or without those that need a connection."""
