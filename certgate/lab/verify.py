"""Scans the lab and checks its files, and holds what the gate says against what each scenario or example states."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from certgate.gate import Observe, RunSpec, prepare, run
from certgate.lab.file_example import FileExample
from certgate.lab.file_lab import check_files, write_files
from certgate.lab.lab import SCENARIO_LABEL, Lab
from certgate.lab.pki import CLOCK
from certgate.lab.scenario import Expected, Scenario
from certgate.model.finding import Finding, Outcome
from certgate.model.frozen import frozen
from certgate.model.listener import Listener
from certgate.model.target import Target
from certgate.model.verdict import TargetResult
from certgate.sources.scan import EndpointOptions, ScanTargets, declare_scan
from certgate.system.stop import Stop

__all__ = ["Difference", "declared", "differences", "judged", "scan"]

_AT_ONCE = 24
"""The number of servers scanned concurrently: they share one thread, which must answer each in time."""


@frozen()
class Difference:
    """A finding that a scenario or a file example expects and the gate does not give, or vice versa."""

    name: str
    expected: Expected
    finding: Finding | None
    """The gate's finding; None if an expected finding is missing."""


def judged(scenarios: Sequence[Scenario], examples: Sequence[FileExample]) -> Mapping[str, tuple[Finding, ...]]:
    """All findings, including passes, by the names of the scenarios and file examples. Raises OSError."""
    findings: dict[str, tuple[Finding, ...]] = {}
    if scenarios:
        with Lab(scenarios) as lab:
            findings |= scan(lab)
    if examples:
        with TemporaryDirectory() as folder:
            write_files(examples, Path(folder))
            findings |= check_files(Path(folder))
    return findings


def scan(lab: Lab) -> Mapping[str, tuple[Finding, ...]]:
    """All findings, including passes, by scenario name, from a scan with the lab's configuration and clock."""
    targets, observe = declared(lab, at_once=_AT_ONCE)
    results = _Results()
    run(prepare(targets, RunSpec(at=CLOCK)), targets, observe, [results])
    return results.findings


def declared(lab: Lab, *, at_once: int) -> tuple[Sequence[Target], Observe]:
    """The targets of the lab's configuration, and a function that observes them, `at_once` at a time."""
    where = ScanTargets(config=lab.config_file)
    source = declare_scan(where, EndpointOptions(per_host=at_once), fail_on=None, tell=lambda _: None).source
    targets = list(source.targets())
    return targets, partial(source.observer().observe, completion=None, stop=Stop())


def differences(case: Scenario | FileExample, findings: Iterable[Finding]) -> list[Difference]:
    """The differences between the findings that are not a pass and those that the case expects."""
    not_passed = [f for f in findings if f.outcome is Outcome.FAIL or f.not_checked]
    missing = Counter(case.gives)
    found = []
    for finding in not_passed:
        expected = Expected.of(finding)
        if missing[expected]:
            missing[expected] -= 1
        else:
            found.append(Difference(case.name, expected, finding))
    return [Difference(case.name, expected, None) for expected in missing.elements()] + found


class _Results(Listener):
    """Keeps each target's findings."""

    name = "the lab"

    def __init__(self) -> None:
        self.findings: dict[str, tuple[Finding, ...]] = {}

    def add(self, result: TargetResult) -> None:
        self.findings[result.target.labels[SCENARIO_LABEL]] = result.findings
