"""Answers that depend on other findings: one cause is reported once, and never turns into a pass."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from certgate.checks.framework.premise import Premise
from certgate.model.finding import DEPENDS_ON, Finding, Outcome, Severity
from certgate.policy.model import TargetRule

__all__ = ["Causes", "in_wrong_order", "on_anchor"]

_ANCHOR = "its clients trust this bundle itself"
_MAY_DEPEND = frozenset({Outcome.FAIL, Outcome.NOT_CHECKED})


class _Standing(NamedTuple):
    """A rule that fails: how severely, and of which other rule all its failures are consequences."""

    rank: int
    root: str
    """The rule itself if it is a cause of its own; empty if causes lead in a circle."""


class Causes:
    """Tells the failures that are consequences of others from those that are causes, by one policy's rules."""

    def __init__(self, rules: Iterable[TargetRule], fail_on: Severity) -> None:
        self._presumes = {rule.id: rule.check.presumes for rule in rules if rule.check.presumes}
        self._fail_on = fail_on

    def once(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The findings; a failure is not checked instead if another rule reports its cause at least as severely.

        The answer is required if the failure would be a violation. An answer that was missing before names the rule
        that says why.
        """
        affected = [f for f in findings if f.outcome in _MAY_DEPEND or f.unread]
        failures = [f for f in affected if _has_failed(f)]
        if not failures:
            return findings
        denials = [f for f in failures if f.denies]
        missing = [f for f in affected if _is_missing(f)]
        causes = {id(f): tuple(self._candidates(f, denials)) for f in (*failures, *missing)}
        if not any(causes.values()):
            return findings
        standing = _standings(failures, causes)
        return tuple(self._named(f, causes[id(f)], standing) if id(f) in causes else f for f in findings)

    def _candidates(self, finding: Finding, denials: Iterable[Finding]) -> Iterator[str]:
        """The rules that may report the finding's cause, the likeliest first."""
        if finding.cause:
            yield finding.cause
        presumed = self._presumes.get(finding.rule, frozenset()) | ({Premise.READABLE} if finding.unread else set())
        near = (d for d in denials if d.denies in presumed and d.rule != finding.rule and _may_explain(d, finding))
        yield from (denial.rule for denial in sorted(near, key=lambda d: d.subject != finding.subject))

    def _named(self, finding: Finding, causes: tuple[str, ...], standing: Mapping[str, _Standing]) -> Finding:
        root = _root(finding, causes, standing)
        if not root or finding.evidence.get(DEPENDS_ON) == root:
            return finding
        if _is_missing(finding):
            message = f"depends on {root}: {finding.message}"
            return replace(finding, message=message, evidence={**finding.evidence, DEPENDS_ON: root})
        required = finding.required if finding.outcome is Outcome.NOT_CHECKED else finding.violates(self._fail_on)
        return replace(_dependent(finding, root, required=required), cause=root)


def _has_failed(finding: Finding) -> bool:
    """Whether the rule fails, be it as a consequence of another one."""
    return finding.outcome is Outcome.FAIL or (finding.can_be_excused and DEPENDS_ON in finding.evidence)


def _is_missing(finding: Finding) -> bool:
    """Whether the rule could not answer, and does not say yet because of which other one."""
    return finding.unread or (finding.outcome is Outcome.NOT_CHECKED and DEPENDS_ON not in finding.evidence)


def _may_explain(denial: Finding, finding: Finding) -> bool:
    """Whether two findings may be about one certificate: not if each is about another one of the path.

    What cannot be read of a certificate on the path is told of that certificate, never of the chain as sent.
    """
    if denial.subject == finding.subject or denial.denies is Premise.TLS:
        return True
    if denial.denies is Premise.READABLE:
        return _is_certificate(denial) and not _is_certificate(finding)
    return not (_is_certificate(denial) and _is_certificate(finding))


def _is_certificate(finding: Finding) -> bool:
    return finding.subject == "leaf" or finding.subject.startswith("issuer ")


def _standings(failures: Iterable[Finding], causes: Mapping[int, tuple[str, ...]]) -> Mapping[str, _Standing]:
    """How each failing rule stands, its own causes followed up to the first one."""
    ranks: dict[str, int] = {}
    for failure in failures:
        ranks[failure.rule] = max(failure.severity.rank, ranks.get(failure.rule, 0))
    above: dict[str, set[str]] = {}
    for failure in failures:
        direct = next((c for c in causes[id(failure)] if ranks.get(c, -1) >= failure.severity.rank), failure.rule)
        above.setdefault(failure.rule, set()).add(failure.evidence.get(DEPENDS_ON, direct))
    return {rule: _Standing(rank, _followed(rule, above)) for rule, rank in ranks.items()}


def _followed(rule: str, above: Mapping[str, set[str]]) -> str:
    """The cause at the end of the chain of causes; the rule itself if it has several, or none; empty for a circle."""
    seen = [rule]
    while len(causes := above.get(seen[-1], {seen[-1]})) == 1:
        (cause,) = causes
        if cause == seen[-1]:
            return cause
        if cause in seen:
            return ""
        seen.append(cause)
    return seen[-1]


def _root(finding: Finding, causes: Iterable[str], standing: Mapping[str, _Standing]) -> str:
    """The rule that reports the cause of the finding; empty if it is a cause of its own."""
    for cause in causes:
        found = standing.get(cause)
        if found and found.root and found.rank >= finding.severity.rank and found.root != finding.rule:
            return found.root
    return ""


def in_wrong_order(findings: tuple[Finding, ...], rules: Mapping[str, str]) -> tuple[Finding, ...]:
    """The findings on a chain in the wrong order; passes of `rules`, which need the order, become not-checked."""
    return tuple(
        _dependent(f, rules[f.rule], required=True) if f.rule in rules and f.outcome is Outcome.PASS else f
        for f in findings
    )


def on_anchor(findings: tuple[Finding, ...], rules: Collection[str]) -> tuple[Finding, ...]:
    """The findings on a certificate that is an anchor itself: `rules`, which judge how it is trusted, do not apply."""
    if not rules:
        return findings
    found: dict[str, Finding] = {}
    for number, f in enumerate(findings):
        if f.rule not in rules or f.outcome is Outcome.CRASHED:
            found[str(number)] = f
        else:
            found[f.rule] = replace(f, outcome=Outcome.NOT_APPLICABLE, message=_ANCHOR, key="", cause="", evidence={})
    return tuple(found.values())


def _dependent(finding: Finding, rule: str, *, required: bool) -> Finding:
    return replace(
        finding,
        outcome=Outcome.NOT_CHECKED,
        required=required,
        message=f"depends on {rule}",
        evidence={**finding.evidence, DEPENDS_ON: rule},
    )
