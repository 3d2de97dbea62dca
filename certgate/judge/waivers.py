"""Waivers at work: which failures of a judged target they excuse, and what a run has to tell of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from certgate.judge.merge import verdict_of
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.reserved import TARGET_OBSERVED, WAIVER_EXPIRED, WAIVER_EXPIRING, WAIVER_UNUSED
from certgate.model.verdict import CertificateSummary, Notice, TargetResult
from certgate.model.waiver import Waiver, WaiverUse

__all__ = ["WaiverTally", "waive"]

_ANNOUNCED = 30
"""Days before its end from which on the end of a waiver is announced."""


def waive(
    result: TargetResult, waivers: Iterable[Waiver], fail_on: Severity
) -> tuple[TargetResult, tuple[WaiverUse, ...]]:
    """The result with the failures marked that a waiver excuses at its clock, and what became of each waiver for it.

    Only failures are excused; a missing answer stays missing, and an expired waiver adds a failure that says so. Of
    several waivers for one failure, the one that holds longest is used.
    """
    meant = sorted((w for w in waivers if w.is_for_target(result.target.id)), key=lambda w: w.expires, reverse=True)
    if not meant:
        return result, ()
    excused: dict[Waiver, list[Finding]] = {waiver: [] for waiver in meant}
    findings = []
    for finding in result.findings:
        waiver = _waiver_of(finding, meant, result) if finding.outcome is Outcome.FAIL else None
        if waiver:
            excused[waiver].append(finding)
        holds = waiver is not None and waiver.holds_at(result.clock)
        findings.append(replace(finding, waiver=waiver) if holds else finding)
    uses = tuple(WaiverUse(w, len(failures), 1, _is_undecided(w, result)) for w, failures in excused.items())
    if not any(use.failures for use in uses):
        return result, uses
    findings += [f for use in uses for f in _expired(use, excused[use.waiver], result.clock)]
    return replace(result, findings=tuple(findings), verdict=verdict_of(findings, fail_on, result.addresses)), uses


def _waiver_of(finding: Finding, waivers: Iterable[Waiver], result: TargetResult) -> Waiver | None:
    return next((w for w in waivers if w.is_for_rule(finding.rule) and _is_about(w, finding, result)), None)


def _is_about(waiver: Waiver, finding: Finding, result: TargetResult) -> bool:
    """Whether the finding is about the waiver's certificate; one about no certificate of its own is about the leaf."""
    if not waiver.certificate:
        return True
    certificates = result.certificates_of(finding) or result.certificates_of(replace(finding, subject="leaf"))
    return bool(certificates) and all(waiver.certificate in _names(certificate) for certificate in certificates)


def _names(certificate: CertificateSummary) -> tuple[str, str]:
    return certificate.spki_sha256, certificate.serial


def _is_undecided(waiver: Waiver, result: TargetResult) -> bool:
    return any(f.undecided and (f.rule == TARGET_OBSERVED or waiver.is_for_rule(f.rule)) for f in result.findings)


def _expired(use: WaiverUse, failures: Sequence[Finding], clock: datetime) -> Iterator[Finding]:
    """That the waiver has expired, as severe as the worst failure that it excused."""
    waiver = use.waiver
    if not failures or waiver.holds_at(clock):
        return
    yield Finding(
        WAIVER_EXPIRED,
        failures[0].subject,
        Outcome.FAIL,
        max((f.severity for f in failures), key=lambda s: s.rank),
        f"the waiver of {waiver.rule} by {waiver.owner} ended on {waiver.expires}: {waiver.reason}",
        key=f"{waiver.rule} {waiver.target} {waiver.certificate}",
        evidence={"expires": waiver.expires.isoformat()},
    )


class WaiverTally:
    """What became of each waiver in a whole run."""

    def __init__(self, waivers: Iterable[Waiver], left_out: Iterable[str]) -> None:
        """Expect `waivers`; one whose rules are among those `left_out` is expected to excuse nothing."""
        kept = tuple(left_out)
        self._uses = {w: WaiverUse(w) for w in waivers}
        self._idle = {w for w in self._uses if any(w.is_for_rule(rule) for rule in kept)}
        self._clock: datetime | None = None

    def add(self, uses: Iterable[WaiverUse], clock: datetime) -> None:
        """Count what became of waivers at one target that was judged at `clock`."""
        self._clock = max(self._clock, clock) if self._clock else clock
        for use in uses:
            self._uses[use.waiver] += use

    def notices(self) -> Iterator[Notice]:
        """The waivers that end soon, and those that excuse nothing, in the order of the policies."""
        for waiver, use in self._uses.items():
            name = f"the waiver of {waiver.rule} for {waiver.target} by {waiver.owner}"
            if self._clock and use.failures and (when := _ends_soon(waiver, self._clock)):
                yield Notice(WAIVER_EXPIRING, f"{name} ends {when}", waiver.place)
            if not use.failures and waiver not in self._idle:
                yield Notice(WAIVER_UNUSED, f"{name}: {_why_unused(use)}", waiver.place)


def _ends_soon(waiver: Waiver, clock: datetime) -> str:
    """When the waiver ends, if that is soon; else empty."""
    left = (waiver.expires - clock.date()).days
    if not 0 <= left <= _ANNOUNCED:
        return ""
    return "today" if left == 0 else f"in {left} day{'' if left == 1 else 's'}, on {waiver.expires}"


def _why_unused(use: WaiverUse) -> str:
    if not use.targets:
        return "no target of this run is meant"
    return "it excuses nothing" + (" that is known, but not everything could be judged" if use.undecided else "")
