"""The forecast as text and as JSON: what will start to fail, the soonest first."""

from datetime import UTC, datetime
from typing import TextIO

from certgate.judge.forecast.forecast_run import Event, Forecast
from certgate.model.counted import listed, plural
from certgate.model.verdict import RunHeader
from certgate.reports.escape import cut, for_json, to_json
from certgate.reports.page import Page

__all__ = ["write_json", "write_text"]

_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold cyan"}
_LONGEST_SUBJECT = 160
_LISTED = 3
"""Targets that are named; the rest is counted."""


def write_text(outlook: Forecast, header: RunHeader, sink: TextIO, *, width: int, colour: bool) -> None:
    """A block for each event."""
    page = Page(sink, width=width, colour=colour)
    span = f"{outlook.start:%Y-%m-%d %H:%M} to {outlook.end:%Y-%m-%d} UTC"
    page.line((f"certgate {header.version}", "bold"), f", policy {', '.join(header.policies)}", hang=2)
    page.line(f"what will fail from {span}", hang=2)
    page.blank()
    for unseen in outlook.unseen:
        page.line(("not observed  ", "bold magenta"), (unseen.target, "bold"), f": {unseen.reason}", hang=2)
    if outlook.unseen:
        page.blank()
    count = 0
    for event, targets in outlook.events():
        count += 1
        days = (event.at - outlook.start).days
        when = "now" if event.at == outlook.start else f"in {plural(days, 'day')}"
        page.line(
            (f"{event.at:%Y-%m-%d %H:%M:%S}", "bold"), f"  {when}  ", (event.kind, _STYLES.get(event.kind, "")),
            f"  {event.rule}", hang=2,
        )  # fmt: skip
        page.line(f"{_where(targets)}, {cut(event.subject, _LONGEST_SUBJECT)}: {_message(event)}", indent=2, hang=2)
    if count:
        page.blank()
    today = f"; {plural(outlook.failing, 'violation')} today (see certgate check or scan)"
    ended = "; interrupted before every target was observed" if outlook.interrupted else ""
    page.line(
        f"{plural(outlook.targets, 'target')}, {len(outlook.unseen):,} not observed: {plural(count, 'event')}",
        today if outlook.failing else "", ended, hang=2,
    )  # fmt: skip


def write_json(outlook: Forecast, header: RunHeader, sink: TextIO) -> None:
    """One event a line."""
    head = {
        "certgate": header.version,
        "forecast_version": 1,
        "from": _time(outlook.start),
        "to": _time(outlook.end),
        "policies": list(header.policies),
        "targets": outlook.targets,
        "violations_today": outlook.failing,
        "interrupted": outlook.interrupted,
        "not_observed": [{"target": for_json(u.target), "reason": for_json(u.reason)} for u in outlook.unseen],
    }
    events = [_event(event, targets) for event, targets in outlook.events()]
    sink.write(to_json(head)[:-1] + ', "events": [')
    sink.write(",".join(f"\n{to_json(event)}" for event in events))
    sink.write("\n]}\n")


def _event(event: Event, targets: list[str]) -> dict[str, object]:
    return {
        "at": _time(event.at),
        "rule": event.rule,
        "kind": event.kind,
        "subject": for_json(event.subject),
        "message": for_json(event.message),
        "renewal": event.renewal,
        "targets": [for_json(target) for target in targets],
    }


def _message(event: Event) -> str:
    return f"a renewal with today's profile will fail: {event.message}" if event.renewal else event.message


def _where(targets: list[str]) -> str:
    return listed(targets, _LISTED)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
