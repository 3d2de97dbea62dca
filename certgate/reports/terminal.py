"""The report for people: a block for each target that is not compliant, or one for each rule if targets are many."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

from certgate.model.counted import listed, plural
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.frozen import changeable
from certgate.model.hint import RunHint
from certgate.model.kept import Kept
from certgate.model.rule_doc import RuleDoc
from certgate.model.target import Source
from certgate.model.verdict import Notice, PathState, RunHeader, RunSummary, TargetResult, Verdict
from certgate.reports.advice import Advice, advice
from certgate.reports.certificate_words import glance
from certgate.reports.escape import cut
from certgate.reports.facts import (
    NOTHING_KNOWN,
    about,
    beside,
    ending,
    excuse,
    grouped,
    has_no_answer,
    kind,
    meaning,
    not_observed,
    off_in,
    tally,
    unvisited,
    verdicts,
)
from certgate.reports.grouping import Compliant, Grouping
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.marks import mark, rule_part
from certgate.reports.page import Page, Part
from certgate.reports.since import Since
from certgate.reports.terminal_groups import write_compliant, write_groups, write_table
from certgate.reports.told import Told

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
_MOST_BLOCKS = 20
"""With more targets than these, they are grouped."""
_LISTED = 6
"""Entries of a list that are shown before it is cut short."""


_WARNINGS, _EXCUSED, _NOT_CHECKED = range(3)
_TITLES = {
    _WARNINGS: "Warnings (they do not fail the run):",
    _EXCUSED: "Waived or known (they do not fail the run):",
}


@changeable(slots=True)
class _Note:
    """Something that does not fail the run: explained once, at the end, with the number of its targets."""

    finding: Finding
    where: str
    advised: Advice
    targets: int = 0

    @property
    def section(self) -> int:
        """Where it is listed at the end of the report."""
        if self.finding.excused:
            return _EXCUSED
        return _WARNINGS if self.finding.outcome is Outcome.FAIL else _NOT_CHECKED


class TerminalReport(Report):
    """Keeps one example of each rule with a warning; if it groups targets, counts and a few names for each cause."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._page = Page(sink, width=options.width, colour=options.colour, links=options.links)
        self._symbols = _SYMBOLS if self._page.speaks_unicode else _ASCII_SYMBOLS
        self._notes: dict[object, _Note] = {}
        self._fail_on = Severity.ERROR
        self._rules: Mapping[str, RuleDoc] = {}
        self._in_list = False
        self._since = Since(None)
        self._told = Kept(partial(Told.of, fail_on=Severity.ERROR))
        self._compliant: Compliant | None = None
        self._grouping: Grouping | None = None

    def begin(self, header: RunHeader) -> None:
        """Write the policy, the trust stores and what limits the run."""
        self._fail_on = header.fail_on
        self._told = Kept(partial(Told.of, fail_on=header.fail_on))
        self._rules = header.rules
        self._since = Since(header.history)
        if by := self._group_by(header):
            self._compliant = Compliant()
            self._grouping = None if by == "target" else Grouping(by, header.rules, header.fail_on)
        line = self._page.line
        line(
            (f"certgate {header.version}", "bold"),
            f", policy {', '.join(header.policies)}, fails on {header.fail_on}",
            hang=2,
        )
        for store in header.stores:
            line((f"trust {store.name}, {plural(store.count, 'anchor')}, sha256 {store.sha256[:16]}…", "dim"), hang=2)
        if header.at:
            line((f"evaluated as of {header.at:%Y-%m-%d %H:%M:%S} UTC", "dim"))
        if header.only:
            line(f"only {listed(list(header.only), None if self.options.verbose else _LISTED)}", hang=2)
        if header.left_out:
            shown = header.left_out if self.options.verbose else header.left_out[:_LISTED]
            more = len(header.left_out) - len(shown)
            rest = f"and {more:,} more" if more else ""
            line("left out: ", *(part for rule in shown for part in (self._rule(rule, "yellow"), " ")), rest, hang=2)
        if header.not_observed:
            line(not_observed(header), hang=2)
        for off in header.disabled:
            line(self._rule(off.rule, "yellow"), f" is {off_in(off)}: {off.reason}", hang=2)
        for text in _exceptions(header):
            line(text, hang=2)
        self._page.blank()

    def _group_by(self, header: RunHeader) -> str:
        """By what targets are grouped; empty if every target is listed."""
        is_listed = self.options.full or self.options.verbose or header.targets <= _MOST_BLOCKS
        return self.options.group_by or ("" if is_listed else "rule")

    def add(self, result: TargetResult) -> None:
        """A line for a compliant target, a block for any other; with `verbose` a block for all; or only count it."""
        told = self._told.of(result.findings)
        if told.notes:
            self._remember(result, told.notes)
        is_counted = self._compliant is not None and result.verdict is Verdict.COMPLIANT
        if self._compliant and is_counted:
            self._compliant.add(result)
        if self._grouping:
            self._grouping.add(result, told)
        elif not is_counted:
            self._show(result, told.against, told.harmless)

    def _show(self, result: TargetResult, against: Sequence[Finding], harmless: Sequence[Finding]) -> None:
        is_block = not (result.verdict is Verdict.COMPLIANT or result.is_accepted) or self.options.verbose
        if is_block and self._in_list:
            self._page.blank()
        self._in_list = not is_block
        self._headline(result, against, [f for f in harmless if f.outcome is Outcome.FAIL])
        self._matrix(result)
        if is_block:
            self._block(result, against)

    def _matrix(self, result: TargetResult) -> None:
        """What clients with other trust stores make of the chain."""
        width = max((len(row.store) for row in result.matrix), default=0)
        for row in result.matrix:
            parts: list[Part] = [f"{row.store:<{width}}  ", (f"{row.state:<9}", _STYLES[row.state])]
            self._page.line(("with ", "dim"), *parts, f"  {row.reason}".rstrip(), indent=2, hang=width + 9)

    def end(self, summary: RunSummary) -> None:
        """Explain the warnings, then give the counts and the verdict."""
        line = self._page.line
        if self._in_list:
            self._page.blank()
        if self._compliant:
            write_compliant(self._page, self._compliant, (self._symbols[Verdict.COMPLIANT], _STYLES[Verdict.COMPLIANT]))
        if self._grouping:
            write_groups(self._page, self._grouping, self._rules, _STYLES)
        else:
            self._explain_notes()
        self._not_checked([note for note in self._notes.values() if note.section == _NOT_CHECKED])
        if self._grouping:
            write_table(self._page, self._grouping, self._rules, _STYLES)
        self._notices(summary.notices)
        self._changes(summary)
        line(_counted(summary), hang=2)
        line(
            (f"{self._symbols[summary.verdict]} {summary.verdict}", _STYLES[summary.verdict]),
            f"  {plural(sum(summary.targets.values()), 'target')}: ",
            verdicts(summary.targets, summary.excused, summary.known_unreachable),
            f"{beside(summary)}; {ending(summary)}",
            hang=2,
        )
        self._hints(summary.hints)

    def _hints(self, hints: Sequence[RunHint]) -> None:
        """What to run where targets were judged as what they are not: a command for each cause, on one line."""
        for hint in hints:
            self._page.blank()
            more = f" and {plural(hint.targets - 1, 'more target')}" if hint.targets > 1 else ""
            end = ":" if hint.command else ""
            self._page.line(("hint  ", "bold"), (hint.target, "bold"), f"{more}: {hint.message}{end}", hang=6)
            if hint.command:
                self._page.unfolded(hint.command, indent=2)

    def _changes(self, summary: RunSummary) -> None:
        """What changed since the last run."""
        headline = self._since.headline(summary)
        if not headline:
            return
        line = self._page.line
        line((f"{headline[0].upper()}{headline[1:]}", "bold"), hang=2)
        for section in self._since.sections(summary, None if self.options.verbose else _LISTED):
            line((section.title, "dim"), indent=2)
            for target, said in section.lines:
                line((target, "bold"), f"  {said}" if said else "", indent=4, hang=2)
        self._page.blank()

    def _explain_notes(self) -> None:
        """Explain what does not fail the run, each rule once."""
        for section, title in _TITLES.items():
            notes = [note for note in self._notes.values() if note.section == section]
            if notes:
                self._page.line((title, "bold"))
                self._page.blank()
            for note in sorted(notes, key=_worst_first):
                more = f" and {plural(note.targets - 1, 'more target')}" if note.targets > 1 else ""
                self._explain([note.finding], [f"{note.where}{more}"], note.advised)

    def _not_checked(self, notes: Sequence[_Note]) -> None:
        """A line for each rule that the policy does not require and that gave no answer."""
        style = _STYLES["not-checked"]
        for note in notes:
            targets = plural(note.targets, "target")
            sign = f"{self._mark('not-checked')}  ", style
            rule = self._rule(note.finding.rule)
            self._page.line(sign, rule, f" for {targets}: {note.finding.message}", hang=2)
        if notes:
            self._page.blank()

    def _remember(self, result: TargetResult, notes: Mapping[object, Finding]) -> None:
        for key, finding in notes.items():
            if key not in self._notes:
                where = f"{result.target.id}, {_where(result, finding)}"
                self._notes[key] = _Note(finding, where, advice(finding, self._rules, result.observations))
            self._notes[key].targets += 1

    def _notices(self, notices: Sequence[Notice]) -> None:
        """What is wrong with the waivers and the baseline themselves."""
        line = self._page.line
        if notices:
            line(("Waivers and baseline:", "bold"))
            self._page.blank()
        shown = notices if self.options.verbose else notices[:_LISTED]
        for notice in shown:
            place = f"{notice.place}: " if notice.place else ""
            line(self._rule(notice.rule), "  ", (place, "dim"), notice.message, indent=2, hang=2)
        if len(shown) < len(notices):
            line(f"and {len(notices) - len(shown):,} more (--verbose shows them)", indent=2)
        if notices:
            self._page.blank()

    def _headline(self, result: TargetResult, against: Sequence[Finding], harmless: Sequence[Finding]) -> None:
        style = _STYLES[result.verdict]
        sign: list[Part] = [(f"{self._symbols[result.verdict]} ", style), (result.target.id, "bold")]
        word = "excused" if result.is_excused else result.verdict.value
        notes = [f"{_counts(harmless)}: {listed(list(grouped(harmless)), _LISTED)}"] if harmless else []
        notes += [f"{plural(len(others), 'address', 'es')} not visited"] if (others := unvisited(result)) else []
        notes += [beside] if (beside := _beside(result.target.source)) else []
        if seen := self._seen(result, word):
            first, *rest = seen
            self._page.line(*sign, (f"  {word}" if result.is_excused else "", style), f"  {first}", hang=4)
            if below := "; ".join((*rest, *notes)):
                self._page.line((below, "dim"), indent=4)
            return
        passed = len(result.findings) - len(result.others)
        told = "known not to answer" if result.is_accepted else _counts(against) or f"{passed} passed"
        self._page.line(*sign, (f"  {word}", style), f"  {told}", *((f"; {note}", "dim") for note in notes), hang=4)

    def _seen(self, result: TargetResult, word: str) -> Sequence[str]:
        """What is known of the certificate of a compliant target, in the columns that its id leaves."""
        if result.verdict is not Verdict.COMPLIANT:
            return ()
        used = len(f"✓ {result.target.id}  ") + (len(f"{word}  ") if result.is_excused else 0)
        return glance(result, self._page.width - used)

    def _block(self, result: TargetResult, against: Sequence[Finding]) -> None:
        place = f"{result.target.place}, " if result.target.place else ""
        trust = ", ".join(s.name for s in result.stores)
        self._page.line((f"{place}policy {result.policy}, trust {trust}", "dim"), indent=2, hang=2)
        self._page.blank()
        if has_no_answer(result) and not against:
            self._page.line(f"{NOTHING_KNOWN}, so nothing is known about this target", indent=2, hang=2)
            self._page.blank()
        for findings in grouped(against).values():
            worst_first = sorted(findings, key=lambda finding: not finding.violates(self._fail_on))
            advised = advice(worst_first[0], self._rules, result.observations)
            self._explain(worst_first, [_where(result, finding) for finding in worst_first], advised)
        if self.options.verbose:
            from certgate.reports.terminal_details import write_details

            write_details(self._page, result, self._rules)
            self._page.blank()

    def _mark(self, kind: str) -> str:
        return mark(kind, unicode=self._page.speaks_unicode)

    def _rule(self, id: str, style: str = "bold") -> Part:
        return rule_part(id, self._rules, style)

    def _explain(self, findings: Sequence[Finding], places: Sequence[str], advised: Advice) -> None:
        """The findings of one rule, the worst first, and what to do about them."""
        finding = findings[0]
        line = self._page.line
        what = kind(finding)
        sign = f"{self._mark(what)}  ", _STYLES[what]
        line(sign, self._rule(finding.rule), (f"  {advised.source}", "dim"), indent=2, hang=2)
        shown = len(findings) if self.options.verbose else _LISTED
        for where, each in zip(places[:shown], findings, strict=False):
            known = f" ({excuse(each)})" if each.known and not each.excused else ""
            line(where, ": ", each.message, known, indent=4, hang=2)
            for evidence in advised.evidence_of(each):
                line((evidence, "dim"), indent=6, hang=2)
        if shown < len(findings):
            line(f"and {len(findings) - shown:,} more (--verbose shows them)", indent=4)
        if finding.excused:
            line(excuse(finding), indent=4, hang=2)
        line(("why   ", "dim"), (advised.why, "dim"), indent=4, hang=6)
        line(("fix   ", "dim"), advised.fix, indent=4, hang=6)
        self._page.blank()


def _exceptions(header: RunHeader) -> Iterator[str]:
    """What the run accepts, and what it does not."""
    if header.waivers is None:
        yield "waivers are ignored (--no-waivers)"
    if header.baseline:
        yield f"baseline {header.baseline}"
    if until := header.accepted_until:
        is_over = (header.at or header.started_at).date() > until
        ended = "the acceptance of known targets that do not answer ended on"
        yield f"{ended if is_over else 'known targets that do not answer are accepted until'} {until}"


def _where(result: TargetResult, finding: Finding) -> str:
    return cut(about(result, finding), _LONGEST_SUBJECT)


def _counted(summary: RunSummary) -> str:
    """The findings counted, and what keeps the run from being complete."""
    match summary.verdict:
        case Verdict.COMPLIANT:
            return tally(summary)
        case Verdict.VIOLATED:
            return meaning(summary)
        case Verdict.INCOMPLETE:
            return f"{tally(summary)}: {meaning(summary)}"


def _worst_first(note: _Note) -> int:
    return -note.finding.severity.rank


def _counts(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 not checked`, in the order in which the kinds first appear."""
    counted = Counter(kind(f).replace("-", " ") for f in findings)
    return ", ".join(plural(n, k) if k in {"error", "warning"} else f"{n:,} {k}" for k, n in counted.items())


def _beside(source: Source) -> str:
    """Which other files of its folder are judged with a file."""
    parts = listed([Path(part).name for part in source.parts], _LISTED)
    words = [f"with {parts}"] if parts else []
    words += [f"with the key {Path(source.key).name}"] if source.key else []
    return ", ".join(words)
