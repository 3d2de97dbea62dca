"""The terminal report of many targets: what is wrong, by rule and cause."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from certgate.model.counted import listed, plural
from certgate.model.rule_doc import RuleDoc
from certgate.model.verdict import PathState
from certgate.reports.facts import verdicts
from certgate.reports.grouping import KINDS, Cause, Compliant, Group, Grouping
from certgate.reports.marks import mark, rule_part
from certgate.reports.page import Page, Part

__all__ = ["write_compliant", "write_groups", "write_table"]

_KIND_WIDTH = len("? not checked")
_MOST_EXPLAINED = 15
"""With more rules than these, why each matters is left out, so that the report stays below 100 lines."""


def write_compliant(page: Page, compliant: Compliant, symbol: Part) -> None:
    """Count the compliant targets, with those that end first."""
    if compliant.targets:
        ends = [
            f"{listed([name for _, name in named])} on {day}"
            for day, named in groupby(compliant.first_to_end, key=lambda end: f"{end[0]:%Y-%m-%d}")
        ]
        first = ["; the first to end: ", *_joined(ends, ", ", ", ")] if ends else []
        excused = f" ({compliant.excused:,} excused)" if compliant.excused else ""
        page.line(symbol, f" {plural(compliant.targets, 'compliant target')}{excused}", *first, hang=2)
        page.blank()


def write_groups(page: Page, grouping: Grouping, docs: Mapping[str, RuleDoc], styles: Mapping[str, str]) -> None:
    """Write what is wrong, the worst first; what to do is said where a rule first appears."""
    told: set[str] = set()
    rules = {group.rule for section in grouping.sections for group in section.groups.values()}
    is_explained = len(rules) <= _MOST_EXPLAINED
    for section in grouping.sections:
        if section.title:
            total = plural(section.verdicts.total(), "target")
            counts = verdicts(section.verdicts, section.excused, section.known, every=False)
            page.line((section.title, "bold"), f"  {total}: {counts}", hang=2)
        for group in section.worst_first:
            sign = f"{mark(group.kind, unicode=page.speaks_unicode)}  ", styles[group.kind]
            heading: list[Part] = [sign, rule_part(group.rule, docs), "  "]
            _group(page, group, heading, told, is_explained=is_explained, indent=2 if section.title else 0)
        if section.title or section.groups:
            page.blank()
    if not is_explained:
        page.line(("certgate explain RULE says why a rule matters", "dim"))
        page.blank()


def write_table(page: Page, grouping: Grouping, docs: Mapping[str, RuleDoc], styles: Mapping[str, str]) -> None:
    """Write the rules with the number of their targets, then what else is only counted."""
    rows = sorted(grouping.rules.items(), key=lambda row: (KINDS.index(row[0][0]), -row[1], row[0][1]))
    if rows:
        page.line(("Targets by rule:", "bold"))
        for kind, found in groupby(rows, key=lambda row: row[0][0]):
            counts = [part for (_, rule), count in found for part in (", ", rule_part(rule, docs, ""), f" {count:,}")]
            word = (f"{mark(kind, unicode=page.speaks_unicode):<{_KIND_WIDTH}}  ", styles[kind])
            page.line(word, *counts[1:], indent=2, hang=_KIND_WIDTH + 2)
        page.blank()
    _matrix(page, grouping)
    if grouping.partly_visited:
        have = "has" if grouping.partly_visited == 1 else "have"
        page.line(f"{plural(grouping.partly_visited, 'target')} {have} addresses that were not visited", hang=2)
        page.blank()


def _matrix(page: Page, grouping: Grouping) -> None:
    stores = sorted({store for store, _ in grouping.matrix})
    for store in stores:
        counts = [f"{state} for {grouping.matrix[store, state]:,}" for state in PathState]
        page.line(("with ", "dim"), f"{store}: {', '.join(counts)}", hang=2)
    if stores:
        page.blank()


def _group(
    page: Page, group: Group, heading: Sequence[Part], told: set[str], *, is_explained: bool, indent: int
) -> None:
    """The causes of a rule's failures; a single one stands beside the rule. Each is followed by what to do."""
    is_only = len(group.causes) == 1
    if not is_only:
        page.line(*heading, plural(group.targets, "target"), indent=indent, hang=2)
    why = group.why if is_explained else ""
    for fix, causes in _by_fix(group.worst_first):
        for cause in causes:
            page.line(*(heading if is_only else ()), *_said(cause), indent=indent if is_only else indent + 2, hang=2)
            _details(page, cause, indent + (2 if is_only else 4))
        if all(cause.is_consequence for cause in causes):
            continue
        _advise(page, {"Why": why, "Fix": fix}, f"{group.kind} {group.rule}", told, indent + 2)
        why = ""


def _advise(page: Page, advised: Mapping[str, str], about: str, told: set[str], indent: int) -> None:
    """Why it matters and what to do, unless that has been `told`: in one paragraph, so that many rules fit a page."""
    parts: list[Part] = []
    for word, text in advised.items():
        said = text if word == "Why" else f"{about} {text}"
        if text and said not in told:
            told.add(said)
            style = "dim" if word == "Why" else ""
            parts += [(f"{word}: ", "bold"), (text, style), " " if text.endswith(".") else ". "]
    if parts:
        page.line(*parts[:-1], indent=indent, hang=2)


def _by_fix(causes: Iterable[Cause]) -> Iterable[tuple[str, list[Cause]]]:
    found: dict[str, list[Cause]] = {}
    for cause in causes:
        found.setdefault(cause.fix, []).append(cause)
    return found.items()


def _said(cause: Cause) -> list[Part]:
    """Which target has the problem, or how many have it, and what it is."""
    words = ["for example"] * cause.varies
    names = cause.names if cause.targets == 1 else []
    if cause.targets > 1:
        words = [plural(cause.targets, "target"), *words]
    elif cause.problems > 1:
        words = [plural(cause.problems, "problem"), *words]
    return _joined([*names, *([", ".join(words)] if words else []), cause.example or "other causes"], ": ", ": ")


def _details(page: Page, cause: Cause, indent: int) -> None:
    """What the fix needs, and the first of several targets."""
    for evidence in cause.evidence:
        page.line((evidence, "dim"), indent=indent, hang=2)
    if cause.targets > 1:
        rest = cause.targets - len(cause.names)
        page.line(*_joined([*cause.names, *([f"{rest:,} more"] if rest else [])], ", ", " and "), indent=indent)


def _joined(texts: Sequence[str], comma: str, last: str) -> list[Part]:
    """The texts and what stands between them, each a part of its own: a long one is cut by itself."""
    between = [*[comma] * (len(texts) - 2), last, ""]
    return [part for pair in zip(texts, between[-len(texts) :], strict=True) for part in pair]
