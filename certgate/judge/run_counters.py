"""Counts the results of a run as they pass."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from certgate.model.account import Account
from certgate.model.bug import tells_of_bug
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.findings import Findings
from certgate.model.kept import Kept
from certgate.model.observation import FailureKind
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


class _Tally(NamedTuple):
    """What is counted of the findings of one target."""

    counts: Sequence[tuple[str, int]]
    """By the fields of the summary, those that are not 0."""
    failures: Sequence[tuple[Severity, int]]
    is_observed: bool
    has_crashed: bool
    lacks_answer: bool


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
        self._counts: Counter[str] = Counter()
        self._tallies = Kept(self._tally)

    def add_no_endpoint(self, tried: NoEndpoint) -> None:
        """Count a target of a range at which no endpoint is."""
        self._no_endpoint += 1
        self._connections += tried.connections

    def add(self, result: TargetResult) -> None:
        """Count one target."""
        self._targets[result.verdict] += 1
        self._excused += result.is_excused
        if result.is_unreachable:
            self._unreachable += result.is_known
            self._accepted += result.is_accepted
        was_visited, is_hidden = True, False
        for seen in result.observations:
            self._connections += seen.connections
            if seen.failure:
                was_visited = was_visited and seen.failure.kind is not FailureKind.NOT_VISITED
                is_hidden = is_hidden or seen.failure.kind in _UNSEEN
            if seen.probes:
                is_hidden = is_hidden or any(tells_of_bug(answer.detail) for answer in seen.probes)
        self.not_visited += not was_visited
        tally = self._tallies.of(result.findings)
        is_decided = result.verdict is not Verdict.INCOMPLETE or result.is_accepted
        self._unjudged += is_hidden or tally.has_crashed or not (is_decided or tally.lacks_answer)
        self._failed += not tally.is_observed
        for name, number in tally.counts:
            self._counts[name] += number
        for severity, number in tally.failures:
            self._failures[severity] += number

    def _tally(self, findings: Sequence[Finding]) -> _Tally:
        wrong = Findings.of(findings).wrong
        counts = Counter(filter(None, (_counted_as(finding, self._fail_on) for finding in wrong)))
        failures = Counter(f.severity for f in wrong if f.outcome is Outcome.FAIL and not f.excused)
        return _Tally(
            counts=tuple(counts.items()),
            failures=tuple(failures.items()),
            is_observed=all(finding.rule != TARGET_OBSERVED for finding in wrong),
            has_crashed=any(finding.outcome is Outcome.CRASHED for finding in wrong),
            lacks_answer=any(finding.not_checked for finding in wrong),
        )

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
            violations=self._counts["violations"],
            warnings=self._counts["warnings"],
            failures=self._failures,
            connections=self._connections,
            not_checked=self._counts["not_checked"],
            interrupted=interrupted,
            not_visited=self.not_visited,
            unjudged=self._unjudged,
            exit_zero=exit_zero,
            waived=self._counts["waived"],
            known=self._counts["known"],
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


def _counted_as(finding: Finding, fail_on: Severity) -> str:
    """The field of the summary that counts the finding; empty for none."""
    if finding.violates(fail_on):
        return "violations"
    if finding.excused:
        return "known" if finding.waiver is None else "waived"
    if finding.outcome is Outcome.FAIL:
        return "warnings"
    return "not_checked" if finding.not_checked else ""
