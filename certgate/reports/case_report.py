"""A failed test of a policy, for people."""

from collections.abc import Iterator, Sequence

from certgate.model.finding import Finding
from certgate.policy.cases import Case, Expect
from certgate.reports.escape import for_terminal

__all__ = ["failed_case"]


def failed_case(case: Case, missing: Sequence[Expect], unexpected: Sequence[Finding]) -> Iterator[str]:
    """The place of the case, then a line for each difference."""
    yield f"FAILED {case.place}: {for_terminal(case.name)}"
    for expected in missing:
        yield f"    missing     {for_terminal(str(expected))}"
    for finding in unexpected:
        found = f"{finding.rule} ({finding.subject}): {finding.outcome}, {finding.severity}: {finding.message}"
        yield f"    unexpected  {for_terminal(found)}"
