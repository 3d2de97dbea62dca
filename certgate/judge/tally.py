"""Counts the results of a run as they pass."""

from typing import NamedTuple

from certgate.judge.memo import Memo
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.verdict import Notice, RunSummary, TargetResult, Verdict

__all__ = ["Tally"]


class _Counts(NamedTuple):
    """Of the findings of one target, which are held so that their identity stays theirs."""

    findings: tuple[Finding, ...]
    violations: int
    warnings: int
    undecided: int
    waived: int
    known: int


class Tally:
    """Targets by verdict, and findings by what they count for."""

    def __init__(self, fail_on: Severity) -> None:
        self._fail_on = fail_on
        self._targets = dict.fromkeys(Verdict, 0)
        self._kept: Memo[_Counts] = Memo()
        self._violations = self._warnings = self._undecided = self._waived = self._known = 0

    def add(self, result: TargetResult) -> None:
        """Count one target."""
        self._targets[result.verdict] += 1
        counts = self._kept.get(id(result.findings), lambda: self._count(result.findings))
        self._violations += counts.violations
        self._warnings += counts.warnings
        self._undecided += counts.undecided
        self._waived += counts.waived
        self._known += counts.known

    def _count(self, findings: tuple[Finding, ...]) -> _Counts:
        failures = [finding for finding in findings if finding.outcome is Outcome.FAIL]
        counted = [finding for finding in failures if not finding.excused]
        violations = sum(finding.violates(self._fail_on) for finding in counted)
        undecided = sum(finding.undecided for finding in findings if finding.outcome is not Outcome.PASS)
        waived = sum(finding.waiver is not None for finding in failures)
        known = len(failures) - len(counted) - waived
        return _Counts(findings, violations, len(counted) - violations, undecided, waived, known)

    def summary(self, *, interrupted: bool, notices: tuple[Notice, ...] = ()) -> RunSummary:
        """The counts and the verdict of the run."""
        return RunSummary(
            next(v for v in (Verdict.VIOLATED, Verdict.INCOMPLETE, Verdict.COMPLIANT) if self._targets[v]),
            self._targets,
            self._violations,
            self._warnings,
            self._undecided,
            interrupted,
            self._waived,
            self._known,
            notices,
        )
