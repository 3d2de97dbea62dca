"""Exceptions: which failures of a target waivers and the baseline excuse, and what is wrong with them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from certgate.judge.merge import verdict_of
from certgate.judge.unreachable import UnreachableTargets
from certgate.model.baseline import Known
from certgate.model.counted import plural
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.findings import Findings
from certgate.model.reserved import (
    BASELINE_GONE,
    RESERVED,
    TARGET_OBSERVED,
    WAIVER_EXPIRED,
    WAIVER_EXPIRING,
    WAIVER_UNUSED,
)
from certgate.model.vantage_label import is_of_key_type
from certgate.model.verdict import CertificateSummary, Notice, TargetResult, Verdict
from certgate.model.waiver import Waiver, WaiverUse

__all__ = ["Baseline", "Exceptions", "WaiverTally", "violations", "waive"]

_ANNOUNCED = 30
"""Days before a waiver ends from which notices announce the end."""


class Exceptions:
    """Applies waivers and the baseline to the results of a run, one by one, and keeps none of them."""

    def __init__(
        self,
        waivers: Iterable[Waiver],
        baseline: Iterable[Known],
        unreachable: UnreachableTargets | None = None,
        *,
        fail_on: Severity,
        left_out: Iterable[str] = (),
    ) -> None:
        self._unreachable = unreachable or UnreachableTargets(())
        all_waivers = tuple(waivers)
        self._tally = WaiverTally(all_waivers)
        self._baseline = Baseline(baseline, left_out)
        self._has_any = bool(all_waivers) or self._baseline.has_entries or self._unreachable.has_entries
        self._leaves_out = bool(self._baseline.left_out)
        self._fail_on = fail_on

    def apply(self, result: TargetResult, waivers: Sequence[Waiver]) -> TargetResult:
        """The result with its new verdict; failures that `waivers` or the baseline excuse are marked."""
        if not (waivers or self._has_any):
            return result
        waived, uses = waive(result, waivers, self._fail_on)
        self._tally.add(uses, result.clock)
        excused = self._unreachable.apply(self._baseline.apply(waived, self._fail_on))
        if excused is result or not _is_excused(excused, self._fail_on):
            return excused
        return replace(excused, is_excused=True)

    def notices(self, *, is_part: bool = False) -> tuple[Notice, ...]:
        """Problems of the exceptions themselves.

        A run over a part of the targets or of the rules (`is_part`) cannot tell which exceptions are unused.
        """
        unused = not (is_part or self._leaves_out)
        of_baseline = self._baseline.notices(unmatched=not is_part), self._unreachable.notices(unmatched=not is_part)
        return (*self._tally.notices(unused=unused), *chain.from_iterable(of_baseline))


def _is_excused(result: TargetResult, fail_on: Severity) -> bool:
    """Whether the result is compliant and has a failure that would count if it were not excused."""
    counting = (f for f in result.wrong if f.excused and f.severity.rank >= fail_on.rank)
    return result.verdict is Verdict.COMPLIANT and any(counting)


def waive(
    result: TargetResult, waivers: Iterable[Waiver], fail_on: Severity
) -> tuple[TargetResult, tuple[WaiverUse, ...]]:
    """Mark the failures that a waiver excuses at the result's clock; returns also how each waiver was used.

    Only failures are excused: a missing answer stays missing, and an expired waiver adds a failure of its own. If
    several waivers excuse one failure, the waiver with the latest end is used.
    """
    relevant = [waiver for waiver in waivers if waiver.is_for_target(result.target.id)]
    if not relevant:
        return result, ()
    relevant.sort(key=lambda waiver: waiver.expires, reverse=True)
    excused: dict[Waiver, list[Finding]] = {waiver: [] for waiver in relevant}
    marked: dict[int, Finding] = {}
    for finding in result.wrong:
        waiver = _waiver_of(finding, relevant, result) if finding.can_be_excused else None
        if waiver:
            excused[waiver].append(finding)
        if waiver and waiver.is_valid_at(result.clock):
            marked[id(finding)] = replace(finding, waiver=waiver)
    uses = tuple(WaiverUse(w, len(failures), 1, _is_undecided(w, result)) for w, failures in excused.items())
    if not any(use.failures for use in uses):
        return result, uses
    expired = [f for use in uses for f in _expired(use, excused[use.waiver], result.clock)]
    findings = Findings([*(marked.get(id(finding), finding) for finding in result.findings), *expired])
    return replace(result, findings=findings, verdict=verdict_of(findings, fail_on, result.vantages)), uses


def _waiver_of(finding: Finding, waivers: Iterable[Waiver], result: TargetResult) -> Waiver | None:
    return next((w for w in waivers if w.is_for_rule(finding.rule) and _is_about(w, finding, result)), None)


def _is_about(waiver: Waiver, finding: Finding, result: TargetResult) -> bool:
    """Whether the finding is about the waiver's certificate; a finding without a certificate is about the leaf."""
    if not waiver.certificate:
        return True
    certificates = result.certificates_of(finding) or result.certificates_of(replace(finding, subject="leaf"))
    return bool(certificates) and all(waiver.certificate in _names(certificate) for certificate in certificates)


def _names(certificate: CertificateSummary) -> tuple[str, str]:
    return certificate.spki_sha256, certificate.serial


def _is_undecided(waiver: Waiver, result: TargetResult) -> bool:
    return any(f.not_checked and (f.rule == TARGET_OBSERVED or waiver.is_for_rule(f.rule)) for f in result.wrong)


def _expired(use: WaiverUse, failures: Sequence[Finding], clock: datetime) -> Iterator[Finding]:
    """The finding that the waiver has expired, as severe as the worst failure that it excused."""
    waiver = use.waiver
    if not failures or waiver.is_valid_at(clock):
        return
    yield Finding(
        rule=WAIVER_EXPIRED,
        subject=failures[0].subject,
        outcome=Outcome.FAIL,
        severity=max((f.severity for f in failures), key=lambda s: s.rank),
        message=f"the waiver of {waiver.rule} by {waiver.owner} expired on {waiver.expires}: {waiver.reason}",
        key=f"{waiver.rule} {waiver.target} {waiver.certificate}",
        evidence={"expires": waiver.expires.isoformat()},
    )


class WaiverTally:
    """Counts how each waiver was used in a whole run."""

    def __init__(self, waivers: Iterable[Waiver]) -> None:
        self._uses = {w: WaiverUse(w) for w in waivers}
        self._clock: datetime | None = None

    def add(self, uses: Iterable[WaiverUse], clock: datetime) -> None:
        """Count the uses at one target, which was evaluated at `clock`."""
        self._clock = max(self._clock, clock) if self._clock else clock
        for use in uses:
            self._uses[use.waiver] += use

    def notices(self, *, unused: bool = True) -> Iterator[Notice]:
        """The waivers that end soon, and those that are `unused`, in the order of the policies."""
        for waiver, use in self._uses.items():
            name = f"the waiver of {waiver.rule} for {waiver.target} by {waiver.owner}"
            if self._clock and use.failures and (when := _ends_soon(waiver, self._clock)):
                yield Notice(WAIVER_EXPIRING, f"{name} ends {when}", waiver.place)
            if unused and not use.failures:
                yield Notice(WAIVER_UNUSED, f"{name} {_why_unused(use)}", waiver.place)


def _ends_soon(waiver: Waiver, clock: datetime) -> str:
    """When the waiver ends if that is soon, else empty."""
    left = (waiver.expires - clock.date()).days
    if not 0 <= left <= _ANNOUNCED:
        return ""
    return "today" if left == 0 else f"in {plural(left, 'day')}, on {waiver.expires}"


def _why_unused(use: WaiverUse) -> str:
    if not use.targets:
        return "matches no target of this run"
    return "is unused" + (", but not every rule could be checked" if use.not_checked else "")


def violations(result: TargetResult, fail_on: Severity) -> Iterator[Known]:
    """The violations of a target for a new baseline: known ones too, but no waived ones."""
    for finding in result.findings:
        if _is_violation(replace(finding, known=False), fail_on):
            yield Known.of(result.target.id, finding)


class Baseline:
    """The entries of a baseline, each for one violation of one target."""

    def __init__(self, entries: Iterable[Known], left_out: Iterable[str] = ()) -> None:
        """`left_out` are the rules that were not evaluated: whether their entries still apply is unknown."""
        self.left_out = frozenset(left_out)
        self._waiting: dict[str, list[Known]] = {}
        for known in entries:
            self._waiting.setdefault(known.target, []).append(known)
        self._gone: list[Known] = []

    @property
    def has_entries(self) -> bool:
        """Whether entries wait for their targets."""
        return bool(self._waiting)

    def apply(self, result: TargetResult, fail_on: Severity) -> TargetResult:
        """The result with its known violations marked. One that became more severe is new."""
        entries = self._waiting.pop(result.target.id, [])
        if not entries:
            return result
        marked = []
        left = {finding.vantage: list(entries) for finding in result.findings}
        for finding in result.findings:
            known = _entry_for(finding, left[finding.vantage], fail_on)
            if known:
                left[finding.vantage].remove(known)
            marked.append(replace(finding, known=True) if known else finding)
        findings = Findings(marked)
        entries = [known for known in entries if all(known in unmet for unmet in left.values())]
        not_checked = {f.rule for f in result.findings if f.not_checked} | self.left_out
        if TARGET_OBSERVED not in not_checked:
            self._gone += [known for known in entries if known.rule not in not_checked and not _is_there(known, result)]
        return replace(result, findings=findings, verdict=verdict_of(findings, fail_on, result.vantages))

    def notices(self, *, unmatched: bool = True) -> Iterator[Notice]:
        """The entries whose violation is fixed, and those that are `unmatched`, in the order of the baseline."""
        yield from (_gone(known, "is fixed") for known in sorted(self._gone))
        for entries in self._waiting.values() if unmatched else ():
            yield from (_gone(known, "matches no target of this run") for known in entries)


def _gone(known: Known, reason: str) -> Notice:
    return Notice(BASELINE_GONE, f"{known.rule} at {known.target}, {known.subject}, {reason} ({known.message})")


def _entry_for(finding: Finding, entries: Iterable[Known], fail_on: Severity) -> Known | None:
    if not _is_violation(finding, fail_on):
        return None
    return next((k for k in entries if _same(k, finding) and finding.severity.rank <= k.severity.rank), None)


def _is_violation(finding: Finding, fail_on: Severity) -> bool:
    """Whether a baseline accepts it: a violation, or a consequence of a violation that another rule reports."""
    would_fail = finding.can_be_excused and replace(finding, outcome=Outcome.FAIL).violates(fail_on)
    return would_fail and finding.rule not in RESERVED


def _same(known: Known, finding: Finding) -> bool:
    """Whether both are the same problem; an entry without an address applies to every address of the target.

    What was seen with another type of key is about another certificate, which must be known by itself.
    """
    is_there = known.vantage == finding.vantage or not (known.vantage or is_of_key_type(finding.vantage))
    return is_there and (known.rule, known.subject, known.key) == (finding.rule, finding.subject, finding.key)


def _is_there(known: Known, result: TargetResult) -> bool:
    """Whether the problem still exists but is not a known violation: it is waived, or its severity changed."""
    return any(_same(known, f) for f in result.findings if f.can_be_excused and not f.known)
