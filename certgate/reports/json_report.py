"""The report for programs: JSON by `report.schema.json` beside this module, one target per line."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, TextIO

from certgate.model.difference import Difference
from certgate.model.hint import RunHint
from certgate.model.reserved import BASELINE_EXPIRING, BASELINE_GONE, EXCEPTION_RULES, WAIVER_EXPIRING, WAIVER_UNUSED
from certgate.model.rule_doc import RuleDoc
from certgate.model.verdict import (
    Notice,
    RunHeader,
    RunHistory,
    RunSummary,
    TargetResult,
    Verdict,
    exit_code,
)
from certgate.reports.difference_members import difference_members, time_text
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.json_target import TargetText, store_member
from certgate.reports.json_text import dumped, place_member, time_member

__all__ = ["REPORT_VERSION", "JsonReport"]

REPORT_VERSION = 2
"""Rises when a reader of the version before could not read the report; new members do not raise it."""


class JsonReport(Report):
    """Written as results come."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._separator = "\n"

    def begin(self, header: RunHeader) -> None:
        """Everything up to the targets."""
        self._text = TargetText(header.fail_on, verbose=self.options.verbose)
        members = self.header(header)
        self.sink.write("{\n")
        for name, value in members.items():
            self.sink.write(f'"{name}": {dumped(value)},\n')
        self.sink.write('"targets": [')

    def add(self, result: TargetResult) -> None:
        """One target on one line."""
        self.sink.write(self._separator + self._text.of(result))
        self._separator = ",\n"

    def end(self, summary: RunSummary) -> None:
        """The totals and the verdict."""
        self.sink.write(f'\n],\n"summary": {dumped(self.summary(summary))}\n}}\n')

    def header(self, header: RunHeader) -> dict[str, Any]:
        """The members about the run."""
        return {
            "certgate": header.version,
            "report_version": REPORT_VERSION,
            "started_at": time_member(header.started_at),
            "at": time_member(header.at),
            "fail_on": header.fail_on.value,
            "policies": list(header.policies),
            "stores": [store_member(s) for s in header.stores],
            "waivers": header.waivers,
            "baseline": header.baseline,
            "accept_known_unreachable": header.accepted_until and header.accepted_until.isoformat(),
            "only": list(header.only),
            "left_out": list(header.left_out),
            "not_observed": header.not_observed and asdict(header.not_observed),
            "disabled": [asdict(off) for off in header.disabled],
            **({"history": _history(header.history)} if header.history else {}),
            "rules": {
                doc.id: {"title": doc.title, "citation": doc.citation, "why": doc.why, "fix": doc.fix}
                for doc in (*header.rules.values(), *_exceptions(header))
            },
        }

    def summary(self, summary: RunSummary) -> dict[str, Any]:
        """The members of the summary."""
        return {
            "verdict": summary.verdict,
            "exit_code": exit_code(summary.verdict),
            **({"exit_zero": True} if summary.exit_zero else {}),
            "targets": {v.value: summary.targets.get(v, 0) for v in Verdict},
            "excused": summary.excused,
            "known_unreachable": summary.known_unreachable,
            "accepted_unreachable": summary.accepted_unreachable,
            "violations": summary.violations,
            "warnings": summary.warnings,
            "not_checked": summary.not_checked,
            "interrupted": summary.interrupted,
            "not_visited": summary.not_visited,
            "connections": summary.connections,
            "account": asdict(summary.account),
            "missing": summary.missing,
            "missing_ids": list(summary.missing_ids),
            "faults": list(summary.faults),
            "waived": summary.waived,
            "known": summary.known,
            "notices": list(map(_notice, summary.notices)),
            **({"hints": [_hint(hint) for hint in summary.hints]} if summary.hints else {}),
            **({"changes": _changes(summary.difference)} if summary.difference else {}),
        }


def _history(history: RunHistory) -> dict[str, Any]:
    """The earlier runs; `last` is null if there is none to compare with."""
    return {
        "folder": history.folder,
        "runs": len(history.earlier),
        "last": history.last and time_text(history.last.started_at),
        "problems": list(history.problems),
    }


def _changes(difference: Difference) -> dict[str, Any]:
    return {"since": time_text(difference.old.at), **difference_members(difference)}


def _exceptions(header: RunHeader) -> Iterator[RuleDoc]:
    """Rules that the notices at the end of the run may be about."""
    if header.waivers:
        yield from (EXCEPTION_RULES[WAIVER_EXPIRING], EXCEPTION_RULES[WAIVER_UNUSED])
    if header.baseline:
        yield from (EXCEPTION_RULES[BASELINE_GONE], EXCEPTION_RULES[BASELINE_EXPIRING])


def _notice(notice: Notice) -> dict[str, Any]:
    return {"rule": notice.rule, "message": notice.message, "place": place_member(notice.place)}


def _hint(hint: RunHint) -> dict[str, Any]:
    return {
        "cause": hint.cause,
        "message": hint.message,
        "target": hint.target,
        "targets": hint.targets,
        "command": hint.command,
    }
