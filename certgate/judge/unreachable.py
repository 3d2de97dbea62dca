"""Targets that are known not to answer: which of them a baseline lists, and until when that is accepted."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime

from certgate.model.baseline import KnownUnreachable
from certgate.model.counted import plural
from certgate.model.finding import Finding, Outcome
from certgate.model.findings import Findings
from certgate.model.reserved import BASELINE_EXPIRING, BASELINE_GONE
from certgate.model.verdict import Notice, TargetResult

__all__ = ["UnreachableTargets"]

_ANNOUNCED = 30
"""Days before the acceptance ends from which a notice announces the end."""


class UnreachableTargets:
    """Marks the targets of a run that a baseline lists, if nothing was seen of them. Their verdict never changes."""

    def __init__(self, known: Iterable[KnownUnreachable], accepted_until: date | None = None) -> None:
        """`accepted_until` is the last day, UTC, on which these targets do not count; None if they always count."""
        self._until = accepted_until
        self._waiting = {one.target: one for one in known}
        self._back: list[KnownUnreachable] = []
        self._found = 0
        self._clock: datetime | None = None

    @property
    def has_entries(self) -> bool:
        """Whether entries wait for their targets."""
        return bool(self._waiting)

    def apply(self, result: TargetResult) -> TargetResult:
        """The result with its missing answers marked as known, and as accepted while that holds at its clock."""
        known = self._waiting.pop(result.target.id, None)
        if known is None:
            return result
        if not result.is_unreachable:
            self._back += [known] if result.certificates else []
            return result
        self._found += 1
        self._clock = max(self._clock, result.clock) if self._clock else result.clock
        until = self._until if self._until and result.clock.date() <= self._until else None
        return replace(result, findings=Findings(_marked(finding, until) for finding in result.findings))

    def notices(self, *, unmatched: bool = True) -> Iterator[Notice]:
        """Targets that answer again, those that are `unmatched`, and the end of the acceptance."""
        for known in sorted(self._back):
            yield Notice(BASELINE_GONE, f"{known.target} answers again; the baseline lists it as {known.failure}")
        for known in sorted(self._waiting.values()) if unmatched else ():
            listed = f"{known.target}, which the baseline lists as {known.failure}"
            yield Notice(BASELINE_GONE, f"{listed}, matches no target of this run")
        if self._until and self._clock and (when := _end(self._until, self._clock)):
            targets = plural(self._found, "known target")
            yield Notice(BASELINE_EXPIRING, f"{targets} without an answer: the acceptance {when}")


def _marked(finding: Finding, until: date | None) -> Finding:
    """The finding, marked if it is an answer that is missing because nothing was seen. A crash is never marked."""
    is_missing = finding.not_checked and finding.outcome is Outcome.NOT_CHECKED
    return replace(finding, known=True, accepted_until=until) if is_missing else finding


def _end(until: date, clock: datetime) -> str:
    """When the acceptance ends if that is soon, or ended; else empty."""
    left = (until - clock.date()).days
    if left < 0:
        return f"ended on {until}"
    if left > _ANNOUNCED:
        return ""
    return "ends today" if left == 0 else f"ends in {plural(left, 'day')}, on {until}"
