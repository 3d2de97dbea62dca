"""The result of a forecast: for every target what will start to fail, equal events merged."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from typing import NamedTuple

from certgate.judge.forecast.change_dates import change_dates
from certgate.judge.forecast.changes import Change, changes
from certgate.judge.forecast.renewal import renewals
from certgate.model.finding import Severity
from certgate.model.frozen import changeable
from certgate.model.observation import Observed
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.vantage_label import is_of_key_type, seen_at
from certgate.model.verdict import TargetResult
from certgate.policy.model import TargetPolicy

__all__ = ["Event", "Forecast", "MissingForecast", "TargetForecast", "event_of", "forecast_target"]


class Event(NamedTuple):
    """Something that starts to fail at one moment, at one or more targets."""

    at: datetime
    rule: str
    kind: str
    """`error`, `warning` or `info`; `not-checked` or `crashed` where the answer will be missing."""
    subject: str
    """The finding's subject; for a certificate its role and name. Foreign text."""
    message: str
    """Foreign text."""
    renewal: bool
    """Whether it is about a renewal that is like today's certificate."""


class TargetForecast(NamedTuple):
    """The forecast for one target."""

    target: str
    failing: int = 0
    """The number of violations at the start, which are not part of the forecast."""
    unseen: tuple[str, ...] = ()
    """Why there is no forecast."""
    events: tuple[Event, ...] = ()


class MissingForecast(NamedTuple):
    """A target without a forecast."""

    target: str
    reason: str


@changeable(kw_only=True)
class Forecast:
    """The forecast from `start` to `end`. It takes results one by one and keeps none of them."""

    start: datetime
    end: datetime
    targets: int = 0
    failing: int = 0
    unseen: list[MissingForecast] = field(default_factory=list)
    interrupted: bool = False
    missing: int = 0
    """Declared targets that are not among `targets`."""
    _events: dict[Event, list[str]] = field(default_factory=dict)

    def add(self, forecast: TargetForecast) -> None:
        """Take the forecast for one target."""
        self.targets += 1
        self.failing += forecast.failing
        self.unseen += [MissingForecast(forecast.target, reason) for reason in forecast.unseen]
        for event in forecast.events:
            self.put(event, [forecast.target])

    def put(self, event: Event, targets: Iterable[str]) -> None:
        """Note that the event happens at the targets."""
        self._events.setdefault(event, []).extend(targets)

    def events(self) -> Iterator[tuple[Event, list[str]]]:
        """The events in order of time, each with its targets."""
        yield from sorted(self._events.items())


def forecast_target(
    observed: Observed,
    judge: Callable[[datetime], TargetResult],
    policy: TargetPolicy,
    fail_on: Severity,
    *,
    start: datetime,
    end: datetime,
) -> TargetForecast:
    """Judge the observations of one target at every moment that matters."""
    today = judge(start)
    dates = change_dates(start, end, policy, policy.waivers, today.certificates)
    names = {f"{c.label}{seen_at(c.vantage)}": c.subject for c in today.certificates}
    names = {c.label: c.subject for c in today.certificates if not is_of_key_type(c.vantage)} | names
    found = (*changes(judge, dates), *renewals(observed, policy, start, end))
    return TargetForecast(
        observed.target.id,
        failing=sum(finding.violates(fail_on) for finding in today.findings),
        unseen=tuple(f.message for f in today.findings if f.not_checked and f.rule == TARGET_OBSERVED),
        events=tuple(event_of(change, names) for change in found),
    )


def event_of(change: Change, names: Mapping[str, str]) -> Event:
    """The change as an event; `names` are the names of certificates by label and vantage."""
    finding = change.finding
    kind = finding.outcome.value if finding.not_checked else finding.severity.value
    subject = f"{finding.subject}{seen_at(finding.vantage)}"
    name = names.get(subject) or names.get(finding.subject, "")
    subject = f"{subject} {name}".rstrip()
    return Event(change.at, finding.rule, kind, subject, finding.message, change.renewal)
