"""Snapshots of runs that are in files: reports, and saved observations, as they are or evaluated by a policy."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from certgate.gate.observing import Observing
from certgate.gate.planning import prepare
from certgate.gate.run_spec import RunSpec
from certgate.gate.running import run
from certgate.judge.chain import certificates_of_origin, sent
from certgate.judge.seen import seen_certificate, seen_target, spoken
from certgate.model.errors import CertgateError, UsageError
from certgate.model.finding import Severity
from certgate.model.listener import Listener
from certgate.model.observation import FailureKind, Observed, vantage_labels
from certgate.model.snapshot import ComparedRun, SeenTarget, Snapshot
from certgate.model.verdict import RunHeader, TargetResult
from certgate.observe.saved import saved_part, stream_saved
from certgate.reports.report_file import is_report_line, read_report, read_report_lines
from certgate.sources.interface import Declared
from certgate.system.named_files import Unreadable, read_file
from certgate.system.named_lines import named_lines
from certgate.system.stop import Stop

__all__ = ["evaluated", "observed", "read_runs"]

_LINES = (".jsonl", ".jsonl.gz")
"""Suffixes of files with saved observations, or with a report of --report jsonl."""
_MOST_BYTES = 1 << 30
"""Largest JSON report, in bytes."""
_LONGEST_LINE = 96 * 1024 * 1024


def read_runs(paths: Sequence[str], declare: Callable[[str], Declared] | None, stop: Stop) -> Sequence[Snapshot]:
    """The run of each file: a report of --report json or jsonl, or saved observations.

    `declare` gives saved observations a policy; without it, they are not evaluated. Raises UsageError for a file that
    is not the result of a whole run, CertgateError if not everything can be evaluated.
    """
    saved = [(path, _saved_part(path)) for path in paths]
    if declare and all(only is None for _, only in saved):
        raise UsageError("--policy is for saved observations: a report has its findings")
    found = []
    for path, only in saved:
        if only is None:
            found.append(_reported(path))
        elif declare:
            found.append(evaluated(path, declare(path), stop, only))
        else:
            found.append(observed(path, stream_saved(path), only))
    return found


def _saved_part(path: str) -> tuple[str, ...] | None:
    """The arguments of --only of a run whose observations the file has; None for a report. Raises UsageError."""
    if not path.endswith(_LINES):
        return None
    try:
        with named_lines(path, _LONGEST_LINE) as lines:
            first = next(lines, b"")
    except Unreadable as error:
        raise UsageError(f"{path}: {error}") from error
    if is_report_line(first):
        return None
    try:
        return saved_part(first)
    except UsageError as error:
        raise UsageError(f"{path}:1: {error}") from error


def _reported(path: str) -> Snapshot:
    try:
        if not path.endswith(_LINES):
            return read_report(path, read_file(path, _MOST_BYTES))
        with named_lines(path, _LONGEST_LINE) as lines:
            return read_report_lines(path, lines)
    except Unreadable as error:
        raise UsageError(f"{path}: {error}") from error


def observed(path: str, saved: Iterable[Observed], only: tuple[str, ...] = ()) -> Snapshot:
    """The snapshot of saved observations, without findings. Raises UsageError for an incomplete file."""
    times: list[datetime] = []
    targets = {one.id: one for one in _seen(path, saved, times)}
    if not targets:
        raise UsageError(f"{path}: contains no observation")
    _refuse_incomplete(path, targets)
    run = ComparedRun(name=path, at=min(times), rules=None, only=only, targets=len(targets))
    return Snapshot(run=run, targets=targets)


def evaluated(path: str, declared: Declared, stop: Stop, only: tuple[str, ...] = ()) -> Snapshot:
    """The snapshot of saved observations with findings, each evaluated at its own time.

    Raises UsageError for an incomplete file, CertgateError if not everything could be evaluated.
    """
    gate = prepare(declared.source.targets(), RunSpec(fail_on=declared.fail_on))
    collector = _Collector()
    observe = Observing(declared.source.observer(), gate.judges, None, stop)
    summary = run(gate, declared.source.targets(), observe, [collector], stop=stop)
    if summary.not_visited:
        raise _part_of_run(path)
    if not summary.is_whole:
        raise CertgateError(f"{path}: could not be evaluated: {'; '.join(summary.faults) or 'interrupted'}")
    _refuse_incomplete(path, collector.targets)
    rules, seen = frozenset(gate.header.rules), collector.targets
    compared = ComparedRun(name=path, at=min(collector.times), rules=rules, only=only, targets=len(seen))
    return Snapshot(run=compared, targets=seen)


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


def _part_of_run(path: str) -> UsageError:
    return UsageError(f"{path}: is of a run whose time was over before all targets were visited; compare whole runs")


def _seen(path: str, saved: Iterable[Observed], times: list[datetime]) -> Iterator[SeenTarget]:
    for one in saved:
        if any(seen.failure and seen.failure.kind is FailureKind.NOT_VISITED for seen in one.observations):
            raise _part_of_run(path)
        times += [seen.observed_at for seen in one.observations]
        failures = [seen.failure.detail for seen in one.observations if seen.failure]
        looks = zip(vantage_labels(one.looks), one.looks, strict=True)
        shown = (*(replace(c, vantage=at) for at, seen in looks for c in sent(seen)), *certificates_of_origin(one))
        certificates = [seen_certificate(certificate) for certificate in shown]
        protocols, groups = spoken(one.observations)
        yield SeenTarget(
            id=one.target.id,
            certificates=tuple(dict.fromkeys(certificates)),
            protocols=protocols,
            groups=groups,
            unreachable="" if certificates else next(iter(failures), ""),
        )
