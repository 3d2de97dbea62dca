"""Counts the results of a run as they pass."""

from collections.abc import Sequence
from dataclasses import replace

from certgate.model.account import Account
from certgate.model.bug import tells_of_bug
from certgate.model.finding import Outcome, Severity
from certgate.model.observation import FailureKind, Observation
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.verdict import NoEndpoint, Notice, RunSummary, TargetResult, Verdict

__all__ = ["RunCounters"]

_UNSEEN = frozenset(
    {
        FailureKind.INTERNAL,
        FailureKind.INTERRUPTED,
        FailureKind.NOT_VISITED,
        FailureKind.WORKER_LOST,
        FailureKind.API_FAILED,
        FailureKind.FORBIDDEN,
    }
)
"""Failures that are not the target's, or that hide targets."""


class RunCounters:
    """Targets by verdict, and findings by outcome and severity."""

    def __init__(self, fail_on: Severity, *, may_be_empty: bool = False) -> None:
        """`may_be_empty` makes a run without any target compliant."""
        self._may_be_empty = may_be_empty
        self._fail_on = fail_on
        self.not_visited = 0
        """Targets that were not visited because the time of the run was over."""
        self._targets = dict.fromkeys(Verdict, 0)
        self._failures = dict.fromkeys(Severity, 0)
        self._failed = self._no_endpoint = 0
        self._unjudged = self._excused = self._unreachable = self._accepted = self._connections = 0
        self._violations = self._warnings = self._not_checked = self._waived = self._known = 0

    def add_no_endpoint(self, tried: NoEndpoint) -> None:
        """Count a target of a range at which no endpoint is."""
        self._no_endpoint += 1
        self._connections += tried.connections

    def add(self, result: TargetResult) -> None:
        """Count one target."""
        self._targets[result.verdict] += 1
        self._excused += result.is_excused
        self._unreachable += result.is_known
        self._accepted += result.is_accepted
        self.not_visited += any(map(_was_not_visited, result.observations))
        self._unjudged += _is_unjudged(result)
        self._connections += sum(seen.connections for seen in result.observations)
        self._failed += any(finding.rule == TARGET_OBSERVED for finding in result.wrong)
        for finding in result.wrong:
            if finding.outcome is Outcome.FAIL and not finding.excused:
                self._failures[finding.severity] += 1
            if finding.violates(self._fail_on):
                self._violations += 1
            elif finding.waiver is not None:
                self._waived += 1
            elif finding.excused:
                self._known += 1
            elif finding.outcome is Outcome.FAIL:
                self._warnings += 1
            elif finding.not_checked:
                self._not_checked += 1

    def account(self, declared: int, left_out: int = 0) -> Account:
        """The account of the declared targets, of which `left_out` were not to be observed."""
        return Account(
            declared=declared,
            observed=sum(self._targets.values()) - self._failed,
            no_endpoint=self._no_endpoint,
            failed=self._failed,
            left_out=left_out,
        )

    def summary(
        self,
        account: Account,
        *,
        exit_zero: bool = False,
        interrupted: bool = False,
        missing_ids: tuple[str, ...] = (),
        faults: Sequence[str] = (),
        notices: tuple[Notice, ...] = (),
    ) -> RunSummary:
        """The counts and the verdict of the run.

        An incomplete run, or one without a compliant target, is never compliant.
        """
        counted = RunSummary(
            verdict=Verdict.COMPLIANT,
            targets=self._targets,
            excused=self._excused,
            known_unreachable=self._unreachable,
            accepted_unreachable=self._accepted,
            violations=self._violations,
            warnings=self._warnings,
            failures=self._failures,
            connections=self._connections,
            not_checked=self._not_checked,
            interrupted=interrupted,
            not_visited=self.not_visited,
            unjudged=self._unjudged,
            exit_zero=exit_zero,
            waived=self._waived,
            known=self._known,
            notices=notices,
            account=account,
            missing=max(account.missing, 0),
            missing_ids=missing_ids,
            faults=tuple(faults),
        )
        return replace(counted, verdict=self._verdict(is_whole=counted.is_whole))

    def _verdict(self, *, is_whole: bool) -> Verdict:
        if self._targets[Verdict.VIOLATED]:
            return Verdict.VIOLATED
        is_decided = self._targets[Verdict.COMPLIANT] or (self._may_be_empty and not any(self._targets.values()))
        if self._targets[Verdict.INCOMPLETE] > self._accepted or not is_decided or not is_whole:
            return Verdict.INCOMPLETE
        return Verdict.COMPLIANT


def _was_not_visited(observation: Observation) -> bool:
    return observation.failure is not None and observation.failure.kind is FailureKind.NOT_VISITED


def _is_unjudged(result: TargetResult) -> bool:
    """Whether an answer about the target is missing that no observation of it explains."""
    failures = (seen.failure for seen in result.observations if seen.failure)
    answers = (answer for seen in result.observations for answer in seen.probes)
    is_decided = result.verdict is not Verdict.INCOMPLETE or result.is_accepted
    return (
        any(failure.kind in _UNSEEN for failure in failures)
        or any(tells_of_bug(answer.detail) for answer in answers)
        or any(finding.outcome is Outcome.CRASHED for finding in result.wrong)
        or not (is_decided or any(finding.not_checked for finding in result.wrong))
    )
