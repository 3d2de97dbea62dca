"""The interface of sources: they declare targets as a stream, and tell how to observe them."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from certgate.model.finding import Severity
from certgate.model.frozen import frozen
from certgate.model.observation import Observed
from certgate.model.target import Target
from certgate.model.verdict import NotObserved
from certgate.observe.evidence.rounds import Completion
from certgate.system.stop import Stop

if TYPE_CHECKING:
    from certgate.observe.journal.journal_form import JudgedBy

__all__ = ["Declared", "Observer", "TargetSource"]


class Observer(ABC):
    """Observes targets. Equal observers observe in the same way, so one can replace the other."""

    needs_connection: ClassVar[bool] = False
    """Whether it waits for a network, so that observing many targets at a time pays off."""

    @abstractmethod
    def observe(self, targets: Iterator[Target], *, completion: Completion | None, stop: Stop) -> Iterator[Observed]:
        """The observations of each target, in any order, with the evidence that `completion` adds.

        Reads `targets` as it needs them. Begins no target once `stop` says so; may be called several times.
        """

    def shared_by(self, processes: int) -> "Observer":  # noqa: ARG002 (those with a limit of their own need it)
        """The observer for each of several processes that observe together, which keep to the limits of the run."""
        return self


class TargetSource(ABC):
    """Declares targets, and names their observer."""

    @abstractmethod
    def targets(self) -> Iterator[Target]:
        """The targets, with ordinals from 0 on. May raise UsageError, even at the end.

        Read once completely before anything is observed, and again during observation: a source keeps only input
        that cannot be read twice.
        """

    @property
    def left_out(self) -> int:
        """Declared targets that the run leaves out, as the options say; known once `targets` was read."""
        return 0

    @abstractmethod
    def observer(self) -> Observer:
        """The observer of these targets; called after they are declared. Raises UsageError."""


@frozen(kw_only=True)
class Declared:
    """The targets of a run, and the severity from which on it fails."""

    source: TargetSource
    fail_on: Severity
    accepted_until: date | None = None
    """The last day on which targets that are known not to answer do not count, if the configuration sets one."""
    not_observed: NotObserved | None = None
    only: tuple[str, ...] = ()
    """The values of --only."""
    named: tuple[str, ...] = ()
    """The command, and what declares the targets as the user named it: files, then arguments."""
    may_be_empty: bool = False
    """Whether a run without any target is compliant."""
    judged_by: "JudgedBy | None" = None
    """By what to judge targets that were observed before; None for the policies and stores that they name here."""
    is_part: bool = False
    """Whether only some targets are selected: by arguments, by --only, or because others need a connection."""
