"""What the first page of the HTML report says about the run as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from certgate.model.frozen import frozen
from certgate.model.rule_doc import RuleDoc
from certgate.model.verdict import RunHeader, RunHistory, RunSummary, Verdict
from certgate.reports.difference_text import Section
from certgate.reports.facts import NOTHING_KNOWN, beside, ending, meaning, not_observed, off_in
from certgate.reports.grouping import KINDS, Cause, Grouping
from certgate.reports.since import Since
from certgate.reports.web.target_view import State, anchor_of
from certgate.reports.web.trend import RunPoint

__all__ = ["Change", "GroupView", "change", "earlier_points", "excused_rules", "groups", "point_of", "run_values"]

_MOST_CHANGES = 100
_LONGEST_NAME = 160
"""Characters; a longer id is cut, and has no link."""


@frozen(slots=True, kw_only=True)
class GroupView:
    """A rule, and what fails it."""

    kind: str
    rule: str
    title: str
    why: str
    source: str
    targets: int
    counts: bool
    """Whether it keeps targets from being compliant."""
    causes: Sequence[tuple[str, Sequence[tuple[Cause, Sequence[tuple[str, str]]]]]]
    """For each fix its causes, each with the names of its first targets and their anchors."""


@frozen(slots=True, kw_only=True)
class Change:
    """What changed since the last whole run, in words."""

    headline: str
    sections: Sequence[Section]
    problems: Sequence[str]
    """What in the history is left out."""


def run_values(header: RunHeader, summary: RunSummary) -> dict[str, Any]:
    """The facts about the run."""
    state = State(summary.verdict.value)
    return {
        "state": state,
        "meaning": meaning(summary),
        "ending": ending(summary),
        "is_whole": summary.is_whole,
        "known_unreachable": summary.known_unreachable,
        "not_observed": not_observed(header),
        "only": header.only,
        "started_at": header.started_at.astimezone(UTC),
        "facts": [(name, value) for name, value in _facts(header, summary) if value],
        "stores": header.stores,
        "left_out_rules": header.left_out,
        "disabled": [(off.rule, off_in(off), off.reason) for off in header.disabled],
        "notices": summary.notices,
    }


def _facts(header: RunHeader, summary: RunSummary) -> Iterator[tuple[str, str]]:
    yield "Started", f"{header.started_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    yield "Evaluated as of", f"{header.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if header.at else ""
    yield "Policy", ", ".join(header.policies)
    yield "Fails on", header.fail_on
    yield "Targets", beside(summary).removeprefix("; ")
    yield "Connections", f"{summary.connections:,}" if summary.connections else ""
    yield "Waivers", "ignored (--no-waivers)" if header.waivers is None else f"{header.waivers or ''}"
    yield "Baseline", header.baseline
    yield "Accepted without an answer", f"until {header.accepted_until}" if header.accepted_until else ""
    yield "certgate", header.version


def groups(grouping: Grouping, rules: Mapping[str, RuleDoc]) -> Iterator[GroupView]:
    """What is wrong, the worst first."""
    for group in (group for section in grouping.sections for group in section.worst_first):
        doc = rules.get(group.rule)
        causes: dict[str, list[tuple[Cause, Sequence[tuple[str, str]]]]] = {}
        for cause in group.worst_first:
            names = [(name, anchor_of(name) if len(name) <= _LONGEST_NAME else "") for name in cause.names]
            causes.setdefault(cause.fix, []).append((cause, names))
        yield GroupView(
            kind=group.kind,
            rule="" if group.rule == NOTHING_KNOWN else group.rule,
            title=doc.title if doc else NOTHING_KNOWN,
            why=group.why,
            source=doc.citation if doc else "",
            targets=group.targets,
            counts=group.violates or group.kind in {"not-checked", "crashed"},
            causes=list(causes.items()),
        )


def excused_rules(grouping: Grouping) -> Sequence[tuple[str, str, int]]:
    """Kind, rule and number of targets of the failures that a waiver or the baseline excuses."""
    found = [(kind, rule, count) for (kind, rule), count in grouping.rules.items() if kind in KINDS[-2:]]
    return sorted(found, key=lambda row: (-row[2], row[1]))


def change(history: RunHistory | None, summary: RunSummary) -> Change | None:
    """What changed; None without a history."""
    since = Since(history)
    if not since.headline(summary):
        return None
    return Change(
        headline=since.headline(summary),
        sections=list(since.sections(summary, _MOST_CHANGES)),
        problems=since.problems,
    )


def earlier_points(history: RunHistory | None) -> Sequence[RunPoint]:
    """The earlier runs, for the trend."""
    return [point_of(run.started_at, run.summary) for run in history.earlier] if history else []


def point_of(at: datetime, summary: RunSummary) -> RunPoint:
    """A run with these totals, for the trend."""
    return RunPoint(
        at=at,
        violated=summary.targets.get(Verdict.VIOLATED, 0),
        incomplete=summary.targets.get(Verdict.INCOMPLETE, 0),
        excused=summary.excused,
        compliant=summary.targets.get(Verdict.COMPLIANT, 0) - summary.excused,
    )
