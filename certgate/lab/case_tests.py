"""Runs the tests of policies: evaluates each chain, and compares the findings with those expected."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

from certgate.gate import RunSpec, prepare
from certgate.lab.pki import CLOCK
from certgate.model.errors import UsageError
from certgate.model.finding import Finding
from certgate.model.frozen import frozen
from certgate.model.observation import Observed
from certgate.observe.files.chain_file import observe_file
from certgate.policy.cases import Case, Expect, differences

__all__ = ["CaseResult", "run_cases"]


@frozen(slots=True)
class CaseResult:
    """The result of a case."""

    case: Case
    missing: Sequence[Expect]
    unexpected: Sequence[Finding]

    @property
    def is_right(self) -> bool:
        """Whether it gave exactly the expected findings."""
        return not (self.missing or self.unexpected)


def run_cases(cases: Sequence[Case]) -> Iterator[CaseResult]:
    """Each case's result. Raises UsageError."""
    with ExitStack() as stack:
        served = _served([case for case in cases if case.lab], stack)
        for case in cases:
            yield CaseResult(case, *differences(case, _findings(case, served)))


def _findings(case: Case, served: Mapping[str, Observed]) -> Sequence[Finding]:
    observed = served[case.lab] if case.lab else Observed(case.target, (observe_file(case.target),))
    target = observed.target
    if case.lab:
        declared = case.target
        target = replace(target, id=declared.id or target.id, policy=declared.policy, labels=declared.labels)
    judges = prepare([replace(target, ordinal=0)], RunSpec(at=case.at or CLOCK)).judges
    return judges.judge(replace(observed, target=judges.decided(target))).findings


def _served(cases: Sequence[Case], stack: ExitStack) -> Mapping[str, Observed]:
    """The scenarios' targets as the lab declares them, with their observations on loopback.

    The lab and the trust stores that the targets name exist until `stack` ends. Raises UsageError.
    """
    if not cases:
        return {}
    from certgate.lab.lab import SCENARIO_LABEL, Lab
    from certgate.lab.scenarios import chosen
    from certgate.lab.verify import declared

    for case in cases:
        try:
            chosen([case.lab])
        except UsageError as error:
            raise UsageError(f"{case.place}: {error}") from error
    lab = stack.enter_context(Lab(chosen(sorted({case.lab for case in cases}))))
    targets, observe = declared(lab, at_once=len(cases))
    return {seen.target.labels[SCENARIO_LABEL]: seen for seen in observe(iter(targets))}
