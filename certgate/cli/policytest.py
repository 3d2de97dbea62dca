"""Runs the tests of policies: judges each case's chain, and holds the findings against those expected."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import typer

from certgate.gate import prepare
from certgate.model.errors import UsageError
from certgate.model.finding import Finding
from certgate.model.observation import Observed
from certgate.observe.files.chain_file import observe_file
from certgate.policy.cases import Case, Expect, differences
from certgate.reports.escape import for_terminal

__all__ = ["run_cases"]


def run_cases(cases: Sequence[Case]) -> int:
    """Print what differs in each case, and how many pass; the number of those that fail. Raises UsageError."""
    failed = 0
    with ExitStack() as stack:
        served = _served([case for case in cases if case.lab], stack)
        for case in cases:
            missing, unexpected = differences(case, _findings(case, served))
            if missing or unexpected:
                failed += 1
                typer.echo(f"FAILED {case.place}: {for_terminal(case.name)}")
                for line in _lines(missing, unexpected):
                    typer.echo(f"    {line}")
    typer.echo(f"{len(cases) - failed} of {len(cases)} cases pass.")
    return failed


def _lines(missing: Sequence[Expect], unexpected: Sequence[Finding]) -> Iterator[str]:
    for expected in missing:
        yield f"missing     {for_terminal(str(expected))}"
    for finding in unexpected:
        given = f"{finding.rule} ({finding.subject}): {finding.outcome}, {finding.severity}: {finding.message}"
        yield f"unexpected  {for_terminal(given)}"


def _findings(case: Case, served: dict[str, Observed]) -> Sequence[Finding]:
    from certgate.lab.pki import CLOCK

    observed = served[case.lab] if case.lab else Observed(case.target, (observe_file(case.target),))
    target = observed.target
    if case.lab:
        said = case.target
        target = replace(target, id=said.id or target.id, policy=said.policy, labels=said.labels)
    gate = prepare([replace(target, ordinal=0)], at=case.at or CLOCK)
    return gate.judge(replace(observed, target=target)).findings


def _served(cases: Sequence[Case], stack: ExitStack) -> dict[str, Observed]:
    """The scenarios' targets as the lab declares them, with what was observed of each on loopback.

    The lab, with the trust stores that the targets name, stays until `stack` ends. Raises UsageError.
    """
    if not cases:
        return {}
    from certgate.lab.lab import SCENARIO_LABEL, Lab
    from certgate.lab.scenarios import chosen
    from certgate.observe.tls.endpoints import observe_endpoints
    from certgate.observe.tls.options import ObserveOptions
    from certgate.policy.config import load_config
    from certgate.policy.targets import endpoint_targets

    for case in cases:
        try:
            chosen([case.lab])
        except UsageError as error:
            raise UsageError(f"{case.place}: {error}") from error
    config = load_config(stack.enter_context(Lab(chosen(sorted({case.lab for case in cases})))).config_file)
    targets = endpoint_targets(config.targets, policy=config.policy or "", trust=config.trust)
    options = ObserveOptions(timeout=config.timeout or 0, per_host=len(targets))
    return {seen.target.labels[SCENARIO_LABEL]: seen for seen in observe_endpoints(targets, options)}
