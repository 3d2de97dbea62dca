"""A policy's rules by what they judge, ready to be asked."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from certgate.checks.registry import SUBJECTS
from certgate.checks.subjects import CertificateInRole, Subject
from certgate.judge.expected import NAME_RULES, Expected
from certgate.judge.memo import Memo
from certgate.judge.rules import apply
from certgate.model.finding import Finding
from certgate.policy.model import Policy, Rule

__all__ = ["Rulebook"]

_NOTHING = Expected()


class Rulebook:
    """Says what a policy says about one subject at a time. Rules for other roles say nothing."""

    def __init__(self, policy: Policy) -> None:
        self._on_names = [rule for rule in policy.rules if rule.id in NAME_RULES]
        self._rules: dict[type, list[Rule]] = {kind: [] for kind in SUBJECTS.values()}
        for rule in policy.rules:
            if rule.id not in NAME_RULES:
                self._rules[rule.check.subject].append(rule)
        self._kept: Memo[tuple[Finding, ...]] = Memo()

    def rules_on(self, kind: type) -> Sequence[Rule]:
        """The rules that judge subjects of this type, those on the expected name apart."""
        return self._rules[kind]

    def about(self, subject: Subject, clock: datetime, expected: Expected = _NOTHING) -> tuple[Finding, ...]:
        """What the rules say, those on the expected name apart."""
        kind = CertificateInRole if isinstance(subject, CertificateInRole) else type(subject)
        return _answers(subject, self._rules[kind], clock, expected)

    def about_issuer(self, issuer: CertificateInRole, clock: datetime, expected: Expected) -> tuple[Finding, ...]:
        """The same of an issuer's certificate, kept: many chains have it in common."""
        return self._kept.get((issuer, clock, expected), lambda: self.about(issuer, clock, expected))

    def about_names(self, subject: CertificateInRole, clock: datetime, expected: Expected) -> tuple[Finding, ...]:
        """What the rules on the expected name say."""
        return _answers(subject, self._on_names, clock, expected)


def _answers(subject: Subject, rules: Iterable[Rule], clock: datetime, expected: Expected) -> tuple[Finding, ...]:
    if isinstance(subject, CertificateInRole):
        rules = [rule for rule in rules if subject.roles & rule.check.roles]
    label, supplied = subject.label, expected.by_rule
    findings: list[Finding] = []
    for rule in rules:
        findings += apply(rule, subject, label, clock, supplied.get(rule.check.id))
    return tuple(findings)
