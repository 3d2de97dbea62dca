"""Applies a policy's rules to one subject: each rule is bound and run, and its answers become findings."""

from bisect import bisect
from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import SUBJECTS, Answer, NotApplicable, NotChecked, Passed, Problem
from certgate.checks.framework.subjects import CertificateInRole, IssuedInRole, Subject
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.judge.alike import any_of, in_common
from certgate.judge.binding import bind, finding, has_issued, issued, unread
from certgate.judge.recent import Recent
from certgate.model.bug import named
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.frozen import frozen
from certgate.policy.model import BoundRule, TargetPolicy, TargetRule
from certgate.policy.settings import Settings, bound_by
from certgate.x509.errors import Malformed
from certgate.x509.identity import matches
from certgate.x509.template import Template

__all__ = ["RuleIndex", "apply"]

MAX_PROBLEMS = 100
"""Problems of one rule on one subject that are reported one by one."""
_MOST_TEMPLATES = 1024
_MOST_ALIKE = 256
_OF_ROLES = frozenset({"role"})
_OF_TEMPLATES = _OF_ROLES | {"key_type"}
"""The facts that certificates with the same template, in the same roles, have in common."""
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
        """By the type and the label of the subject, and for certificates also by the roles and whether it is issued."""

    def shared(self, settings: Settings) -> Settings:
        """The settings that the rules use and that endpoints with the same chain share."""
        return settings.only(self._shared)

    def rules_on(self, kind: type) -> Sequence[TargetRule]:
        """The rules for subjects of this type, without the rules on the expected name."""
        return self._rules[kind]

    def evaluate(self, subject: Subject, clock: datetime, settings: Settings = _NOTHING) -> tuple[Finding, ...]:
        """The findings of all rules but those on the expected name."""
        kind = CertificateInRole if isinstance(subject, CertificateInRole) else type(subject)
        return self._evaluate(kind, self._rules[kind], subject, clock, settings)

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
        return self._evaluate(_OF_ENDPOINTS, self._on_names, subject, clock, settings)

    def _evaluate(
        self,
        which: type | Setting,
        rules: Sequence[TargetRule],
        subject: Subject,
        clock: datetime,
        settings: Settings,
    ) -> tuple[Finding, ...]:
        label = subject.label
        roles = subject.roles if isinstance(subject, CertificateInRole) else None
        key = (which, label, roles, roles is not None and has_issued(subject))
        plan = self._plans.get(key)
        if plan is None:
            applying = tuple(rule for rule in rules if roles is None or roles & rule.check.roles)
            plan = self._plans[key] = _Plan(applying, label, shares_settings=which is not _OF_ENDPOINTS)
        findings: list[Finding] = []
        for step in plan.steps(subject, clock, settings):
            if isinstance(step, tuple):
                findings += step
                continue
            bound = step.bound or bind(step.rule, subject, label, clock)
            if isinstance(bound, Finding):
                findings.append(bound)
                continue
            supplied = settings.parameters(bound.check) if bound.check.binds else None
            if answered := _answers(bound, subject, label, clock, supplied):
                findings += answered
            else:
                findings.append(step.passed or _passed(bound, label))
        return tuple(findings)


@frozen(slots=True)
class _Step:
    """A rule that runs on each subject; bound, and with its pass, if these are the same for all."""

    rule: TargetRule
    bound: BoundRule | None = None
    passed: Finding | None = None


_Steps = tuple[_Step | tuple[Finding, ...], ...]
"""The rules in order, and in place of rules the findings that are known already."""


class _Plan:
    """The rules for subjects that are alike: of one type, with one label, in the same roles, issued or not."""

    def __init__(self, rules: tuple[TargetRule, ...], label: str, *, shares_settings: bool) -> None:
        """`shares_settings` if many subjects have the same ones."""
        self._rules = rules
        self._label = label
        self._shares_settings = shares_settings
        self._days = sorted(frozenset[date]().union(*(rule.days for rule in rules if not rule.always)))
        self._steps: dict[Hashable, _Steps] = {}
        self._alike = Recent(_MOST_ALIKE)
        """What is to be done the first time and from then on, by what subjects have in common."""

    def steps(self, subject: Subject, clock: datetime, settings: Settings) -> _Steps:
        """What is to be done, worked out once for subjects that are alike.

        Rules that look at nothing but what they have in common run once for all of them, from the second one on.
        """
        since = self._since(subject, clock) if self._days else None
        common = in_common(subject) if self._shares_settings else None
        if common is None:
            return self._of_template(subject, clock, since)
        known: list[_Steps] = self._alike.get((common, since, clock, settings), list)
        if not known:
            known.append(self._of_template(subject, clock, since))
        elif not known[1:]:
            known.append(self._of_all(known[0], subject, clock, settings))
        return known[-1]

    def _of_template(self, subject: Subject, clock: datetime, since: tuple[int, int] | None) -> _Steps:
        """As `steps`, by the template between the same days of the policy.

        Rules that look at nothing but the template run once for all of them.
        """
        template = _template_of(subject)
        found = self._steps.get((template, since))
        if found is None:
            if len(self._steps) == _MOST_TEMPLATES:
                self._steps.clear()
            found = self._steps[template, since] = self._worked_out(
                subject, clock, template, is_dated=since is not None
            )
        return found

    def _since(self, subject: Subject, clock: datetime) -> tuple[int, int] | None:
        """How many of the policy's days had begun when the subject was issued, and have by the clock.

        None if the date cannot be read.
        """
        try:
            return bisect(self._days, issued(subject, clock).date()), bisect(self._days, clock.date())
        except Malformed:
            return None

    def _worked_out(self, subject: Subject, clock: datetime, template: Template | None, *, is_dated: bool) -> _Steps:
        label = self._label
        known_facts = _OF_ROLES if template is None else _OF_TEMPLATES
        steps: list[_Step | tuple[Finding, ...]] = []
        for rule in self._rules:
            is_same = rule.always or (rule.facts <= known_facts and (is_dated or not rule.days))
            bound = bind(rule, subject, label, clock) if is_same else None
            if isinstance(bound, Finding):
                steps.append((bound,))
            elif bound is None:
                steps.append(_Step(rule))
            elif template and isinstance(subject, CertificateInRole) and bound.check.of_template:
                steps.append(apply(bound, TemplateInRole(template, label, subject.roles), label, clock))
            else:
                steps.append(_Step(rule, bound, _passed(bound, label)))
        return tuple(steps)

    def _of_all(self, steps: _Steps, subject: Subject, clock: datetime, settings: Settings) -> _Steps:
        """The steps with the findings of rules that look at nothing but what the subject has in common with others."""
        found: list[_Step | tuple[Finding, ...]] = []
        for step in steps:
            known = _of_any(step.bound, subject, clock, settings) if isinstance(step, _Step) and step.bound else ()
            new = known or step
            if found and isinstance(found[-1], tuple) and isinstance(new, tuple):
                found[-1] += new
            else:
                found.append(new)
        return tuple(found)


def _of_any(rule: BoundRule, subject: Subject, clock: datetime, settings: Settings) -> tuple[Finding, ...]:
    """The rule's findings on all subjects that are alike; none if it looks at what they do not have in common."""
    any_one, leaf = any_of(subject)
    found = apply(rule, any_one, subject.label, clock, settings.parameters(rule.check))
    return () if leaf.was_asked or any(one.outcome is Outcome.CRASHED for one in found) else found


def _template_of(subject: Subject) -> Template | None:
    """The template of an issued certificate; None if it cannot be read."""
    if not isinstance(subject, IssuedInRole):
        return None
    try:
        return subject.certificate.template
    except Malformed:
        return None


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
    return tuple(_answers(rule, subject, label, now, supplied)) or (_passed(rule, label),)


def _answers(
    rule: BoundRule,
    subject: Subject | TemplateInRole,
    label: str,
    now: datetime,
    supplied: Mapping[str, tuple[str, ...]] | None,
) -> list[Finding]:
    """The findings but a plain pass, for which it is empty."""
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
    return findings


def _passed(rule: BoundRule, label: str) -> Finding:
    return _kept(rule.check.id, label, Outcome.PASS, rule.severity, "", rule.required)


def _answered(rule: BoundRule, label: str, answer: Answer) -> Finding:
    match answer:
        case NotApplicable():
            return _kept(rule.check.id, label, Outcome.NOT_APPLICABLE, rule.severity, answer.reason, rule.required)
        case NotChecked():
            return _kept(rule.check.id, label, Outcome.NOT_CHECKED, rule.severity, answer.reason, rule.required)
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
