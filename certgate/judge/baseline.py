"""A baseline at work: which violations of a judged target are known, and what it holds that is gone."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from certgate.judge.merge import verdict_of
from certgate.model.baseline import Known
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.reserved import BASELINE_GONE, RESERVED, TARGET_OBSERVED
from certgate.model.verdict import Notice, TargetResult

__all__ = ["Baseline", "violations"]


def violations(result: TargetResult, fail_on: Severity) -> Iterator[Known]:
    """What a baseline written today holds of this target: its violations, the known ones too, but none of a waiver."""
    for finding in result.findings:
        if replace(finding, known=False).violates(fail_on) and finding.rule not in RESERVED:
            yield Known.of(result.target.id, finding)


class Baseline:
    """The entries of a baseline, each for one violation of one target."""

    def __init__(self, entries: Iterable[Known]) -> None:
        self._waiting: dict[str, list[Known]] = {}
        for known in entries:
            self._waiting.setdefault(known.target, []).append(known)
        self._gone: list[Known] = []

    def apply(self, result: TargetResult, fail_on: Severity) -> TargetResult:
        """The result with its known violations marked. One that became more severe is new."""
        entries = self._waiting.pop(result.target.id, [])
        if not entries:
            return result
        findings = []
        left = {finding.vantage: list(entries) for finding in result.findings}
        for finding in result.findings:
            known = _entry_for(finding, left[finding.vantage], fail_on)
            if known:
                left[finding.vantage].remove(known)
            findings.append(replace(finding, known=True) if known else finding)
        entries = [known for known in entries if all(known in unmet for unmet in left.values())]
        undecided = {f.rule for f in result.findings if f.undecided}
        if TARGET_OBSERVED not in undecided:
            self._gone += [known for known in entries if known.rule not in undecided and not _is_there(known, result)]
        return replace(result, findings=tuple(findings), verdict=verdict_of(findings, fail_on, result.addresses))

    def notices(self) -> Iterator[Notice]:
        """The entries that met no violation, in the order of the baseline; none for what could not be judged."""
        yield from (_gone(known, "is gone") for known in sorted(self._gone))
        for entries in self._waiting.values():
            yield from (_gone(known, "is about no target of this run") for known in entries)


def _gone(known: Known, reason: str) -> Notice:
    return Notice(BASELINE_GONE, f"{known.rule} at {known.target}, {known.subject}, {reason}: {known.message}")


def _entry_for(finding: Finding, entries: Iterable[Known], fail_on: Severity) -> Known | None:
    if not finding.violates(fail_on) or finding.rule in RESERVED:
        return None
    return next((k for k in entries if _same(k, finding) and finding.severity.rank <= k.severity.rank), None)


def _same(known: Known, finding: Finding) -> bool:
    """Whether it is the same problem; what was known wherever the target was seen is known at each address."""
    is_there = known.vantage in {"", finding.vantage}
    return is_there and (known.rule, known.subject, known.key) == (finding.rule, finding.subject, finding.key)


def _is_there(known: Known, result: TargetResult) -> bool:
    """Whether the problem is still there, though as no known violation: it is waived, or more or less severe."""
    return any(_same(known, f) for f in result.findings if f.outcome is Outcome.FAIL and not f.known)
