"""The reports of `certgate diff`: terminal, Markdown, text, Slack and JSON."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TextIO

import certgate
from certgate.judge.difference import CertificateChange, Difference, TargetFinding
from certgate.model.counted import plural
from certgate.model.snapshot import Snapshot
from certgate.reports.difference_text import counted, heading, sections
from certgate.reports.escape import for_markdown, for_slack, for_terminal, to_json
from certgate.reports.interface import ReportOptions
from certgate.reports.json_report import dumped
from certgate.reports.message import MOST_CHARACTERS
from certgate.reports.page import Page

__all__ = ["DIFF_FORMATS"]

_DIFF_VERSION = 1
Writer = Callable[[Difference, TextIO, ReportOptions], None]


def _terminal(difference: Difference, sink: TextIO, options: ReportOptions) -> None:
    page = Page(sink, width=options.width, colour=options.colour)
    page.line((f"certgate {certgate.__version__}", "bold"), f", {heading(difference)}", hang=2)
    page.blank()
    for section in sections(difference, str, verbose=options.verbose):
        page.line((f"{section.title} ({len(section.lines):,})", "bold"))
        for target, said in section.lines:
            page.line((target, "bold"), f"  {said}" if said else "", indent=2, hang=2)
        page.blank()
    page.line(counted(difference), hang=2)


def _markdown(difference: Difference, sink: TextIO, options: ReportOptions) -> None:
    sink.write(f"## certgate: {counted(difference)}\n\n{heading(difference, for_markdown)}\n\n")
    for section in sections(difference, for_markdown, verbose=options.verbose):
        sink.write(f"### {section.title}\n\n")
        sink.writelines(f"- {target} {said}".rstrip() + "\n" for target, said in section.lines)
        sink.write("\n")


def _message(difference: Difference, escape: Callable[[str], str], bold: Callable[[str], str]) -> Iterator[str]:
    """At most MOST_CHARACTERS; the last line counts what is left out."""
    lines = [f"{bold('certgate')}: {counted(difference)}", heading(difference, escape)]
    for section in sections(difference, escape):
        lines += ["", bold(section.title), *(f"{target}: {said}" if said else target for target, said in section.lines)]
    left = MOST_CHARACTERS - len("and 99,999,999 more lines") - 1
    for number, line in enumerate(lines):
        left -= len(line) + 1
        if left < 0:
            yield f"and {plural(len(lines) - number, 'more line')}"
            return
        yield line


def _text(difference: Difference, sink: TextIO, options: ReportOptions) -> None:  # noqa: ARG001 (nothing to choose)
    sink.writelines(f"{line}\n" for line in _message(difference, for_terminal, str))


def _slack(difference: Difference, sink: TextIO, options: ReportOptions) -> None:  # noqa: ARG001 (nothing to choose)
    sink.write(to_json({"text": "\n".join(_message(difference, for_slack, lambda text: f"*{text}*"))}) + "\n")


def _json(difference: Difference, sink: TextIO, options: ReportOptions) -> None:  # noqa: ARG001 (nothing to choose)
    members: dict[str, Any] = {
        "certgate": certgate.__version__,
        "diff_version": _DIFF_VERSION,
        "old": _run(difference.old),
        "new": _run(difference.new),
        "findings": {
            "compared": difference.is_judged,
            "new": [_finding(one) for one in difference.new_findings],
            "fixed": [_finding(one) for one in difference.fixed],
            "not_known": [_finding(one) for one in difference.unclear],
            "still": [_finding(one) for one in difference.still],
        },
        "certificates": [_certificate(one) for one in difference.certificates],
        "connections": [
            {"target": one.target, "what": one.what, "old": list(one.old), "new": list(one.new)}
            for one in difference.connections
        ],
        "targets": {
            "appeared": difference.appeared,
            "vanished": difference.vanished,
            "unreachable": [{"target": t.id, "reason": t.unreachable} for t in difference.unreachable],
            "back": difference.back,
        },
    }
    inside = ",\n".join(f'"{name}": {dumped(value)}' for name, value in members.items())
    sink.write(f"{{\n{inside}\n}}\n")


def _run(snapshot: Snapshot) -> dict[str, Any]:
    return {"file": snapshot.name, "at": _time(snapshot.at), "targets": len(snapshot.targets)}


def _finding(one: TargetFinding) -> dict[str, Any]:
    finding = one.finding
    return {
        "target": one.target,
        "rule": finding.rule,
        "subject": finding.subject,
        "severity": finding.severity,
        "outcome": "fail" if finding.is_failure else "not-checked",
        "violation": finding.violates,
        "excused": finding.is_excused,
        "message": finding.message,
        "fingerprint": finding.fingerprint,
    }


def _certificate(change: CertificateChange) -> dict[str, Any]:
    """`same_key` and `names` are null where they are not known, or there is only one certificate."""
    names = change.names
    return {
        "target": change.target,
        "label": change.label,
        "change": change.kind,
        "same_key": change.same_key,
        "names": names and {"added": list(names[0]), "removed": list(names[1])},
        **{
            side: one
            and {
                "subject": one.subject,
                "issuer": one.issuer,
                "sha256": one.sha256,
                "not_after": one.not_after and _time(one.not_after),
            }
            for side, one in (("old", change.old), ("new", change.new))
        },
    }


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


DIFF_FORMATS: Mapping[str, Writer] = MappingProxyType(
    {"terminal": _terminal, "json": _json, "markdown": _markdown, "text": _text, "slack": _slack}
)
"""The formats of a comparison; those of runs that are not here are about one run alone."""
