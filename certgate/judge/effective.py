"""A rule as it holds for one subject: the entries that match its certificate, and the days on which it is effective."""

from datetime import UTC, datetime, time

from certgate.checks.framework.subjects import (
    CertificateInRole,
    Observations,
    PresentedChain,
    RevocationEvidence,
    Subject,
)
from certgate.policy.effective import for_certificate
from certgate.policy.model import Day, Rule
from certgate.x509.certificate import Certificate
from certgate.x509.facts import CertificateFacts

__all__ = ["for_subject", "issued", "out_of_effect"]


def for_subject(rule: Rule, subject: Subject) -> Rule:
    """The rule with the entries that hold for the subject's certificate. Raises Malformed."""
    if not rule.depends_on_certificate:
        return rule
    roles = subject.roles if isinstance(subject, CertificateInRole) else ()
    return for_certificate(rule, _certificate(subject), roles)


def out_of_effect(rule: Rule, subject: Subject, now: datetime) -> str:
    """Why the rule is not effective; empty if it is. Raises Malformed."""
    if rule.disabled:
        return f"disabled: {rule.disabled}"
    if rule.since and _moment(rule.since, subject, now) < _start(rule.since):
        return f"effective for {_what(rule.since)} since {rule.since.day}"
    if rule.until and _moment(rule.until, subject, now) >= _start(rule.until):
        return f"effective for {_what(rule.until)} until {rule.until.day}"
    return ""


def issued(subject: Subject, now: datetime) -> datetime:
    """When the certificate that the subject is about was issued (notBefore); now where none is there yet."""
    match subject:
        case RevocationEvidence():
            return subject.leaf.not_before
        case _:
            certificate = _certificate(subject)
            return certificate.not_before if isinstance(certificate, Certificate) else now


def _certificate(subject: Subject) -> CertificateFacts | None:
    """The certificate that the subject is about: its own, or else the leaf."""
    match subject:
        case CertificateInRole() | RevocationEvidence():
            return subject.certificate
        case PresentedChain():
            return subject.certificates[0]
        case Observations():
            return None
        case _:
            return subject.leaf


def _moment(day: Day, subject: Subject, now: datetime) -> datetime:
    return issued(subject, now) if day.by == "issued" else now


def _start(day: Day) -> datetime:
    return datetime.combine(day.day, time(), UTC)


def _what(day: Day) -> str:
    return "certificates issued" if day.by == "issued" else "judging"
