"""What `certgate history` prints: the runs of a history, or the certificates of a target over time."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from certgate.model.certificate_period import CertificatePeriod, TargetHistory
from certgate.model.counted import listed, plural
from certgate.model.verdict import RunRecord, Verdict, exit_code
from certgate.reports.difference_members import time_text
from certgate.reports.json_text import dumped
from certgate.reports.page import Page

__all__ = ["runs_json", "target_json", "write_runs", "write_target"]

_HISTORY_VERSION = 1
_COLUMNS = ("started (UTC)", "verdict", "targets", "compliant", "violated", "incomplete")
_KEYS = {True: "same key", False: "new key", None: ""}


def write_runs(page: Page, folder: str, runs: Sequence[RunRecord]) -> None:
    """A table of the runs over each list of targets."""
    if not runs:
        page.line(f"{folder} has no run")
    for number, (declared, group) in enumerate(groupby(sorted(runs, key=_by_list), lambda one: one.declared)):
        if number:
            page.blank()
        page.line((listed(declared), "bold"), hang=2)
        page.line((_row(_COLUMNS), "dim"), indent=2)
        for one in group:
            page.line(_row(_cells(one)), f"  {_remark(one)}".rstrip(), indent=2, hang=4)


def runs_json(folder: str, runs: Sequence[RunRecord]) -> str:
    """The same as JSON."""
    return _document({"folder": folder, "runs": [_run(one) for one in runs]})


def write_target(page: Page, found: TargetHistory) -> None:
    """A block for each certificate, in the order in which they were first seen."""
    unseen = f", not observed in {found.not_observed:,} of them" if found.not_observed else ""
    page.line((found.target, "bold"), f", {plural(found.runs, 'run')}{unseen}", hang=2)
    for period in found.certificates:
        page.blank()
        for line in _lines(period):
            page.line(line, indent=2, hang=2)


def target_json(found: TargetHistory) -> str:
    """The same as JSON."""
    return _document(
        {
            "target": found.target,
            "runs": found.runs,
            "not_observed": found.not_observed,
            "certificates": [_period(one) for one in found.certificates],
        }
    )


def _by_list(run: RunRecord) -> tuple[tuple[str, ...], datetime]:
    return run.declared, run.started_at


def _cells(run: RunRecord) -> Sequence[str]:
    counts = run.summary.targets
    numbers = (sum(counts.values()), *(counts.get(verdict, 0) for verdict in Verdict))
    return f"{run.started_at:%Y-%m-%d %H:%M}", run.summary.verdict, *(f"{number:,}" for number in numbers)


def _row(cells: Sequence[str]) -> str:
    first, second, *numbers = cells
    widths = (len(title) for title in _COLUMNS[2:])
    return "  ".join((f"{first:<16}", f"{second:<10}", *map(str.rjust, numbers, widths)))


def _remark(run: RunRecord) -> str:
    if run.summary.interrupted:
        return "interrupted"
    if not run.is_whole:
        return "not whole"
    return f"only {listed(run.only, 3)}" if run.only else ""


def _lines(period: CertificatePeriod) -> Iterator[str]:
    one = period.certificate
    seen = f"{period.first_seen:%Y-%m-%d %H:%M} to {period.last_seen:%Y-%m-%d %H:%M} UTC"
    yield ", ".join(filter(None, (f"seen {seen}", plural(period.runs, "run"), _KEYS[period.same_key])))
    yield f"subject {one.subject}"
    yield f"issuer  {one.issuer or 'not known'}"
    yield f"valid   {_day(one.not_before)} to {_day(one.not_after)}"
    yield f"serial  {one.serial or 'not known'}"
    yield f"sha256  {one.sha256 or 'not known'}"


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "not known"


def _run(run: RunRecord) -> dict[str, Any]:
    summary = run.summary
    return {
        "name": run.name,
        "started_at": time_text(run.started_at),
        "declared": list(run.declared),
        "only": list(run.only),
        "whole": run.is_whole,
        "interrupted": summary.interrupted,
        "verdict": summary.verdict,
        "exit_code": exit_code(summary.verdict),
        "targets": {verdict.value: summary.targets.get(verdict, 0) for verdict in Verdict},
        "excused": summary.excused,
        "violations": summary.violations,
        "warnings": summary.warnings,
        "not_checked": summary.not_checked,
        "waived": summary.waived,
        "known": summary.known,
        "missing": summary.missing,
    }


def _period(period: CertificatePeriod) -> dict[str, Any]:
    """`same_key` is null for the first certificate, and if a key is not known."""
    one = period.certificate
    return {
        "first_seen": time_text(period.first_seen),
        "last_seen": time_text(period.last_seen),
        "runs": period.runs,
        "same_key": period.same_key,
        "subject": one.subject,
        "issuer": one.issuer,
        "serial": one.serial,
        "sha256": one.sha256,
        "spki_sha256": one.spki_sha256,
        "names": None if one.names is None else list(one.names),
        "not_before": one.not_before and time_text(one.not_before),
        "not_after": one.not_after and time_text(one.not_after),
    }


def _document(members: dict[str, Any]) -> str:
    return json.dumps(json.loads(dumped({"history_version": _HISTORY_VERSION, **members})), indent=2)
