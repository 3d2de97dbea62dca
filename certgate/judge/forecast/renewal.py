"""What would fail if the leaf were reissued: rules whose parameters depend on the date of issue."""

from collections.abc import Iterator
from datetime import date, datetime

from certgate.checks.framework.subjects import CertificateInRole, IssuedInRole
from certgate.judge.apply import apply
from certgate.judge.binding import bind
from certgate.judge.chain import leaf_of
from certgate.judge.forecast.change_dates import issuing_days, midnight
from certgate.judge.forecast.changes import Change
from certgate.model.finding import Finding, Outcome
from certgate.model.observation import Observed
from certgate.model.target import Target
from certgate.policy.model import TargetPolicy, TargetRule
from certgate.policy.settings import settings_of
from certgate.x509.certificate import Certificate

__all__ = ["renewals"]


def renewals(observed: Observed, policy: TargetPolicy, start: datetime, end: datetime) -> Iterator[Change]:
    """What a certificate like this leaf, with the same lifetime, will fail if it is issued on a later day.

    A failure of today's leaf is not a change. If a target has several leaves, each is renewed.
    """
    for leaf in dict.fromkeys(filter(None, map(leaf_of, observed.looks))):
        yield from _of_leaf(leaf, observed.target, policy, start, end)


def _of_leaf(
    leaf: Certificate, target: Target, policy: TargetPolicy, start: datetime, end: datetime
) -> Iterator[Change]:
    days = [start.date(), *sorted(day for day in issuing_days(policy) if start < midnight(day) <= end)]
    for rule in policy.rules:
        if not _depends_on_issuing(rule) or not target.roles & rule.check.roles:
            continue
        known = _failures(rule, leaf, target, None)
        for day in days:
            failures = _failures(rule, leaf, target, day)
            for key, finding in failures.items():
                if key not in known:
                    yield Change(max(start, midnight(day)), target.id, finding, renewal=True)
            known |= failures


def _depends_on_issuing(rule: TargetRule) -> bool:
    """Whether the rule judges certificates by the day on which they were issued, not by the clock."""
    return rule.always is None and rule.check.subject is CertificateInRole and not rule.check.takes_clock


def _failures(
    rule: TargetRule, leaf: Certificate, target: Target, issued: date | None
) -> dict[tuple[str, str], Finding]:
    """The failures by key and message; `issued` None means the day on which the leaf was issued."""
    subject = IssuedInRole(leaf, "leaf", target.roles)
    day = midnight(issued) if issued else None
    now = day or leaf.not_before
    bound = bind(rule, subject, subject.label, now, as_issued=day)
    supplied = settings_of(target).parameters(rule.check)
    found = (bound,) if isinstance(bound, Finding) else apply(bound, subject, subject.label, now, supplied)
    return {(f.key, f.message): f for f in found if f.outcome is Outcome.FAIL}
