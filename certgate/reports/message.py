"""A short message about a run: its verdict, its problems, the certificates that expire next."""

from collections.abc import Callable, Iterator
from datetime import datetime
from heapq import nsmallest

from certgate.model.counted import listed, plural
from certgate.model.finding import Severity
from certgate.model.frozen import changeable
from certgate.model.vantage_label import position
from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.reports.escape import cut
from certgate.reports.facts import (
    NOTHING_KNOWN,
    beside,
    counts_against,
    has_no_answer,
    kind,
    labels_of,
    meaning,
    not_observed,
    verdicts,
)
from certgate.reports.since import Since

__all__ = ["MOST_CHARACTERS", "Message"]

MOST_CHARACTERS = 3_000
"""Slack takes this many in one block of text."""
_NAMED = 3
_KNOWN = ", known"
"""What stands after the kind of a missing answer that the baseline lists."""
_CHANGES = 4
_PROBLEMS = 10
_ENDING = 5
_KEPT = 1_000
_LONGEST_NAME = 160


@changeable(slots=True)
class _Problem:
    severity: str
    violates: bool
    first: list[str]
    targets: int = 0


@changeable(slots=True)
class _Ending:
    at: datetime
    label: str
    subject: str
    target: str
    targets: int = 0


class Message:
    """Keeps a few names for each rule, and the certificates that end first."""

    def __init__(self, escape: Callable[[str], str], bold: Callable[[str], str] = str) -> None:
        self._fail_on = Severity.ERROR
        self._left_out = ""
        self._since = Since(None)
        self._escape_all = escape
        self._bold = bold
        self._problems: dict[tuple[str, str], _Problem] = {}
        self._endings: dict[str, _Ending] = {}

    def begin(self, header: RunHeader) -> None:
        """Note the threshold, and which targets are left out."""
        self._fail_on = header.fail_on
        self._left_out = not_observed(header, self._escape)
        self._since = Since(header.history, self._escape)

    def add(self, result: TargetResult) -> None:
        """Note one target."""
        against = [f for f in result.wrong if counts_against(f, self._fail_on)]
        found = {(f.rule, f"{kind(f)}{_KNOWN * f.known}"): f.violates(self._fail_on) for f in against}
        if has_no_answer(result) and not found:
            found[NOTHING_KNOWN, "not-checked"] = False
        for (rule, severity), violates in found.items():
            problem = self._problems.setdefault((rule, severity), _Problem(severity, violates, []))
            problem.targets += 1
            if len(problem.first) < _NAMED:
                labels = labels_of(result.target)
                problem.first.append(f"{result.target.id} ({labels})" if labels else result.target.id)
        for certificate in result.certificates:
            at = certificate.not_after
            if at and at >= result.clock and certificate.label.startswith(("leaf", "issuer", "origin leaf")):
                where = position(certificate.label, certificate.vantage)
                ending = _Ending(at, where, certificate.subject, result.target.id)
                self._endings.setdefault(certificate.sha256, ending).targets += 1
        if len(self._endings) > _KEPT:
            self._endings = dict(nsmallest(_KEPT // 2, self._endings.items(), key=lambda pair: _soonest(pair[1])))

    def lines(self, summary: RunSummary) -> Iterator[str]:
        """The lines, at most MOST_CHARACTERS with their ends; the last says how many are left out."""
        left = MOST_CHARACTERS - len("and 99,999 more lines") - 1
        lines = list(self._all(summary))
        for number, line in enumerate(lines):
            left -= len(line) + 1
            if left < 0:
                yield f"and {plural(len(lines) - number, 'more line')}"
                return
            yield line

    def _all(self, summary: RunSummary) -> Iterator[str]:
        total = plural(sum(summary.targets.values()), "target")
        told = verdicts(summary.targets, summary.excused, summary.known_unreachable)
        yield f"{self._bold(f'certgate: {summary.verdict}')}: {total}, {told}{beside(summary)}"
        yield meaning(summary, self._escape)
        if self._left_out:
            yield self._left_out
        yield from self._changes(summary)
        worst_first = sorted(self._problems.items(), key=_worst_first)
        if worst_first:
            yield ""
            yield self._bold("Problems")
        for (rule, _), problem in worst_first[:_PROBLEMS]:
            names = [self._escape(id) for id in problem.first]
            if rest := problem.targets - len(names):
                names.append(f"{rest:,} more")
            yield f"{problem.severity.replace('-', ' ')} {rule}: {listed(names)}"
        if len(worst_first) > _PROBLEMS:
            yield f"and {plural(len(worst_first) - _PROBLEMS, 'more rule')}"
        if self._endings:
            yield ""
            yield self._bold("Next to expire")
        for ending in nsmallest(_ENDING, self._endings.values(), key=_soonest):
            more = f" and {plural(ending.targets - 1, 'more target')}" if ending.targets > 1 else ""
            what = f"{ending.label} {self._escape(ending.subject)}, {self._escape(ending.target)}{more}"
            yield f"{ending.at:%Y-%m-%d}: {what}"

    def _changes(self, summary: RunSummary) -> Iterator[str]:
        headline = self._since.headline(summary)
        if not headline:
            return
        yield ""
        yield self._bold(f"{headline[0].upper()}{headline[1:]}")
        for section in self._since.sections(summary, _CHANGES):
            yield f"{section.title}:"
            for target, said in section.lines:
                yield f"- {target}: {said}" if said else f"- {target}"

    def _escape(self, text: str) -> str:
        return self._escape_all(cut(text, _LONGEST_NAME))


def _worst_first(pair: tuple[tuple[str, str], _Problem]) -> tuple[bool, bool, int]:
    problem = pair[1]
    return not problem.violates, problem.severity.endswith(_KNOWN), -problem.targets


def _soonest(ending: _Ending) -> tuple[datetime, str, str]:
    return ending.at, ending.target, ending.label
