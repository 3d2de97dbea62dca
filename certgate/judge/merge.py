"""The findings of several subjects as one list: complete, in the policy's order, with their verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from certgate.judge.memo import Memo
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.verdict import Verdict
from certgate.policy.model import Policy
from certgate.policy.packs import RESERVED_RULE

__all__ = ["Merger", "Part", "verdict_of"]

Part = tuple[Finding, ...]
"""What was said about one subject."""


@dataclass(frozen=True, slots=True)
class _Merged:
    """Parts as one. Holds them, so that their identity, by which it is found again, stays theirs."""

    parts: Sequence[Part]
    findings: tuple[Finding, ...]


class Merger:
    """Merges parts by one policy. Parts that many targets share are merged once."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._order = {rule.id: index for index, rule in enumerate(policy.rules)}
        self._kept: Memo[_Merged] = Memo()

    def merge(
        self, shared: Sequence[Part], own: Iterable[Part], *, presented: bool, from_file: bool
    ) -> tuple[Finding, ...]:
        """All findings, and where certificates were `presented` one for every rule that nobody asked."""
        of_target = tuple(chain.from_iterable(own))
        heard = frozenset(finding.rule for finding in of_target)

        def make() -> _Merged:
            findings = list(chain.from_iterable(shared))
            if presented:
                findings += self._unheard(heard.union(f.rule for f in findings), from_file=from_file)
            return _Merged(shared, tuple(self._sorted(findings)))

        merged = self._kept.get((presented, from_file, heard, *map(id, shared)), make).findings
        return tuple(self._sorted((*merged, *of_target))) if of_target else merged

    def _sorted(self, findings: Iterable[Finding]) -> list[Finding]:
        return sorted(findings, key=lambda finding: self._order[finding.rule])

    def _unheard(self, heard: frozenset[str], *, from_file: bool) -> Iterable[Finding]:
        """Say of every rule without a finding why it has none."""
        for rule in self._policy.rules:
            if rule.id in heard:
                continue
            subject = rule.check.subject
            missing = subject == "handshake" and not from_file
            outcome = Outcome.NOT_CHECKED if missing else Outcome.NOT_APPLICABLE
            reason = "the handshake was not completed" if missing else f"there is no {subject} for it to judge"
            yield Finding(rule.id, subject, outcome, rule.severity, reason, required=rule.required)


def verdict_of(findings: Sequence[Finding], fail_on: Severity) -> Verdict:
    """Violated if anything violates; else incomplete if anything is undecided or nothing was decided at all."""
    others = [finding for finding in findings if finding.outcome is not Outcome.PASS]
    if any(finding.violates(fail_on) for finding in others):
        return Verdict.VIOLATED
    decided = any(f.outcome in {Outcome.PASS, Outcome.FAIL} and f.rule != RESERVED_RULE for f in findings)
    if not decided or any(finding.undecided for finding in others):
        return Verdict.INCOMPLETE
    return Verdict.COMPLIANT
