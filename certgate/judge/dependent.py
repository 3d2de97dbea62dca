"""Answers that depend on other findings: one cause is reported once, and never turns into a pass."""

from collections.abc import Mapping
from dataclasses import replace

from certgate.model.finding import DEPENDS_ON, Finding, Outcome, Severity

__all__ = ["in_wrong_order", "once_per_cause"]


def once_per_cause(findings: tuple[Finding, ...], fail_on: Severity) -> tuple[Finding, ...]:
    """The findings; a failure is not checked instead if another rule reports its cause at least as severely.

    The answer is required if the failure would be a violation.
    """
    severest: dict[str, int] = {}
    for finding in findings:
        if finding.outcome is Outcome.FAIL:
            severest[finding.rule] = max(finding.severity.rank, severest.get(finding.rule, 0))
    return tuple(
        _dependent(f, f.cause, required=f.violates(fail_on))
        if f.outcome is Outcome.FAIL and severest.get(f.cause, -1) >= f.severity.rank
        else f
        for f in findings
    )


def in_wrong_order(findings: tuple[Finding, ...], rules: Mapping[str, str]) -> tuple[Finding, ...]:
    """The findings on a chain in the wrong order; passes of `rules`, which need the order, become not-checked."""
    return tuple(
        _dependent(f, rules[f.rule], required=True) if f.rule in rules and f.outcome is Outcome.PASS else f
        for f in findings
    )


def _dependent(finding: Finding, rule: str, *, required: bool) -> Finding:
    return replace(
        finding,
        outcome=Outcome.NOT_CHECKED,
        required=required,
        message=f"depends on {rule}",
        evidence={**finding.evidence, DEPENDS_ON: rule},
    )
