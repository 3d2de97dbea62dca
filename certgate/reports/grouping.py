"""What the terminal report keeps of many targets: counts and a few names for each rule and cause."""

import re
from bisect import insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from functools import lru_cache

from certgate.model.finding import DEPENDS_ON, Finding, Severity
from certgate.model.frozen import changeable
from certgate.model.kept import Kept
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.rule_doc import RuleDoc
from certgate.model.vantage_label import position
from certgate.model.verdict import CertificateSummary, PathState, TargetResult, Verdict
from certgate.reports.advice import advice
from certgate.reports.escape import cut
from certgate.reports.facts import NOTHING_KNOWN, excuse, has_no_answer, kind
from certgate.reports.told import Told

__all__ = ["KINDS", "Cause", "Compliant", "Group", "Grouping", "Section"]

_NAMED = 5
_MOST_CAUSES = 50
"""Of one rule; the targets of further ones are counted together."""
_MOST_SECTIONS = 100
_LONGEST_NAME = 160
_LONGEST_EXAMPLE = 300
_LABEL = "label."
_UNKNOWN = "nothing is known about the target"
KINDS = ("error", "crashed", "not-checked", "warning", "info", "waived", "known")
"""The kinds of findings, the worst first."""
_DETAIL = re.compile(r'(\b[A-Z]{1,4}=[^,;]*)|"[^"]*"|\d[\d,.]* ([a-z]+?)s?\b|\b[0-9a-f]{16,}\b|\d+')
"""A name with its attributes, which stays; what is quoted; a number with what it counts; a digest; a number."""


@changeable(slots=True, kw_only=True)
class Cause:
    """Failures of one rule that one change may fix."""

    fix: str
    example: str
    """What the first of them says; empty if they are of many causes."""
    evidence: tuple[str, ...] = ()
    """What the fix needs from the evidence of the example."""
    is_known: bool = False
    is_consequence: bool = False
    """Whether the answer is only missing because of another rule, which the message names."""
    varies: bool = False
    """Whether others say something else than the example."""
    problems: int = 0
    targets: int = 0
    names: list[str] = field(default_factory=list)
    """The first of the targets."""

    def add(self, target: str, example: str, *, is_new: bool) -> None:
        """Count one problem; `is_new` says that it is the first of its target."""
        self.problems += 1
        self.varies = self.varies or self.example not in {example, ""}
        if is_new:
            self.targets += 1
        if is_new and len(self.names) < _NAMED:
            self.names.append(cut(target, _LONGEST_NAME))


@changeable(slots=True, kw_only=True)
class Group:
    """The failures of one rule, of one kind."""

    kind: str
    rule: str
    violates: bool
    why: str
    targets: int = 0
    causes: dict[object, Cause] = field(default_factory=dict)

    def cause(self, new: Cause, key: object) -> Cause:
        """The cause with this key, otherwise the new one, or what stands for all that are too many."""
        if key not in self.causes and len(self.causes) >= _MOST_CAUSES:
            return self.causes.setdefault(None, Cause(fix="", example=""))
        return self.causes.setdefault(key, new)

    @property
    def is_consequence(self) -> bool:
        """Whether there is nothing to do but what other rules say."""
        return all(cause.is_consequence for cause in self.causes.values())

    @property
    def worst_first(self) -> list[Cause]:
        """The causes, those of the most targets first; those that are known last."""
        return sorted(self.causes.values(), key=lambda cause: (cause.is_known, -cause.targets))


@changeable(slots=True)
class Section:
    """The targets with one value of a label or with one issuer; or all."""

    title: str
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    excused: int = 0
    known: int = 0
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)

    @property
    def worst_first(self) -> list[Group]:
        """The groups: violations first, then by kind: targets that were not observed first, consequences last."""
        return sorted(self.groups.values(), key=_badness)


def _badness(group: Group) -> tuple[bool, int, bool, bool, int, str]:
    is_seen = group.rule != TARGET_OBSERVED
    return not group.violates, KINDS.index(group.kind), group.is_consequence, is_seen, -group.targets, group.rule


class Compliant:
    """How many targets are compliant, and which of them end next."""

    def __init__(self) -> None:
        self.targets = 0
        self.excused = 0
        self.first_to_end: list[tuple[datetime, str]] = []
        self._ends = Kept(_ends)

    def add(self, result: TargetResult) -> None:
        """Count one target."""
        self.targets += 1
        self.excused += result.is_excused
        for end in self._ends.of(result.certificates):
            if end >= result.clock:
                insort(self.first_to_end, (end, cut(result.target.id, _LONGEST_NAME)))
                del self.first_to_end[_NAMED:]
                break


class Grouping:
    """Takes results one by one and keeps none of them.

    `by` is `rule`, or what splits the targets into sections: `label.NAME` or `issuer`.
    """

    def __init__(self, by: str, rules: Mapping[str, RuleDoc], fail_on: Severity) -> None:
        self._by = by
        self._rules = rules
        self._fail_on = fail_on
        self._sections: dict[str, Section] = {}
        self.rules: Counter[tuple[str, str]] = Counter()
        """Targets by kind and rule, waived and known failures too."""
        self.matrix: Counter[tuple[str, PathState]] = Counter()
        self.partly_visited = 0
        """Targets with addresses that were not visited."""

    def add(self, result: TargetResult, told: Told) -> None:
        """Count what is wrong with one target; `told` are its findings."""
        section = self._section(result)
        section.verdicts[result.verdict] += 1
        section.excused += result.is_excused
        section.known += result.is_known
        if told.rules:
            self.rules.update(told.rules)
        if result.matrix:
            self.matrix.update((row.store, row.state) for row in result.matrix)
        for seen in result.observations:
            if seen.unvisited:
                self.partly_visited += 1
                break
        counted: set[int] = set()
        for finding in told.problems:
            advised = advice(finding, self._rules, result.observations)
            new = Group(
                kind=kind(finding), rule=finding.rule, violates=finding.violates(self._fail_on), why=advised.why
            )
            group = section.groups.setdefault((new.kind, new.rule), new)
            group.targets += id(group) not in counted
            example = _example(result, finding)
            evidence = tuple(cut(text, _LONGEST_EXAMPLE) for text in advised.evidence_of(finding))
            cause = group.cause(
                Cause(
                    fix=advised.fix,
                    example=example,
                    evidence=evidence,
                    is_known=finding.known,
                    is_consequence=DEPENDS_ON in finding.evidence,
                ),
                (advised.fix, _essence(result, finding, example)),
            )
            cause.add(result.target.id, example, is_new=id(cause) not in counted)
            counted |= {id(group), id(cause)}
        if has_no_answer(result) and not any(f.not_checked for f in told.problems):
            self._nothing_known(section, result)

    @property
    def sections(self) -> list[Section]:
        """Those with the most violated targets first."""
        return sorted(
            self._sections.values(),
            key=lambda s: (-s.verdicts[Verdict.VIOLATED], -s.verdicts[Verdict.INCOMPLETE], s.title),
        )

    def _section(self, result: TargetResult) -> Section:
        title = "" if self._by == "rule" else cut(_title(self._by, result), _LONGEST_NAME)
        if title not in self._sections and len(self._sections) >= _MOST_SECTIONS:
            title = "all others"
        if title not in self._sections:
            self._sections[title] = Section(title)
        return self._sections[title]

    def _nothing_known(self, section: Section, result: TargetResult) -> None:
        new = Group(kind="not-checked", rule=NOTHING_KNOWN, violates=False, why="")
        group = section.groups.setdefault(("not-checked", NOTHING_KNOWN), new)
        group.targets += 1
        cause = group.cause(Cause(fix="", example=_UNKNOWN), "")
        cause.add(result.target.id, _UNKNOWN, is_new=True)


def _ends(certificates: Iterable[CertificateSummary]) -> Sequence[datetime]:
    """When the certificates of the path end, the first first."""
    on_path = (c.not_after for c in certificates if c.label.startswith(("leaf", "issuer", "origin leaf")))
    return sorted(end for end in on_path if end)


def _title(by: str, result: TargetResult) -> str:
    if by.startswith(_LABEL):
        name = by.removeprefix(_LABEL)
        value = result.target.labels.get(name)
        return f"without {by}" if value is None else f"{by}={value}"
    if by == "issuer":
        issuers = (c.issuer for c in result.certificates if c.label == "leaf" and c.issuer)
        return f"issuer {issuer}" if (issuer := next(issuers, "")) else "without an issuer"
    return ""


def _example(result: TargetResult, finding: Finding) -> str:
    """What the finding says, after the subject, except for the leaf and the target: their name stands beside it."""
    certificates = [c.subject for c in result.certificates_of(finding)] if finding.subject != "leaf" else []
    place = position(finding.subject, finding.vantage)
    subject = " or ".join([f"{place} {name}" for name in dict.fromkeys(certificates)]) or place
    about = "" if subject in {"leaf", "target"} else f"{cut(subject, _LONGEST_NAME)}: "
    known = " (known)" if excuse(finding) else ""
    return cut(f"{about}{finding.message}{known}", _LONGEST_EXAMPLE)


def _essence(result: TargetResult, finding: Finding, example: str) -> str:
    """What is the same in the words about several targets with the same cause: no numbers, no names of their own."""
    if finding.rule == TARGET_OBSERVED:
        kinds = dict.fromkeys(str(seen.failure.kind) for seen in result.observations if seen.failure)
        if kinds:
            return " ".join([*kinds, *["known"] * finding.known])
    text = example
    for word in _own_words(result):
        text = text.replace(word, "…")
    return _without_details(text)


@lru_cache(maxsize=1024)
def _without_details(text: str) -> str:
    return _DETAIL.sub(lambda found: found[1] or f"… {found[2] or ''}", text)


def _own_words(result: TargetResult) -> Sequence[str]:
    """What the target alone is called, the longest first."""
    words = {result.target.id, result.target.source.word, *result.target.names}
    for certificate in result.certificates:
        if certificate.label == "leaf":
            words |= {certificate.subject, *(name.partition(":")[2] for name in certificate.names[:_MOST_CAUSES])}
    return sorted((word for word in words if len(word) > 2), key=len, reverse=True)
