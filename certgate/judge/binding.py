"""Binds a rule for one subject at one time: the entries that apply to its certificate, and their values."""

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from certgate.checks.framework.subjects import (
    CertificateInRole,
    KubernetesObjects,
    Observations,
    PublishedCrl,
    PublishedResponse,
    RevocationEvidence,
    Subject,
    Vantages,
)
from certgate.model.finding import Finding, Outcome
from certgate.policy.model import BoundRule, Dated, Day, RuleValues, TargetRule, with_run_parameters
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed, NotInRequest
from certgate.x509.facts import CertificateFacts

__all__ = ["bind", "finding", "has_issued", "issued", "unread"]


def bind(
    rule: TargetRule,
    subject: Subject,
    label: str,
    now: datetime,
    *,
    as_issued: datetime | None = None,
) -> BoundRule | Finding:
    """Bind the rule to `subject` at `now`, or return the finding that says why it does not apply.

    `as_issued` replaces the day on which the certificate was issued.
    """
    bound: BoundRule | Finding = rule.always or _bound(rule, subject, label, now, as_issued)
    if isinstance(bound, Finding):
        return bound
    if rule.check.needs_issued and not has_issued(subject):
        return finding(rule, label, Outcome.NOT_APPLICABLE, "a request has nothing that a CA adds")
    return bound


def _bound(
    rule: TargetRule, subject: Subject, label: str, now: datetime, as_issued: datetime | None
) -> BoundRule | Finding:
    values: RuleValues = rule
    try:
        parameters = rule.parameters
        if rule.depends_on_certificate:
            roles = subject.roles if isinstance(subject, CertificateInRole | PublishedCrl | PublishedResponse) else ()
            values = rule.on_certificate(_certificate(subject), roles)
            parameters = with_run_parameters(values.parameters, rule.run_parameters)
        _refuse_ineffective(values, subject, now, as_issued)
        parameters = {name: _on_day(value, subject, now, as_issued) for name, value in parameters.items()}
    except _NotEffectiveError as error:
        if not rule.forced:
            return finding(values, label, error.outcome, str(error))
        parameters = rule.run_parameters
    except Malformed as error:
        return unread(values, label, error)
    return BoundRule(check=rule.check, severity=values.severity, required=values.required, parameters=parameters)


def finding(rule: RuleValues | BoundRule, label: str, outcome: Outcome, message: str) -> Finding:
    """A finding that is not a problem from the rule's check."""
    return Finding(
        rule=rule.check.id,
        subject=label,
        outcome=outcome,
        severity=rule.severity,
        message=message,
        required=rule.required,
    )


def unread(rule: RuleValues | BoundRule, label: str, error: Malformed) -> Finding:
    """The finding for a fact that cannot be read, or that a request does not have."""
    if isinstance(error, NotInRequest):
        return finding(rule, label, Outcome.NOT_APPLICABLE, str(error))
    return replace(finding(rule, label, Outcome.NOT_CHECKED, str(error)), unread=True)


def issued(subject: Subject, now: datetime) -> datetime:
    """When the subject's certificate was issued (notBefore); `now` if there is no certificate yet."""
    match subject:
        case RevocationEvidence():
            return subject.leaf.not_before
        case PublishedCrl():
            return subject.crl.this_update
        case PublishedResponse():
            return subject.response.produced_at
        case _:
            certificate = _certificate(subject)
            return certificate.not_before if isinstance(certificate, Certificate) else now


class _NotEffectiveError(Exception):
    """The policy does not apply the rule to this subject, or not on this day."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome


def _refuse_ineffective(values: RuleValues, subject: Subject, now: datetime, as_issued: datetime | None) -> None:
    """Raise _NotEffectiveError if the rule is not effective, Malformed if the day cannot be read."""

    def moment(day: Day) -> datetime:
        return (as_issued or issued(subject, now)) if day.by == "issued" else now

    if not values.applies:
        reason = "no entry of the policy applies to this certificate"
        raise _NotEffectiveError(Outcome.NOT_APPLICABLE, reason)
    if values.disabled:
        raise _NotEffectiveError(Outcome.NOT_EFFECTIVE, f"disabled: {values.disabled}")
    if values.since and moment(values.since) < _start(values.since):
        reason = f"effective for {_what(values.since)} since {values.since.day}"
        raise _NotEffectiveError(Outcome.NOT_EFFECTIVE, reason)
    if values.until and moment(values.until) >= _start(values.until):
        reason = f"effective for {_what(values.until)} until {values.until.day}"
        raise _NotEffectiveError(Outcome.NOT_EFFECTIVE, reason)


def _on_day(value: Any, subject: Subject, now: datetime, as_issued: datetime | None) -> Any:
    """The parameter's value for the day on which the certificate was issued."""
    if not isinstance(value, Dated):
        return value
    day = (as_issued or issued(subject, now)).date()
    for before, row in value.rows:
        if before is None or day < before:
            return row
    reason = "no row of its dated parameters covers this certificate"
    raise _NotEffectiveError(Outcome.NOT_EFFECTIVE, reason)


def has_issued(subject: Subject) -> bool:
    """Whether the subject is a certificate, which has what a CA adds."""
    return isinstance(subject, CertificateInRole) and isinstance(subject.certificate, Certificate)


def _certificate(subject: Subject) -> CertificateFacts | None:
    """The subject's own certificate, or else the leaf."""
    match subject:
        case CertificateInRole() | RevocationEvidence():
            return subject.certificate
        case Observations() | Vantages() | KubernetesObjects() | PublishedCrl() | PublishedResponse():
            return None
        case _:
            return subject.leaf


def _start(day: Day) -> datetime:
    return datetime.combine(day.day, time(), UTC)


def _what(day: Day) -> str:
    return "certificates issued" if day.by == "issued" else "judging"
