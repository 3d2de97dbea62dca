"""The findings of several subjects as one list: complete, in the policy's order, with their verdict."""

from collections.abc import Iterable, Sequence
from itertools import chain

from certgate.checks.registry import ALL_ROLES
from certgate.checks.subjects import CertificateInRole, Handshake
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.verdict import Verdict
from certgate.policy.model import Policy, Rule

__all__ = ["Merger", "verdict_of"]

_RIGHT = frozenset({Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.NOT_EFFECTIVE})
_DECIDED = frozenset({Outcome.PASS, Outcome.FAIL})


class Merger:
    """Merges by one policy what was said about several subjects, each a part."""

    def __init__(self, policy: Policy) -> None:
        self._unheard = {
            from_file: {rule.id: _unheard(rule, from_file=from_file) for rule in policy.rules}
            for from_file in (False, True)
        }

    def merge(self, parts: Iterable[tuple[Finding, ...]], *, presented: bool, from_file: bool) -> tuple[Finding, ...]:
        """All findings, and where certificates were `presented` one for every rule that nobody asked."""
        unheard = self._unheard[from_file]
        heard: dict[str, list[Finding]] = {rule: [] for rule in unheard}
        for finding in chain.from_iterable(parts):
            heard[finding.rule].append(finding)
        merged: list[Finding] = []
        for rule, findings in heard.items():
            if findings:
                merged += findings
            elif presented:
                merged.append(unheard[rule])
        return tuple(merged)


def _unheard(rule: Rule, *, from_file: bool) -> Finding:
    """Why the rule has no finding."""
    subject = rule.check.doc.judges
    missing = rule.check.subject is Handshake and not from_file
    outcome = Outcome.NOT_CHECKED if missing else Outcome.NOT_APPLICABLE
    narrow = rule.check.subject is CertificateInRole and rule.check.roles != ALL_ROLES
    role = f" in the role {' or '.join(sorted(rule.check.roles))}" if narrow else ""
    reason = "the handshake was not completed" if missing else f"there is no {subject}{role} for it to judge"
    return Finding(rule.id, subject, outcome, rule.severity, reason, required=rule.required)


def verdict_of(findings: Sequence[Finding], fail_on: Severity) -> Verdict:
    """Violated if anything violates; else incomplete if anything is undecided or nothing was decided at all."""
    wrong = [finding for finding in findings if finding.outcome not in _RIGHT]
    if any(finding.violates(fail_on) for finding in wrong):
        return Verdict.VIOLATED
    decided = any(f.outcome in _DECIDED and f.rule != TARGET_OBSERVED for f in findings)
    if not decided or any(finding.undecided for finding in wrong):
        return Verdict.INCOMPLETE
    return Verdict.COMPLIANT
