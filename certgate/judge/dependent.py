"""Answers that depend on other findings: one cause is reported once, and never turns into a pass."""

from collections.abc import Collection
from dataclasses import replace

from certgate.model.finding import Finding, Outcome

__all__ = ["in_wrong_order", "once_per_cause"]


def once_per_cause(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings; a failure whose cause another rule reports, no less severely, is not checked instead."""
    severest: dict[str, int] = {}
    for finding in findings:
        if finding.outcome is Outcome.FAIL:
            severest[finding.rule] = max(finding.severity.rank, severest.get(finding.rule, 0))
    return tuple(
        replace(f, outcome=Outcome.NOT_CHECKED, required=True, message=f"depends on {f.cause}")
        if f.outcome is Outcome.FAIL and severest.get(f.cause, -1) >= f.severity.rank
        else f
        for f in findings
    )


def in_wrong_order(findings: tuple[Finding, ...], rules: Collection[str]) -> tuple[Finding, ...]:
    """The findings on a chain that is not sent leaf first; passes of `rules`, which need the order, are not checked."""
    return tuple(
        replace(f, outcome=Outcome.NOT_CHECKED, required=True, message="depends on the order of the certificates")
        if f.rule in rules and f.outcome is Outcome.PASS
        else f
        for f in findings
    )
