"""When certificates expire: a calendar of twelve months, and the certificates that expire first."""

from calendar import Calendar, day_abbr, month_name
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from heapq import nsmallest

from certgate.model.frozen import changeable, frozen
from certgate.model.vantage_label import position
from certgate.model.verdict import CertificateSummary, TargetResult
from certgate.reports.escape import cut
from certgate.reports.web.target_view import anchor_of, days_between, urgency_of

__all__ = ["Day", "Ending", "Expiry", "Month"]

_MONTHS = 12
_HORIZON = timedelta(days=400)
_KEPT, _LISTED, _NAMED = 1_000, 25, 3
_LONGEST_NAME = 160
_CELL, _TOP = 24, 40
"""The size of a day, and of what is above the days, in units of the drawing."""


@frozen(slots=True, kw_only=True)
class Day:
    """A day of the calendar, with its place in the drawing."""

    day: date
    x: int
    y: int
    targets: int
    urgency: str
    is_today: bool

    @property
    def label(self) -> str:
        """The day in words, with what expires on it."""
        have = "target has" if self.targets == 1 else "targets have"
        return f"{self.day.day} {month_name[self.day.month]}: {self.targets:,} {have} a certificate that expires"


@frozen(slots=True, kw_only=True)
class Month:
    """A month of the calendar."""

    title: str
    weekdays: Sequence[tuple[int, str]]
    """The horizontal place of each weekday, and its name."""
    days: Sequence[Day]
    targets: int
    height: int


@changeable(slots=True, kw_only=True)
class Ending:
    """A certificate, and the targets that have it. Text is foreign."""

    at: datetime
    days_left: int
    urgency: str
    label: str
    subject: str
    names: list[tuple[str, str]]
    """The ids of the first targets, cut, and their anchors."""
    targets: int = 0


class Expiry:
    """Takes results one by one and keeps counts by day, and the certificates that expire first."""

    def __init__(self) -> None:
        self._days: Counter[date] = Counter()
        self._endings: dict[str, Ending] = {}
        self._today: date | None = None
        self._beyond = 0
        self.expired = 0
        """Targets with an expired certificate."""
        self.unknown = 0
        """Targets without a certificate whose expiry date is known."""

    def add(self, result: TargetResult) -> None:
        """Count the certificates of one target."""
        path = {c.sha256: c for c in result.certificates if c.not_after and c.is_used}
        today = result.clock.astimezone(UTC).date()
        self._today = max(self._today or today, today)
        self.unknown += not path
        days = set()
        for digest, certificate in path.items():
            at = certificate.not_after or result.clock
            if at >= result.clock:
                days.add(at.astimezone(UTC).date())
                self._end(result, digest, at, certificate)
        self.expired += any(c.not_after < result.clock for c in path.values() if c.not_after)
        self._days.update(day for day in days if day - today <= _HORIZON)
        self._beyond += sum(day - today > _HORIZON for day in days)
        if len(self._endings) > _KEPT:
            self._endings = dict(nsmallest(_KEPT // 2, self._endings.items(), key=lambda pair: _soonest(pair[1])))

    def _end(self, result: TargetResult, digest: str, at: datetime, certificate: CertificateSummary) -> None:
        left = days_between(result.clock, at)
        new = Ending(
            at=at.astimezone(UTC),
            days_left=left,
            urgency=urgency_of(left),
            label=position(certificate.label, certificate.vantage),
            subject=cut(_called(certificate), _LONGEST_NAME),
            names=[],
        )
        ending = self._endings.setdefault(digest, new)
        ending.targets += 1
        if len(ending.names) < _NAMED:
            ending.names.append((cut(result.target.id, _LONGEST_NAME), anchor_of(result.target.id)))

    @property
    def first(self) -> Sequence[Ending]:
        """The certificates that expire first."""
        return nsmallest(_LISTED, self._endings.values(), key=_soonest)

    @property
    def months(self) -> Sequence[Month]:
        """The months from the time of evaluation on; empty if nothing is known."""
        if self._today is None or not self._days:
            return ()
        first = self._today.year * 12 + self._today.month - 1
        return [self._month(*divmod(first + number, 12), self._today) for number in range(_MONTHS)]

    @property
    def later(self) -> int:
        """The number of expiry dates after these months, each counted once for each target."""
        shown = max((day.day for month in self.months for day in month.days), default=date.max)
        return sum(count for day, count in self._days.items() if day > shown) + self._beyond

    def _month(self, year: int, index: int, today: date) -> Month:
        month = index + 1
        weeks = Calendar().monthdatescalendar(year, month)
        days = [
            Day(
                day=day,
                x=column * _CELL,
                y=_TOP + row * _CELL,
                targets=self._days[day],
                urgency=urgency_of((day - today).days),
                is_today=day == today,
            )
            for row, week in enumerate(weeks)
            for column, day in enumerate(week)
            if day.month == month
        ]
        return Month(
            title=f"{month_name[month]} {year}",
            weekdays=[(column * _CELL, name[:2]) for column, name in enumerate(day_abbr)],
            days=days,
            targets=sum(day.targets for day in days),
            height=_TOP + 6 * _CELL,
        )


def _called(certificate: CertificateSummary) -> str:
    """Its subject, and for one that is empty the first of its names."""
    name = next(iter(certificate.names), "") if "=" not in certificate.subject else ""
    return f"{certificate.subject} {name}".rstrip()


def _soonest(ending: Ending) -> tuple[datetime, str]:
    return ending.at, ending.subject
