"""Saved observations: read once for the targets, and again for the observations."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.target import Revocation, Target, TrustMode
from certgate.observe.clock import utc_now
from certgate.observe.saved import stream_saved
from certgate.policy.references import policy_word, trust_words
from certgate.sources.context import FileOptions
from certgate.sources.interface import Observer, TargetSource
from certgate.sources.local import LocalObserver
from certgate.system.named_files import is_regular

__all__ = ["Saved", "overridden"]

_FRESH = timedelta(days=1)
_MOST_STARTS = 16
"""How often a file is read from its start for targets that are requested in another order than that of the file."""


class Saved(TargetSource):
    """A file of saved observations."""

    def __init__(self, path: str, options: FileOptions) -> None:
        self._path = path
        self._options = options
        self._kept: list[Observed] | None = None
        """The whole contents, if the file can be read only once."""
        self._is_regular = is_regular(path)

    def targets(self) -> Iterator[Target]:
        """The targets. Raises UsageError for old observations without --at: today's verdict needs today's facts."""
        oldest: datetime | None = None
        for observed in self._read():
            times = [seen.observed_at for seen in observed.observations]
            oldest = min(times if oldest is None else [oldest, *times])
            yield overridden(observed.target, self._options)
        if oldest is None:
            raise UsageError(f"{self._path}: contains no observation")
        if not self._options.at_given and utc_now() - oldest > _FRESH:
            raise UsageError(
                f"{self._path}: was observed on {oldest:%Y-%m-%d}; say by which clock to judge it: --at now, or a time"
            )

    def observer(self) -> Observer:
        """An observer that reads the file again from its start."""
        return _Reader(self._path, self._options, self._kept)

    def _read(self) -> Iterator[Observed]:
        if self._is_regular:
            yield from stream_saved(self._path)
            return
        if self._kept is None:
            self._kept = list(stream_saved(self._path))
        yield from self._kept


class _Reader(LocalObserver):
    """Finds the observations of targets, best requested in the order in which they were saved."""

    def __init__(self, path: str, options: FileOptions, kept: list[Observed] | None) -> None:
        super().__init__(options.supplement)
        self._path = path
        self._kept = kept
        self._saved: Iterator[Observed] = iter(())
        self._starts = 0

    def see(self, target: Target) -> tuple[Observation, ...]:
        try:
            found = self._next(target) or (self._begin_again() and self._next(target))
        except UsageError:
            found = None
        if found:
            return found.observations
        detail = f"{self._path} changed while it was being checked; run again"
        failure = Failure(FailureKind.INTERRUPTED, Phase.READ, detail)
        return (Observation(observed_at=utc_now(), failure=failure),)

    def _next(self, target: Target) -> Observed | None:
        """What is saved of the target in the rest of the file."""
        return next((saved for saved in self._saved if saved.target.id == target.id), None)

    def _begin_again(self) -> bool:
        """Read the file from its start, though not for every target that is gone."""
        if self._starts == _MOST_STARTS:
            return False
        self._starts += 1
        self._saved = stream_saved(self._path) if self._kept is None else iter(self._kept)
        return True


def overridden(target: Target, options: FileOptions) -> Target:
    """The saved target; options of the command line override its own values."""
    revocation = options.revocation or target.revocation
    evidence = options.crls or options.staple
    return replace(
        target,
        policy=policy_word(options.policy, Path()) if options.policy else target.policy,
        trust=trust_words(options.trust, Path()) or target.trust,
        trust_mode=TrustMode.UNION if options.trust else target.trust_mode,
        revocation=Revocation.GIVEN if revocation is Revocation.OFF and evidence else revocation,
        purpose=options.purpose or target.purpose,
    )
