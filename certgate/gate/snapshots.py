"""Snapshots of saved observations: as they are, or evaluated by a policy."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from certgate.gate.observing import Observing
from certgate.gate.planning import prepare
from certgate.gate.run_spec import RunSpec
from certgate.gate.running import run
from certgate.judge.chain import sent
from certgate.judge.seen import seen_certificate, seen_target, spoken
from certgate.model.errors import CertgateError, UsageError
from certgate.model.finding import Severity
from certgate.model.listener import Listener
from certgate.model.observation import Observed
from certgate.model.snapshot import ComparedRun, SeenTarget, Snapshot
from certgate.model.verdict import RunHeader, TargetResult
from certgate.sources.interface import Declared
from certgate.system.stop import Stop

__all__ = ["evaluated", "observed"]


def observed(path: str, saved: Iterable[Observed]) -> Snapshot:
    """The snapshot of saved observations, without findings. Raises UsageError for an incomplete file."""
    times: list[datetime] = []
    targets = {one.id: one for one in _seen(saved, times)}
    if not targets:
        raise UsageError(f"{path}: contains no observation")
    _refuse_incomplete(path, targets)
    run = ComparedRun(name=path, at=min(times), rules=None, targets=len(targets))
    return Snapshot(run=run, targets=targets)


def evaluated(path: str, declared: Declared, stop: Stop) -> Snapshot:
    """The snapshot of saved observations with findings, each evaluated at its own time.

    Raises UsageError for an incomplete file, CertgateError if not everything could be evaluated.
    """
    gate = prepare(declared.source.targets(), RunSpec(fail_on=declared.fail_on))
    collector = _Collector()
    observe = Observing(declared.source.observer(), gate.judges, None, stop)
    summary = run(gate, declared.source.targets(), observe, [collector], stop=stop)
    if not summary.is_whole:
        raise CertgateError(f"{path}: could not be evaluated: {'; '.join(summary.faults) or 'interrupted'}")
    _refuse_incomplete(path, collector.targets)
    rules, seen = frozenset(gate.header.rules), collector.targets
    return Snapshot(run=ComparedRun(name=path, at=min(collector.times), rules=rules, targets=len(seen)), targets=seen)


class _Collector(Listener):
    """Collects the parts of each result that are compared."""

    name = "the comparison"

    def __init__(self) -> None:
        self._fail_on = Severity.ERROR
        self.targets: dict[str, SeenTarget] = {}
        self.times: list[datetime] = []

    def begin(self, header: RunHeader) -> None:
        self._fail_on = header.fail_on

    def add(self, result: TargetResult) -> None:
        self.targets[result.target.id] = seen_target(result, self._fail_on)
        self.times += [seen.observed_at for seen in result.observations]


def _refuse_incomplete(path: str, targets: Mapping[str, SeenTarget]) -> None:
    """Raise UsageError for an incomplete file: such a file is a target itself, and unreadable."""
    if path in targets:
        raise UsageError(f"{targets[path].unreachable}; compare whole runs")


def _seen(saved: Iterable[Observed], times: list[datetime]) -> Iterator[SeenTarget]:
    for one in saved:
        times += [seen.observed_at for seen in one.observations]
        failures = [seen.failure.detail for seen in one.observations if seen.failure]
        certificates = [seen_certificate(c) for seen in one.observations if not seen.vantage.probe for c in sent(seen)]
        protocols, groups = spoken(one.observations)
        yield SeenTarget(
            id=one.target.id,
            certificates=tuple(dict.fromkeys(certificates)),
            protocols=protocols,
            groups=groups,
            unreachable="" if certificates else next(iter(failures), ""),
        )
