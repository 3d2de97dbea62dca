"""Times at which a result may change: the dates in certificates, policies and waivers."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from certgate.model.verdict import CertificateSummary
from certgate.model.waiver import Waiver
from certgate.policy.model import Dated, Day, TargetPolicy

__all__ = ["change_dates", "issuing_days", "midnight"]

_STEP = timedelta(days=30)
"""Longest time between two dates, so that a failure that lasts only for a while is found too."""


def change_dates(
    start: datetime,
    end: datetime,
    policy: TargetPolicy,
    waivers: Iterable[Waiver],
    certificates: Iterable[CertificateSummary],
) -> list[datetime]:
    """The dates from `start` to `end`, both included, in order; more are added so that gaps are at most 30 days."""
    found = {start, end}
    found |= {start + n * _STEP for n in range((end - start) // _STEP + 1)}
    found |= {midnight(day) for rule in policy.rules for day in _days((rule.parameters, rule.since, rule.until))}
    found |= {midnight(day) for rule in policy.rules for entry in rule.entries for day in _days(entry.keys)}
    found |= {midnight(waiver.expires + timedelta(days=1)) for waiver in waivers if waiver.expires < date.max}
    for certificate in certificates:
        found |= {moment for moment in (certificate.not_before, certificate.not_after) if moment}
    return sorted(moment for moment in found if start <= moment <= end)


def issuing_days(policy: TargetPolicy) -> set[date]:
    """Days from which the policy has different requirements for newly issued certificates."""
    found: set[date] = set()
    for rule in policy.rules:
        dated = (value for value in rule.parameters.values() if isinstance(value, Dated))
        found |= {before for value in dated for before, _ in value.rows if before}
        found |= {day.day for day in (rule.since, rule.until) if day and day.by == "issued"}
    return found


def midnight(day: date) -> datetime:
    """The first moment of the day, UTC."""
    return datetime.combine(day, time(), UTC)


def _days(value: Any) -> Iterator[date]:
    match value:
        case date():
            yield value
        case Day():
            yield value.day
        case Dated():
            yield from _days(value.rows)
        case Mapping():
            yield from _days(tuple(value.values()))
        case tuple() | list():
            for part in value:
                yield from _days(part)
