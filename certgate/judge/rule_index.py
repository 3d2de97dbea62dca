"""A policy's rules by what they judge, ready to be asked."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import SUBJECTS
from certgate.checks.framework.subjects import CertificateInRole, Subject
from certgate.judge.rules import apply
from certgate.model.finding import Finding
from certgate.policy.model import Policy, Rule
from certgate.policy.settings import Settings, bound_by

__all__ = ["RuleIndex"]

_NOTHING = Settings()
_OF_ENDPOINTS = Setting.NAMES
"""What differs between endpoints that serve one chain; rules that take it are asked apart, for each of them."""


class RuleIndex:
    """Says what a policy says about one subject at a time. Rules for other roles say nothing."""

    def __init__(self, policy: Policy) -> None:
        self._on_names = [rule for rule in policy.rules if _OF_ENDPOINTS in rule.check.binds.values()]
        self._shared = (bound_by(policy.rules) | {Setting.PURPOSES}) - {_OF_ENDPOINTS}
        self._rules: dict[type, list[Rule]] = {kind: [] for kind in SUBJECTS.values()}
        for rule in policy.rules:
            if _OF_ENDPOINTS not in rule.check.binds.values():
                self._rules[rule.check.subject].append(rule)

    def shared(self, settings: Settings) -> Settings:
        """What endpoints that serve one chain have in common of the settings, as far as it matters to the rules."""
        return settings.only(self._shared)

    def rules_on(self, kind: type) -> Sequence[Rule]:
        """The rules that judge subjects of this type, those on the expected name apart."""
        return self._rules[kind]

    def about(self, subject: Subject, clock: datetime, settings: Settings = _NOTHING) -> tuple[Finding, ...]:
        """What the rules say, those on the expected name apart."""
        kind = CertificateInRole if isinstance(subject, CertificateInRole) else type(subject)
        return _answers(subject, self._rules[kind], clock, settings)

    def about_names(self, subject: CertificateInRole, clock: datetime, settings: Settings) -> tuple[Finding, ...]:
        """What the rules on the expected name say."""
        return _answers(subject, self._on_names, clock, settings)


def _answers(subject: Subject, rules: Iterable[Rule], clock: datetime, settings: Settings) -> tuple[Finding, ...]:
    if isinstance(subject, CertificateInRole):
        rules = [rule for rule in rules if subject.roles & rule.check.roles]
    label = subject.label
    findings: list[Finding] = []
    for rule in rules:
        findings += apply(rule, subject, label, clock, settings.parameters(rule.check))
    return tuple(findings)
