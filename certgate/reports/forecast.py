"""The forecast as text and as JSON: what will start to fail, the soonest first."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TextIO

from certgate.judge.forecast.forecast_run import Event, Forecast
from certgate.model.counted import listed, plural
from certgate.model.rule_doc import RuleDoc
from certgate.model.verdict import RunHeader
from certgate.reports.escape import cut, for_json, to_json
from certgate.reports.marks import mark, rule_part
from certgate.reports.page import Page

__all__ = ["write_json", "write_text"]

_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold cyan"}
_LONGEST_SUBJECT = 160
_At = tuple[Event, list[str]]
_LISTED = 3
"""Targets that are named; the rest is counted."""


def write_text(outlook: Forecast, header: RunHeader, page: Page) -> None:
    """A block for each day and reason."""
    span = f"{outlook.start:%Y-%m-%d %H:%M} to {outlook.end:%Y-%m-%d} UTC"
    page.line((f"certgate {header.version}", "bold"), f", policy {', '.join(header.policies)}", hang=2)
    page.line(f"what will fail from {span}", hang=2)
    page.blank()
    for unseen in outlook.unseen:
        page.line(("not observed  ", "bold magenta"), (unseen.target, "bold"), f": {unseen.reason}", hang=2)
    if outlook.unseen:
        page.blank()
    count = 0
    for together in _grouped(outlook).values():
        count += len(together)
        _block(page, together, outlook.start, header.rules)
    if count:
        page.blank()
    today = f"; {plural(outlook.failing, 'violation')} today (see certgate check or scan)"
    ended = "; interrupted before every target was observed" if outlook.interrupted else ""
    page.line(
        f"{plural(outlook.targets, 'target')}, {len(outlook.unseen):,} not observed: {plural(count, 'event')}",
        today if outlook.failing else "", ended, hang=2,
    )  # fmt: skip


def _grouped(outlook: Forecast) -> dict[object, list[_At]]:
    """The events of one day with the same reason together."""
    groups: dict[object, list[_At]] = {}
    for event, targets in outlook.events():
        groups.setdefault((event.at.date(), event.rule, event.kind, event.renewal), []).append((event, targets))
    return groups


def _block(page: Page, together: Sequence[_At], start: datetime, rules: Mapping[str, RuleDoc]) -> None:
    """When, what and where; of several events the targets and an example."""
    event, targets = together[0]
    when = "now" if event.at == start else f"in {plural((event.at - start).days, 'day')}"
    at = f"{event.at:%Y-%m-%d %H:%M:%S}" if len({one.at for one, _ in together}) == 1 else f"{event.at:%Y-%m-%d}"
    sign = mark(event.kind, unicode=page.speaks_unicode), _STYLES.get(event.kind, "")
    page.line((at, "bold"), f"  {when}  ", sign, "  ", rule_part(event.rule, rules, ""), hang=2)
    about = f"{cut(event.subject, _LONGEST_SUBJECT)}: {_message(event)}"
    if len(together) == 1:
        page.line(f"{_where(targets)}, {about}", indent=2, hang=2)
        return
    everywhere = list(dict.fromkeys(target for _, some in together for target in some))
    page.line(f"{plural(len(everywhere), 'target')}: {_where(everywhere)}", indent=2, hang=2)
    page.line(f"{plural(len(together), 'event')}, for example {targets[0]}, {about}", indent=2, hang=2)


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
