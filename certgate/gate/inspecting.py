"""Inspects targets: observes them, and tells what is there, without a policy."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from certgate.judge.inspection import Inspection, inspect_target
from certgate.judge.judge import clock_of
from certgate.model.counted import plural
from certgate.model.errors import CertgateError
from certgate.model.observation import Observed
from certgate.observe.stores.trust_stores import load_store
from certgate.sources.interface import TargetSource
from certgate.system.stop import Stop

__all__ = ["inspect_all", "observe_all"]

_MANY = 200
"""Targets from which on nobody should wait without a word."""


def inspect_all(
    source: TargetSource, stores: Sequence[str], *, at: datetime | None, stop: Stop
) -> Iterator[Inspection]:
    """Inspect every target, each observation by itself, as of `at` or of the time of the observation.

    Each word in `stores` names one trust store. Raises UsageError for a target or a store that cannot be read,
    CertgateError if it is interrupted.
    """
    known = [load_store((word,)) for word in stores]
    for observed in observe_all(source, stop):
        yield from inspect_target(observed, known, at or clock_of(observed))


def observe_all(source: TargetSource, stop: Stop, tell: Callable[[str], None] | None = None) -> Sequence[Observed]:
    """The observations of every target, in the order of declaration. If there are many, `tell` gets their number first.

    Raises UsageError for a target that cannot be read, CertgateError if it is interrupted.
    """
    targets = list(source.targets())
    if tell and len(targets) >= _MANY:
        tell(f"observing {plural(len(targets), 'target')}")
    observed = {one.target.ordinal: one for one in source.observer().observe(iter(targets), completion=None, stop=stop)}
    if stop.wanted:
        raise CertgateError("interrupted before everything was seen")
    if len(observed) < len(targets):
        raise CertgateError("a bug in certgate: a target was lost while it was observed; please report it")
    return [observed[ordinal] for ordinal in sorted(observed)]
