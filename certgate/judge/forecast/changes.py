"""What will start to fail, found by evaluating today's facts at later times; no rule is a special case."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.frozen import frozen
from certgate.model.verdict import TargetResult

__all__ = ["Change", "changes"]

_RESOLUTION = timedelta(seconds=1)

_State = Mapping[str, tuple[int, Finding]]
"""Each failing finding and its rank, by fingerprint."""


@frozen(slots=True)
class Change:
    """The finding appears or gets worse at `at`."""

    at: datetime
    target: str
    finding: Finding
    renewal: bool = False
    """Whether it is about the next certificate, assuming that it is like this one."""


def changes(judge: Callable[[datetime], TargetResult], moments: Sequence[datetime]) -> Iterator[Change]:
    """What starts to fail, or becomes unknown, after the first of the `moments` and up to the last, in order.

    If the results of two moments differ, a binary search finds the moment of the change, to the second.
    """
    before = moments[0]
    state = _state(judge(before))
    for moment in moments[1:]:
        result = judge(moment)
        later = _state(result)
        yield from _between(judge, (before, state), (moment, later), result.target.id)
        before, state = moment, later


def _between(
    judge: Callable[[datetime], TargetResult], low: tuple[datetime, _State], high: tuple[datetime, _State], target: str
) -> Iterator[Change]:
    (before, old), (after, new) = low, high
    if _ranks(old) == _ranks(new):
        return
    if after - before <= _RESOLUTION:
        for fingerprint, (rank, finding) in new.items():
            if rank > old.get(fingerprint, (0, finding))[0]:
                yield Change(after, target, finding)
        return
    middle = (before + (after - before) / 2).replace(microsecond=0)
    half = (middle, _state(judge(middle)))
    yield from _between(judge, low, half, target)
    yield from _between(judge, half, high, target)


def _state(result: TargetResult) -> _State:
    found: dict[str, tuple[int, Finding]] = {}
    for finding in result.findings:
        rank = _rank(finding)
        fingerprint = result.fingerprint(finding)
        if rank > found.get(fingerprint, (0, finding))[0]:
            found[fingerprint] = rank, finding
    return found


def _ranks(state: _State) -> dict[str, int]:
    return {fingerprint: rank for fingerprint, (rank, _) in state.items()}


def _rank(finding: Finding) -> int:
    """How bad the finding is: 0 if passed or excused; a failure is worse than a missing answer only as an error."""
    if finding.not_checked:
        return 3
    if finding.outcome is not Outcome.FAIL or finding.excused:
        return 0
    return {Severity.INFO: 1, Severity.WARNING: 2, Severity.ERROR: 4}[finding.severity]
