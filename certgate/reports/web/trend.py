"""The trend over earlier runs: a bar for each run, with the targets that need attention."""

from collections.abc import Sequence
from datetime import UTC, datetime

from certgate.model.frozen import frozen

__all__ = ["Bar", "RunPoint", "Trend", "trend"]

_MOST = 90
_WIDTH, _HEIGHT = 720, 120


@frozen(slots=True, kw_only=True)
class RunPoint:
    """One run, in numbers of targets."""

    at: datetime
    violated: int
    incomplete: int
    excused: int
    compliant: int


@frozen(slots=True, kw_only=True)
class Bar:
    """A run as it is drawn: for each state, where its part begins and how high it is."""

    point: RunPoint
    x: float
    width: float
    parts: Sequence[tuple[str, float, float]]


@frozen(slots=True, kw_only=True)
class Trend:
    """The drawing, in units of its own."""

    bars: Sequence[Bar]
    most: int
    """Targets at the top of the drawing."""
    left_out: int
    """Earlier runs that are not drawn."""
    width: int = _WIDTH
    height: int = _HEIGHT


def trend(points: Sequence[RunPoint]) -> Trend | None:
    """The trend of these runs, the oldest first; None if there are fewer than two."""
    if len(points) < 2:
        return None
    shown = [_utc(point) for point in points[-_MOST:]]
    most = max(1, *(point.violated + point.incomplete for point in shown))
    step = _WIDTH / max(len(shown), 12)
    bars = [_bar(point, number * step, step, most) for number, point in enumerate(shown)]
    return Trend(bars=bars, most=most, left_out=len(points) - len(shown))


def _bar(point: RunPoint, x: float, step: float, most: int) -> Bar:
    parts = []
    top = float(_HEIGHT)
    for state, number in (("violated", point.violated), ("incomplete", point.incomplete)):
        height = _HEIGHT * number / most
        top -= height
        parts.append((state, round(top, 2), round(height, 2)))
    return Bar(point=point, x=round(x, 2), width=round(step * 0.8, 2), parts=parts)


def _utc(point: RunPoint) -> RunPoint:
    return RunPoint(
        at=point.at.astimezone(UTC),
        violated=point.violated,
        incomplete=point.incomplete,
        excused=point.excused,
        compliant=point.compliant,
    )
