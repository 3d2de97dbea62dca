"""Observation without a connection: one target after the other, in the calling thread."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial

from certgate.model.evidence import Evidence
from certgate.model.frozen import frozen
from certgate.model.observation import Observation, Observed, Phase
from certgate.model.target import Target
from certgate.observe.clock import utc_now
from certgate.observe.evidence.rounds import Completion
from certgate.observe.fence import incomplete_by
from certgate.sources.interface import Observer
from certgate.system.stop import Interrupted, Stop

__all__ = ["LocalObserver", "Supplement", "completed"]


@frozen()
class Supplement:
    """Evidence from files that is added to observations."""

    staple_file: str | None = None
    crl_files: Sequence[str] = ()

    @cached_property
    def staple(self) -> bytes | None:
        """The OCSP response to add as a staple. Raises UsageError."""
        if not self.staple_file:
            return None
        from certgate.observe.evidence.given import read_staple

        return read_staple(self.staple_file)

    @cached_property
    def crls(self) -> tuple[Evidence, ...]:
        """The CRLs. Raises UsageError."""
        if not self.crl_files:
            return ()
        from certgate.observe.evidence.given import read_crls

        return tuple(crl for path in self.crl_files for crl in read_crls(path))

    def of(self, seen: Observation) -> Observation:
        """The observation with this evidence."""
        staple = seen.staple if self.staple is None else self.staple
        return replace(seen, staple=staple, evidence=(*seen.evidence, *self.crls))


class LocalObserver(Observer):
    """Observes one target at a time. An unforeseen error affects that target alone."""

    def __init__(self, supplement: Supplement) -> None:
        self._supplement = supplement

    @abstractmethod
    def see(self, target: Target) -> tuple[Observation, ...]:
        """Observe the target."""

    def observe(self, targets: Iterator[Target], *, completion: Completion | None, stop: Stop) -> Iterator[Observed]:
        """Observe in the order of the targets."""
        for target in targets:
            if stop.begins_no_more:
                return
            try:
                with stop.breakable:
                    seen = self._seen(target)
                    if completion:
                        seen = completed(completion, seen)
            except Interrupted:
                return
            yield seen

    def _seen(self, target: Target) -> Observed:
        try:
            return Observed(target, self.see(target)).each(self._supplement.of)
        except BaseException as error:
            nothing = Observation(observed_at=utc_now())
            return Observed(target, (incomplete_by(error, nothing, Phase.READ),))


def completed(completion: Completion, observed: Observed) -> Observed:
    """The observations with their missing evidence; incomplete after an unforeseen error. Waits for the fetches."""
    try:
        return completion.complete(observed)
    except BaseException as error:
        return observed.each(partial(incomplete_by, error, phase=Phase.PLAN))
