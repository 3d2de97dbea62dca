"""Scans the lab, and holds what the gate says against what each scenario states."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from certgate.gate import Observe, RunSpec, prepare, run
from certgate.lab.lab import SCENARIO_LABEL, Lab
from certgate.lab.pki import CLOCK
from certgate.lab.scenario import Expected, Scenario
from certgate.model.finding import Finding, Outcome
from certgate.model.listener import Listener
from certgate.model.target import Target
from certgate.model.verdict import TargetResult
from certgate.sources.scan import EndpointOptions, ScanTargets, declare_scan
from certgate.system.stop import Stop

__all__ = ["Difference", "declared", "differences", "scan"]

_AT_ONCE = 24
"""Servers that are scanned at a time: all of them share one thread, which must answer each in time."""


@dataclass(frozen=True)
class Difference:
    """A finding that a scenario states and the gate does not give, or the other way round."""

    scenario: str
    expected: Expected
    finding: Finding | None
    """What the gate gave; None if it did not give what was expected."""


def scan(lab: Lab) -> Mapping[str, tuple[Finding, ...]]:
    """All findings, passes too, by the scenario's name, as a scan with the lab's configuration and clock gives them."""
    targets, observe = declared(lab, at_once=_AT_ONCE)
    results = _Results()
    run(prepare(targets, RunSpec(at=CLOCK)), targets, observe, [results])
    return results.findings


def declared(lab: Lab, *, at_once: int) -> tuple[Sequence[Target], Observe]:
    """The targets of the lab's configuration, and how they are observed, so many of them at a time."""
    where = ScanTargets(config=lab.config_file)
    source = declare_scan(where, EndpointOptions(per_host=at_once), fail_on=None, tell=lambda _: None).source
    targets = list(source.targets())
    return targets, partial(source.observer().observe, completion=None, stop=Stop())


def differences(scenario: Scenario, findings: Iterable[Finding]) -> list[Difference]:
    """Where the findings that are no pass are not exactly what the scenario states."""
    given = [f for f in findings if f.outcome is Outcome.FAIL or f.not_checked]
    missing = Counter(scenario.gives)
    found = []
    for finding in given:
        expected = Expected.of(finding)
        if missing[expected]:
            missing[expected] -= 1
        else:
            found.append(Difference(scenario.name, expected, finding))
    return [Difference(scenario.name, expected, None) for expected in missing.elements()] + found


class _Results(Listener):
    """Keeps each target's findings."""

    name = "the lab"

    def __init__(self) -> None:
        self.findings: dict[str, tuple[Finding, ...]] = {}

    def add(self, result: TargetResult) -> None:
        self.findings[result.target.labels[SCENARIO_LABEL]] = result.findings
