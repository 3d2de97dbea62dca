"""Counts the results of a run as they pass."""

from certgate.model.finding import Outcome, Severity
from certgate.model.verdict import Notice, RunSummary, TargetResult, Verdict

__all__ = ["Tally"]


class Tally:
    """Targets by verdict, and findings by what they count for."""

    def __init__(self, fail_on: Severity) -> None:
        self._fail_on = fail_on
        self._targets = dict.fromkeys(Verdict, 0)
        self._violations = self._warnings = self._undecided = self._waived = self._known = 0

    def add(self, result: TargetResult) -> None:
        """Count one target."""
        self._targets[result.verdict] += 1
        for finding in result.wrong:
            if finding.violates(self._fail_on):
                self._violations += 1
            elif finding.waiver is not None:
                self._waived += 1
            elif finding.known:
                self._known += 1
            elif finding.outcome is Outcome.FAIL:
                self._warnings += 1
            elif finding.undecided:
                self._undecided += 1

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
