"""Applies a policy's rules to one subject: each rule is bound and run, and its answers become findings."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import SUBJECTS, Answer, NotApplicable, NotChecked, Passed, Problem
from certgate.checks.framework.subjects import CertificateInRole, IssuedInRole, Subject
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.judge.binding import bind, bound_once, finding, has_issued, unread
from certgate.model.bug import named
from certgate.model.finding import Finding, Outcome, Severity
from certgate.policy.model import BoundRule, TargetPolicy, TargetRule
from certgate.policy.settings import Settings, bound_by
from certgate.x509.errors import Malformed
from certgate.x509.identity import matches

__all__ = ["RuleIndex", "apply"]

MAX_PROBLEMS = 100
"""Problems of one rule on one subject that are reported one by one."""
_MOST_TEMPLATES = 1024
_NOTHING = Settings()
_OF_ENDPOINTS = Setting.NAMES
"""Differs between endpoints that serve the same chain; rules that use it are evaluated for each endpoint."""


class RuleIndex:
    """A policy's rules by the type of their subject. Rules for roles that the subject does not have give no finding."""

    def __init__(self, policy: TargetPolicy) -> None:
        self._on_names = [rule for rule in policy.rules if _OF_ENDPOINTS in rule.check.binds.values()]
        self._skip_listed = all(rule.check.skips_listed for rule in self._on_names)
        self._shared = (bound_by(policy.rules) | {Setting.PURPOSES}) - {_OF_ENDPOINTS}
        self._rules: dict[type, list[TargetRule]] = {kind: [] for kind in SUBJECTS.values()}
        for rule in policy.rules:
            if _OF_ENDPOINTS not in rule.check.binds.values():
                self._rules[rule.check.subject].append(rule)
        self._plans: dict[Hashable, _Plan] = {}
        """By the type of the subject, and for certificates also by the roles and whether it is issued."""

    def shared(self, settings: Settings) -> Settings:
        """The settings that the rules use and that endpoints with the same chain share."""
        return settings.only(self._shared)

    def rules_on(self, kind: type) -> Sequence[TargetRule]:
        """The rules for subjects of this type, without the rules on the expected name."""
        return self._rules[kind]

    def evaluate(self, subject: Subject, clock: datetime, settings: Settings = _NOTHING) -> tuple[Finding, ...]:
        """The findings of all rules but those on the expected name."""
        kind: type = type(subject)
        plan = self._plans.get(kind)
        if plan is None:
            which = CertificateInRole if isinstance(subject, CertificateInRole) else kind
            plan = self._plan(which, self._rules[which], subject)
        return _findings(subject, plan, clock, settings)

    def decisive_names(self, subject: CertificateInRole, names: tuple[str, ...]) -> Hashable:
        """What the findings of the rules on the expected name depend on: the same for all names that are listed."""
        if not self._skip_listed:
            return names
        try:
            listed = subject.certificate.san or ()
        except Malformed:
            return names
        return tuple([name for name in names if not matches(listed, name)]), bool(names)

    def evaluate_names(self, subject: CertificateInRole, clock: datetime, settings: Settings) -> tuple[Finding, ...]:
        """The findings of the rules on the expected name."""
        return _findings(subject, self._plan(_OF_ENDPOINTS, self._on_names, subject), clock, settings)

    def _plan(self, which: type | Setting, rules: Sequence[TargetRule], subject: Subject) -> "_Plan":
        """Those of the rules that are for the subject; made once for all subjects that are alike."""
        roles = subject.roles if isinstance(subject, CertificateInRole) else None
        key: Hashable = (which, roles, has_issued(subject)) if roles is not None else which
        if key not in self._plans:
            applying = (rule for rule in rules if roles is None or roles & rule.check.roles)
            self._plans[key] = _Plan(tuple((rule, bound_once(rule, subject)) for rule in applying))
        return self._plans[key]


class _Plan:
    """The rules for subjects that are alike, in order, each as it is bound for all of them, if that is the same."""

    def __init__(self, rules: tuple[tuple[TargetRule, BoundRule | None], ...]) -> None:
        self.rules = rules
        self._none: tuple[None, ...] = (None,) * len(rules)
        self._on_templates: dict[TemplateInRole, tuple[tuple[Finding, ...] | None, ...]] = {}

    def known(self, subject: Subject, clock: datetime) -> tuple[tuple[Finding, ...] | None, ...]:
        """For each rule that looks at nothing but the certificate's template: its findings, the same for all."""
        if not isinstance(subject, IssuedInRole):
            return self._none
        try:
            template = TemplateInRole(subject.certificate.template, subject.label, subject.roles)
        except Malformed:
            return self._none
        found = self._on_templates.get(template)
        if found is None:
            if len(self._on_templates) == _MOST_TEMPLATES:
                self._on_templates.clear()
            found = tuple(
                apply(once, template, template.label, clock) if once and once.check.of_template else None
                for _, once in self.rules
            )
            self._on_templates[template] = found
        return found


def _findings(subject: Subject, plan: _Plan, clock: datetime, settings: Settings) -> tuple[Finding, ...]:
    label = subject.label
    findings: list[Finding] = []
    for (rule, once), known in zip(plan.rules, plan.known(subject, clock), strict=True):
        if known is not None:
            findings += known
            continue
        bound = once or bind(rule, subject, label, clock)
        if isinstance(bound, Finding):
            findings.append(bound)
        else:
            supplied = settings.parameters(rule.check) if rule.check.binds else None
            findings += apply(bound, subject, label, clock, supplied)
    return tuple(findings)


def apply(
    rule: BoundRule,
    subject: Subject | TemplateInRole,
    label: str,
    now: datetime,
    supplied: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Finding, ...]:
    """The rule's findings; the target supplies some parameters.

    Never raises: an unreadable fact is not-checked, a bug in the check is crashed.
    """
    findings: list[Finding] = []
    check = rule.check
    try:
        given = (subject, now) if check.takes_clock else (subject,)
        parameters = {**rule.parameters, **supplied} if supplied else rule.parameters
        for answer in check.run(*given, **parameters):
            findings.append(_answered(rule, label, answer))
            if len(findings) == MAX_PROBLEMS:
                message = f"only the first {MAX_PROBLEMS} problems are listed"
                findings.append(finding(rule, label, Outcome.FAIL, message))
                break
    except Malformed as error:
        findings.append(unread(rule, label, error))
    except BaseException as error:
        message = f"the check crashed: {named(error)}; run again with --traceback to see where"
        findings.append(finding(rule, label, Outcome.CRASHED, message))
    return tuple(findings) or (_kept(check.id, label, Outcome.PASS, rule.severity, "", rule.required),)


def _answered(rule: BoundRule, label: str, answer: Answer) -> Finding:
    match answer:
        case NotApplicable():
            return _kept(rule.check.id, label, Outcome.NOT_APPLICABLE, rule.severity, answer.reason, rule.required)
        case NotChecked():
            return finding(rule, label, Outcome.NOT_CHECKED, answer.reason)
        case Passed():
            return _kept(rule.check.id, label, Outcome.PASS, rule.severity, answer.remark, rule.required)
        case Problem():
            severity = min(rule.severity, answer.severity or rule.severity, key=lambda s: s.rank)
            return Finding(
                rule=rule.check.id,
                subject=label,
                outcome=Outcome.FAIL,
                severity=severity,
                message=answer.message,
                key=answer.key,
                cause=answer.cause,
                denies=answer.denies or "",
                required=rule.required,
                evidence=answer.evidence,
            )


@lru_cache(maxsize=4096)
def _kept(rule: str, label: str, outcome: Outcome, severity: Severity, message: str, required: bool) -> Finding:
    """A finding, cached because many subjects share it."""
    return Finding(rule=rule, subject=label, outcome=outcome, severity=severity, message=message, required=required)
