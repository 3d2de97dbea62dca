"""One rule on one subject: its dates, its parameters, its answers as findings."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from certgate.checks.framework.registry import Answer, Check, NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import CertificateInRole, Subject
from certgate.judge.effective import for_subject, issued, out_of_effect
from certgate.model.bug import named
from certgate.model.finding import Finding, Outcome, Severity
from certgate.policy.model import Dated, Rule
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed, NotInRequest

__all__ = ["apply"]

MAX_PROBLEMS = 100
"""Problems of one rule on one subject that are reported one by one."""


def apply(
    rule: Rule, subject: Subject, label: str, now: datetime, bound: Mapping[str, Any] | None = None
) -> tuple[Finding, ...]:
    """What `rule` says about `subject` at `now`. `bound` are parameters that the target supplies.

    Never raises: a fact that cannot be read is not-checked, a bug in the check is crashed.
    """
    try:
        parameters = rule.parameters
        if not rule.is_plain:
            rule = for_subject(rule, subject)
            parameters = _parameters(rule, subject, now)
    except _StandsDownError as error:
        if not rule.demanded:
            return (_finding(rule, label, error.outcome, str(error)),)
        parameters = rule.given
    except Malformed as error:
        return (_finding(rule, label, _unread(error), str(error)),)
    if rule.check.needs_issued and not _is_issued(subject):
        return (_finding(rule, label, Outcome.NOT_APPLICABLE, "a request has none of what the CA adds"),)
    findings: list[Finding] = []
    try:
        for answer in _run(rule.check, subject, now, {**parameters, **bound} if bound else parameters):
            findings.append(_answered(rule, label, answer))
            if len(findings) == MAX_PROBLEMS:
                findings.append(
                    _finding(rule, label, Outcome.FAIL, f"only the first {MAX_PROBLEMS} problems are listed")
                )
                break
    except Malformed as error:
        findings.append(_finding(rule, label, _unread(error), str(error)))
    except BaseException as error:
        message = f"the check crashed: {named(error)}; run again with --traceback to see where"
        findings.append(_finding(rule, label, Outcome.CRASHED, message))
    return tuple(findings) or (_kept(rule.id, label, Outcome.PASS, rule.severity, "", rule.required),)


def _run(check: Check, subject: Subject, now: datetime, parameters: Mapping[str, Any]) -> Iterator[Answer]:
    return check.run(subject, now, **parameters) if check.takes_clock else check.run(subject, **parameters)


def _is_issued(subject: Subject) -> bool:
    return isinstance(subject, CertificateInRole) and isinstance(subject.certificate, Certificate)


def _unread(error: Malformed) -> Outcome:
    return Outcome.NOT_APPLICABLE if isinstance(error, NotInRequest) else Outcome.NOT_CHECKED


class _StandsDownError(Exception):
    """The policy does not hold the rule for this subject, or not on this day."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome


def _parameters(rule: Rule, subject: Subject, now: datetime) -> Mapping[str, Any]:
    if not rule.held:
        raise _StandsDownError(Outcome.NOT_APPLICABLE, "no entry of the policy holds for this certificate")
    if reason := out_of_effect(rule, subject, now):
        raise _StandsDownError(Outcome.NOT_EFFECTIVE, reason)
    return {name: _resolved(value, subject, now) for name, value in rule.parameters.items()}


def _resolved(value: Any, subject: Subject, now: datetime) -> Any:
    if not isinstance(value, Dated):
        return value
    day = issued(subject, now).date()
    for before, row in value.rows:
        if before is None or day < before:
            return row
    raise _StandsDownError(Outcome.NOT_EFFECTIVE, "no row of its dated parameters covers this certificate")


def _answered(rule: Rule, label: str, answer: Answer) -> Finding:
    match answer:
        case NotApplicable(reason):
            return _kept(rule.id, label, Outcome.NOT_APPLICABLE, rule.severity, reason, rule.required)
        case NotChecked(reason):
            return _finding(rule, label, Outcome.NOT_CHECKED, reason)
        case Problem():
            severity = min(rule.severity, answer.severity or rule.severity, key=lambda s: s.rank)
            return Finding(
                rule=rule.id,
                subject=label,
                outcome=Outcome.FAIL,
                severity=severity,
                message=answer.message,
                key=answer.key,
                required=rule.required,
                evidence=answer.evidence,
            )


def _finding(rule: Rule, label: str, outcome: Outcome, message: str) -> Finding:
    return Finding(
        rule=rule.id, subject=label, outcome=outcome, severity=rule.severity, message=message, required=rule.required
    )


@lru_cache(maxsize=4096)
def _kept(rule: str, label: str, outcome: Outcome, severity: Severity, message: str, required: bool) -> Finding:
    """A finding that many subjects share."""
    return Finding(rule=rule, subject=label, outcome=outcome, severity=severity, message=message, required=required)
