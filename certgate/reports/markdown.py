"""The report for merge requests and wikis: Markdown, the verdict first, then the problems, then the fixes."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, TextIO

from certgate.model.counted import plural
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.hint import RunHint
from certgate.model.target import Target
from certgate.model.verdict import DisabledRule, Notice, RunHeader, RunSummary, TargetResult, Verdict
from certgate.reports.advice import Advice, advice
from certgate.reports.escape import for_markdown
from certgate.reports.facts import (
    NOTHING_KNOWN,
    about,
    beside,
    counts_against,
    ending,
    grouped,
    has_no_answer,
    is_harmless,
    kind,
    labels_of,
    meaning,
    not_observed,
    off_in,
    remarked,
    statement,
    verdicts,
    whole_elsewhere,
)
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.marks import mark
from certgate.reports.since import Since
from certgate.reports.spool import Spool

__all__ = ["MarkdownReport"]

_SYMBOLS = {Verdict.COMPLIANT: "✓", Verdict.VIOLATED: "✗", Verdict.INCOMPLETE: "?"}
_MOST_LINES = 50
_MOST_CHANGES = 20
_MOST_CHANGE_BYTES = 96 << 10
_SYNTAX = re.compile(r"(`[^`]+`)|[\\`*_\[\]<>#|~]")
_ROW = "| Target | Rule | Subject | Problem |\n| --- | --- | --- | --- |\n"


class _Table:
    """Rows up to a number of bytes; the others are counted."""

    def __init__(self, most_bytes: int) -> None:
        self._spool = Spool()
        self._left = most_bytes
        self.rows = self.left_out = 0

    def add(self, target: Target, rule: str, where: str, message: str) -> None:
        """One row; everything but the rule is foreign text."""
        named = f"{for_markdown(target.id)} {for_markdown(labels_of(target))}".rstrip()
        row = f"| {named} | {rule} | {for_markdown(where)} | {for_markdown(message)} |\n"
        self.rows += 1
        self._left -= len(row.encode())
        if self._left < 0:
            self.left_out += 1
            return
        self._spool.write(row)

    def write(self, title: str, sink: TextIO, elsewhere: str) -> None:
        """The table under its title; nothing if it has no row. `elsewhere` says where all rows are."""
        if self.rows:
            sink.write(f"### {title}\n\n{_ROW}")
            self._spool.copy_to(sink)
            sink.write("\n")
        if self.left_out:
            sink.write(f"{plural(self.left_out, 'more row')} would not fit; {elsewhere}.\n\n")

    def close(self) -> None:
        self._spool.close()


class MarkdownReport(Report):
    """Spools the tables, because the verdict stands first."""

    most_bytes: ClassVar[tuple[int, int, int]] = (4 << 20, 2 << 20, 1 << 20)
    """Limits for the tables of violations, of missing answers and of excused failures."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._violations, self._not_checked = (_Table(most) for most in self.most_bytes[:2])
        self._excused = _Table(self.most_bytes[2])
        self._against: dict[tuple[str, str], Advice] = {}
        self._harmless: dict[tuple[str, str], Advice] = {}
        self._optional: dict[str, str] = {}
        self._targets: Counter[str] = Counter()
        self._linked: set[str] = set()
        self._fail_on = Severity.ERROR

    def begin(self, header: RunHeader) -> None:
        """Keep what stands below the verdict."""
        self._fail_on = header.fail_on
        self._header = header

    def add(self, result: TargetResult) -> None:
        """Rows for what counts against the target; the rest is only counted."""
        target = result.target
        against = [f for f in result.wrong if counts_against(f, self._fail_on)]
        for finding in against:
            table = self._violations if finding.violates(self._fail_on) else self._not_checked
            rule = self._rule(finding)
            advised = advice(finding, self._header.rules, result.observations)
            message = "; ".join([remarked(finding), *advised.evidence_of(finding)])
            table.add(target, rule, about(result, finding), message)
            self._against.setdefault((finding.rule, advised.fix), advised)
        if has_no_answer(result) and not against:
            self._not_checked.add(target, "", "target", NOTHING_KNOWN)
        for finding in result.wrong:
            if finding.excused:
                self._excused.add(target, self._rule(finding), about(result, finding), statement(finding))
        harmless = (f for f in result.wrong if is_harmless(f, self._fail_on) and not f.excused)
        for rule, findings in grouped(harmless).items():
            self._targets[rule] += 1
            if findings[0].outcome is Outcome.NOT_CHECKED:
                self._optional.setdefault(rule, findings[0].message)
                continue
            advised = advice(findings[0], self._header.rules)
            self._harmless.setdefault((rule, advised.fix), advised)

    def end(self, summary: RunSummary) -> None:
        """Verdict, tables, advice."""
        write = self.sink.write
        write(f"## {_SYMBOLS[summary.verdict]} certgate: {summary.verdict}\n\n")
        targets = verdicts(summary.targets, summary.excused, summary.known_unreachable)
        write(f"{plural(sum(summary.targets.values()), 'target')}: {targets}{beside(summary)}. ")
        write(f"{ending(summary).capitalize()}: {meaning(summary, for_markdown)}.\n\n")
        policies = ", ".join(for_markdown(p) for p in self._header.policies)
        stores = ", ".join(f"{for_markdown(s.name)} ({plural(s.count, 'anchor')})" for s in self._header.stores)
        connections = f", {plural(summary.connections, 'connection')}" if summary.connections else ""
        write(f"certgate {self._header.version}, policy {policies}, trust {stores or 'none'}{connections}.\n\n")
        self._changes(summary)
        elsewhere = whole_elsewhere(self.options.complete, for_markdown)
        self._violations.write("Violations", self.sink, elsewhere)
        self._not_checked.write("Not checked", self.sink, elsewhere)
        self._excused.write("Waived or known", self.sink, elsewhere)
        self._list("Rules that are off", [self._off(rule) for rule in self._header.disabled])
        left_out = not_observed(self._header, for_markdown)
        self._list("Not observed", [left_out] if left_out else [])
        self._list("Waivers and baseline", [self._notice(notice) for notice in summary.notices])
        self._advise("How to fix it", self._against)
        self._advise("Warnings (they do not fail the run)", self._harmless)
        self._list("Hints", [_hint(hint) for hint in summary.hints])
        self._list("Not checked, not required", [self._unanswered(*pair) for pair in sorted(self._optional.items())])
        pages = {rule: doc.page for rule, doc in self._header.rules.items() if rule in self._linked}
        self.sink.writelines(f"[{rule}]: {page}\n" for rule, page in pages.items())

    def close(self) -> None:
        """Drop the spools."""
        self._violations.close()
        self._not_checked.close()
        self._excused.close()

    def _changes(self, summary: RunSummary) -> None:
        """What changed since the last run."""
        since = Since(self._header.history, for_markdown)
        if headline := since.headline(summary):
            self.sink.write(f"### {headline[0].upper()}{headline[1:]}\n\n")
        left = _MOST_CHANGE_BYTES
        for section in since.sections(summary, _MOST_CHANGES):
            self.sink.write(f"{section.title}:\n\n")
            for line in (f"- {target} {said}".rstrip() for target, said in section.lines):
                left -= len(line.encode())
                self.sink.write(f"{line}\n" if left > 0 else "")
            self.sink.write("\n" if left > 0 else "- more than would fit\n\n")
        self._list("Left out of the history", since.problems)

    def _unanswered(self, rule: str, message: str) -> str:
        return f"{self._linked_rule(rule)} ({plural(self._targets[rule], 'target')}): {for_markdown(message)}"

    def _list(self, title: str, lines: Sequence[str]) -> None:
        if lines:
            self.sink.write(f"### {title}\n\n")
            self.sink.writelines(f"- {line}\n" for line in lines[:_MOST_LINES])
            if len(lines) > _MOST_LINES:
                self.sink.write(f"- and {len(lines) - _MOST_LINES:,} more\n")
            self.sink.write("\n")

    def _advise(self, title: str, rules: dict[tuple[str, str], Advice]) -> None:
        if not rules:
            return
        self.sink.write(f"### {title}\n\n")
        for (rule, _), (why, fix, _) in sorted(rules.items()):
            seen = f" ({plural(self._targets[rule], 'target')})" if rules is self._harmless else ""
            self.sink.write(f"- {self._linked_rule(rule)}{seen}: {_plain(why)}. *Fix:* {_plain(fix)}.\n")
        self.sink.write("\n")

    def _off(self, rule: DisabledRule) -> str:
        return f"{self._linked_rule(rule.rule)} {for_markdown(f'{off_in(rule)}: {rule.reason}')}"

    def _notice(self, notice: Notice) -> str:
        place = f"{for_markdown(str(notice.place))}: " if notice.place else ""
        return f"{self._linked_rule(notice.rule)}: {place}{for_markdown(notice.message)}"

    def _rule(self, finding: Finding) -> str:
        return f"{mark(kind(finding))} {self._linked_rule(finding.rule)}"

    def _linked_rule(self, id: str) -> str:
        """The id of a rule: a link, whose URL stands at the end of the report, if the rule has a page."""
        if id not in self._header.rules or not self._header.rules[id].page:
            return f"**{_plain(id)}**"
        self._linked.add(id)
        return f"**[{id}]**"


def _hint(hint: RunHint) -> str:
    more = f" and {plural(hint.targets - 1, 'more target')}" if hint.targets > 1 else ""
    command = f": {for_markdown(hint.command)}" if hint.command else "."
    return f"{for_markdown(hint.target)}{more}: {hint.message}{command}"


def _plain(text: str) -> str:
    """certgate's own text without markup; what it has in back quotes stays code."""
    return _SYNTAX.sub(lambda found: found[0] if found[1] else f"\\{found[0]}", text).rstrip(".")
