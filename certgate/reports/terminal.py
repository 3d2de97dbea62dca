"""The report for people: a block for every target that is not compliant, a line for every one that is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.rule_doc import RuleDoc
from certgate.model.target import Source
from certgate.model.verdict import Notice, PathState, RunHeader, RunSummary, TargetResult, Verdict, exit_code
from certgate.reports.advice import advice
from certgate.reports.escape import cut
from certgate.reports.facts import (
    about,
    counts_against,
    excuse,
    grouped,
    is_noted,
    kind,
    meaning,
    off_in,
    plural,
    unvisited,
)
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.page import Page, Part
from certgate.reports.terminal_details import write_details

__all__ = ["TerminalReport"]

_STYLES = {
    Verdict.COMPLIANT: "green",
    Verdict.VIOLATED: "bold red",
    Verdict.INCOMPLETE: "bold magenta",
    PathState.HOLDS: "green",
    PathState.FAILS: "bold red",
    PathState.NOT_CHECKED: "bold magenta",
    "error": "bold red",
    "warning": "bold yellow",
    "info": "bold cyan",
    "waived": "bold blue",
    "known": "bold blue",
    "not-checked": "bold magenta",
    "crashed": "bold magenta",
}
_SYMBOLS = {Verdict.COMPLIANT: "✓", Verdict.VIOLATED: "✗", Verdict.INCOMPLETE: "?"}
_ASCII_SYMBOLS = {Verdict.COMPLIANT: "+", Verdict.VIOLATED: "x", Verdict.INCOMPLETE: "?"}
_LONGEST_SUBJECT = 160
_LISTED = 6
"""Entries of a list that are shown before it is cut short."""


@dataclass(slots=True)
class _Note:
    """Something that fails nothing: explained once, at the end, with the number of targets it was seen at."""

    finding: Finding
    where: str
    targets: int = 0


class TerminalReport(Report):
    """Keeps one example of each rule that is noted somewhere, and nothing else."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._page = Page(sink, width=options.width, colour=options.colour)
        self._symbols = _SYMBOLS if self._page.speaks_unicode else _ASCII_SYMBOLS
        self._notes: dict[object, _Note] = {}
        self._fail_on = Severity.ERROR
        self._rules: Mapping[str, RuleDoc] = {}
        self._in_list = False

    def begin(self, header: RunHeader) -> None:
        """Say by what the targets are judged."""
        self._fail_on = header.fail_on
        self._rules = header.rules
        line = self._page.line
        line(
            (f"certgate {header.version}", "bold"),
            f", policy {', '.join(header.policies)}, fails on {header.fail_on}",
            hang=2,
        )
        for store in header.stores:
            line((f"trust {store.name}, {plural(store.count, 'anchor')}, sha256 {store.sha256[:16]}…", "dim"), hang=2)
        if header.at:
            line((f"judged as of {header.at:%Y-%m-%d %H:%M:%S} UTC", "dim"))
        if header.left_out:
            shown = header.left_out if self.options.verbose else header.left_out[:_LISTED]
            more = len(header.left_out) - len(shown)
            rest = f"and {more:,} more" if more else ""
            line("left out: ", *((f"{rule} ", "yellow") for rule in shown), rest, hang=2)
        for off in header.disabled:
            line(f"{off_in(off)}: ", (off.rule, "yellow"), f": {off.reason}", hang=2)
        if header.waivers is None:
            line("waivers are set aside: what they excuse counts (--no-waivers)", hang=2)
        if header.baseline:
            line(f"baseline {header.baseline}", hang=2)
        self._page.blank()

    def add(self, result: TargetResult) -> None:
        """A line for a compliant target, a block for any other; with `verbose` a block for all."""
        against = [f for f in result.wrong if counts_against(f, self._fail_on)]
        noted = [f for f in result.wrong if is_noted(f, self._fail_on)]
        self._remember(result, noted)
        is_block = result.verdict is not Verdict.COMPLIANT or self.options.verbose
        if is_block and self._in_list:
            self._page.blank()
        self._in_list = not is_block
        self._headline(result, against, [f for f in noted if f.outcome is Outcome.FAIL])
        self._matrix(result)
        if is_block:
            self._block(result, against)

    def _matrix(self, result: TargetResult) -> None:
        """The chain in the eyes of other clients."""
        width = max((len(row.store) for row in result.matrix), default=0)
        for row in result.matrix:
            parts: list[Part] = [f"{row.store:<{width}}  ", (f"{row.state:<9}", _STYLES[row.state])]
            self._page.line(("with ", "dim"), *parts, f"  {row.reason}".rstrip(), indent=2, hang=width + 9)

    def end(self, summary: RunSummary) -> None:
        """Explain what was noted, then give the counts and the verdict."""
        line = self._page.line
        if self._in_list:
            self._page.blank()
        if self._notes:
            line(("Noted, failing nothing:", "bold"))
            self._page.blank()
        for note in sorted(self._notes.values(), key=_by_weight):
            more = f" and {plural(note.targets - 1, 'more target')}" if note.targets > 1 else ""
            self._explain(note.finding, [(f"{note.where}{more}", note.finding.message)])
        self._tell(summary.notices)
        counts = [f"{plural(summary.violations, 'violation')}, {summary.not_checked:,} not checked"]
        counts.append(f"{summary.warnings:,} noted")
        counts += [f"{n:,} {word}" for n, word in ((summary.waived, "waived"), (summary.known, "known")) if n]
        line(f"{', '.join(counts)}: {meaning(summary, self._fail_on)}", hang=2)
        line(
            (f"{self._symbols[summary.verdict]} {summary.verdict}", _STYLES[summary.verdict]),
            f"  {plural(sum(summary.targets.values()), 'target')}: ",
            ", ".join(f"{summary.targets.get(v, 0):,} {v}" for v in Verdict),
            f"; exit code {exit_code(summary.verdict)}",
            hang=2,
        )

    def _remember(self, result: TargetResult, noted: Iterable[Finding]) -> None:
        seen = {(f.rule, f.waiver, f.known): f for f in reversed(list(noted))}
        for key, finding in reversed(seen.items()):
            where = f"{result.target.id}, {_where(result, finding)}"
            self._notes.setdefault(key, _Note(finding, where)).targets += 1

    def _tell(self, notices: Sequence[Notice]) -> None:
        """What there is to say of the exceptions themselves."""
        line = self._page.line
        if notices:
            line(("Exceptions:", "bold"))
            self._page.blank()
        shown = notices if self.options.verbose else notices[:_LISTED]
        for notice in shown:
            place = f"{notice.place}: " if notice.place else ""
            line((notice.rule, "bold"), "  ", (place, "dim"), notice.message, indent=2, hang=2)
        if len(shown) < len(notices):
            line(f"and {len(notices) - len(shown):,} more (--verbose shows them)", indent=2)
        if notices:
            self._page.blank()

    def _headline(self, result: TargetResult, against: Sequence[Finding], noted: Sequence[Finding]) -> None:
        style = _STYLES[result.verdict]
        passed = len(result.findings) - len(result.others)
        parts: list[Part] = [(f"{self._symbols[result.verdict]} ", style), (result.target.id, "bold")]
        parts += [(f"  {result.verdict}", style), f"  {_counts(against) or f'{passed} passed'}"]
        if noted:
            parts.append((f"; {_counts(noted)}: {_listed(list(grouped(noted)))}", "dim"))
        if others := unvisited(result):
            parts.append((f"; {plural(len(others), 'address', 'es')} not visited", "dim"))
        if beside := _beside(result.target.source):
            parts.append((f"; {beside}", "dim"))
        self._page.line(*parts, hang=4)

    def _block(self, result: TargetResult, against: Sequence[Finding]) -> None:
        place = f"{result.target.place}, " if result.target.place else ""
        trust = ", ".join(s.name for s in result.stores)
        self._page.line((f"{place}policy {result.policy}, trust {trust}", "dim"), indent=2, hang=2)
        self._page.blank()
        if result.verdict is Verdict.INCOMPLETE and not against:
            self._page.line("no rule gave a pass or a fail, so nothing is known of this target", indent=2, hang=2)
            self._page.blank()
        for findings in grouped(against).values():
            worst = next((f for f in findings if f.violates(self._fail_on)), findings[0])
            self._explain(worst, [(_where(result, f), f.message) for f in findings])
        if self.options.verbose:
            write_details(self._page, result)
            self._page.blank()

    def _explain(self, finding: Finding, problems: Sequence[tuple[str, str]]) -> None:
        why, fix, source = advice(finding, self._rules)
        line = self._page.line
        what = kind(finding)
        line((f"{what}  ", _STYLES[what]), (finding.rule, "bold"), (f"  {source}", "dim"), indent=2, hang=2)
        shown = problems if self.options.verbose else problems[:_LISTED]
        for where, message in shown:
            line(where, ": ", message, indent=4, hang=2)
        if len(shown) < len(problems):
            line(f"and {len(problems) - len(shown):,} more (--verbose shows them)", indent=4)
        if finding.excused:
            line(excuse(finding), indent=4, hang=2)
        line(("why   ", "dim"), (why, "dim"), indent=4, hang=6)
        line(("fix   ", "dim"), fix, indent=4, hang=6)
        self._page.blank()


def _where(result: TargetResult, finding: Finding) -> str:
    return cut(about(result, finding), _LONGEST_SUBJECT)


def _by_weight(note: _Note) -> int:
    """Failures first, the worst before the others; then what is excused; then what need not be known."""
    if note.finding.excused:
        return 1
    return -note.finding.severity.rank if note.finding.outcome is Outcome.FAIL else 2


def _counts(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 not-checked`, in the order in which the kinds first appear."""
    counted = Counter(kind(f) for f in findings)
    return ", ".join(plural(n, k) if k in {"error", "warning"} else f"{n:,} {k}" for k, n in counted.items())


def _beside(source: Source) -> str:
    """Which other files of its folder are judged with a file."""
    words = [f"with its parts {_listed([Path(part).name for part in source.parts])}"] if source.parts else []
    words += [f"with the key {Path(source.key).name}"] if source.key else []
    return ", ".join(words)


def _listed(names: Sequence[str]) -> str:
    more = [f"{len(names) - _LISTED:,} more"] if len(names) > _LISTED else []
    return ", ".join([*names[:_LISTED], *more])
