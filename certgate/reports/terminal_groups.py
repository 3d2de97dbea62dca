"""The terminal report of many targets: what is wrong, by rule and cause."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from certgate.model.counted import plural
from certgate.model.verdict import PathState
from certgate.reports.facts import verdicts
from certgate.reports.grouping import KINDS, Cause, Compliant, Group, Grouping
from certgate.reports.page import Page, Part

__all__ = ["write_compliant", "write_groups", "write_table"]

_KIND_WIDTH = len("not checked")


def write_compliant(page: Page, compliant: Compliant, symbol: Part) -> None:
    """Count the compliant targets, with those that end first."""
    if compliant.targets:
        ends = [f"{name} on {at:%Y-%m-%d}" for at, name in compliant.first_to_end]
        first = ["; the first to end: ", *_joined(ends, ", ", ", ")] if ends else []
        excused = f" ({compliant.excused:,} excused)" if compliant.excused else ""
        page.line(symbol, f" {plural(compliant.targets, 'compliant target')}{excused}", *first, hang=2)
        page.blank()


def write_groups(page: Page, grouping: Grouping, styles: Mapping[str, str]) -> None:
    """Write what is wrong, the worst first; each rule is explained where it first appears."""
    told: set[str] = set()
    for section in grouping.sections:
        if section.title:
            total = plural(section.verdicts.total(), "target")
            counts = verdicts(section.verdicts, section.excused, section.known, every=False)
            page.line((section.title, "bold"), f"  {total}: {counts}", hang=2)
        for group in section.worst_first:
            _group(page, group, styles, told, indent=2 if section.title else 0)
        if section.title or section.groups:
            page.blank()


def write_table(page: Page, grouping: Grouping, styles: Mapping[str, str]) -> None:
    """Write the rules with the number of their targets, then what else is only counted."""
    rows = sorted(grouping.rules.items(), key=lambda row: (KINDS.index(row[0][0]), -row[1], row[0][1]))
    if rows:
        page.line(("Targets by rule:", "bold"))
        name = max(len(rule) for (_, rule), _ in rows)
        number = max(len(f"{count:,}") for _, count in rows)
        columns = max((page.width - _KIND_WIDTH - 2) // (name + number + 4), 1)
        for kind, found in groupby(rows, key=lambda row: row[0][0]):
            cells = [f"  {rule:<{name}}  {count:>{number},}" for (_, rule), count in found]
            for start in range(0, len(cells), columns):
                word = (f"{kind.replace('-', ' '):<{_KIND_WIDTH}}", styles[kind])
                page.line(word, *cells[start : start + columns], indent=2, hang=2)
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


def _group(page: Page, group: Group, styles: Mapping[str, str], told: set[str], *, indent: int) -> None:
    heading: list[Part] = [(f"{group.kind.replace('-', ' ')}  ", styles[group.kind]), (group.rule, "bold")]
    page.line(*heading, f"  {plural(group.targets, 'target')}", indent=indent, hang=2)
    for fix, causes in _by_fix(group.worst_first):
        for cause in causes:
            _cause(page, cause, indent + 2, is_only=len(group.causes) == 1)
        if group.why and (said := f"{group.kind} {group.rule}") not in told:
            told.add(said)
            page.line(("why   ", "dim"), (group.why, "dim"), indent=indent + 2, hang=6)
        if fix and (said := f"{group.kind} {group.rule} {fix}") not in told:
            told.add(said)
            page.line(("fix   ", "dim"), fix, indent=indent + 2, hang=6)


def _by_fix(causes: Iterable[Cause]) -> Iterable[tuple[str, list[Cause]]]:
    found: dict[str, list[Cause]] = {}
    for cause in causes:
        found.setdefault(cause.fix, []).append(cause)
    return found.items()


def _cause(page: Page, cause: Cause, indent: int, *, is_only: bool) -> None:
    words = ["for example"] * cause.varies
    if cause.targets == 1:
        words = [f"{plural(cause.problems, 'problem')}", *words] if cause.problems > 1 else []
        names = cause.names
    else:
        words = words if is_only else [plural(cause.targets, "target"), *words]
        names = []
    told = [*names, *([", ".join(words)] if words else []), cause.example or "other causes"]
    page.line(*_joined(told, ": ", ": "), indent=indent, hang=2)
    for evidence in cause.evidence:
        page.line((evidence, "dim"), indent=indent + 2, hang=2)
    if cause.targets > 1:
        rest = cause.targets - len(cause.names)
        page.line(*_joined([*cause.names, *([f"{rest:,} more"] if rest else [])], ", ", " and "), indent=indent + 2)


def _joined(texts: Sequence[str], comma: str, last: str) -> list[Part]:
    """The texts and what stands between them, each a part of its own: a long one is cut by itself."""
    between = [*[comma] * (len(texts) - 2), last, ""]
    return [part for pair in zip(texts, between[-len(texts) :], strict=True) for part in pair]
