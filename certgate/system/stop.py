"""Requests to end a run, and those who wait for them; the time that a run may take."""

import time

TYPE_CHECKING = False  # as in typing, but importing typing takes longer than this whole module
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Interrupted", "Stop"]


class Interrupted(KeyboardInterrupt):
    """The run is to end, and the current step takes too long to wait for."""


class Stop:
    """A stop request for the run, which cannot be withdrawn; and the end of its time, which lets it begin no more."""

    def __init__(
        self, *, wanted: bool = False, seconds: float | None = None, now: "Callable[[], float]" = time.monotonic
    ) -> None:
        """`seconds` is the time that the run may take from now on; None for any."""
        self.wanted = wanted
        self.breakable = Breakable()
        self._wakers: list[Callable[[], object]] = []
        self._now = now
        self._ends = None if seconds is None else now() + seconds

    def __reduce__(self) -> "tuple[Callable[[bool, float | None], Stop], tuple[bool, float | None]]":
        """Pickle whether a stop is wanted now, and the time that is left.

        A later request must be sent to the other process separately.
        """
        return _stop, (self.wanted, None if self._ends is None else self._ends - self._now())

    @property
    def out_of_time(self) -> bool:
        """Whether the time of the run is over. What is under way may go on."""
        return self._ends is not None and self._now() >= self._ends

    @property
    def begins_no_more(self) -> bool:
        """Whether no further target may be begun."""
        return self.wanted or self.out_of_time

    def want(self) -> None:
        """Request the stop and wake all waiters. May be called at any time, even by a signal handler."""
        self.wanted = True
        for wake in tuple(self._wakers):
            wake()

    def call(self, wake: "Callable[[], object]") -> None:
        """Call `wake` when a stop is requested; at once if it already is."""
        self._wakers.append(wake)
        if self.wanted:
            wake()

    def call_no_more(self, wake: "Callable[[], object]") -> None:
        """Undo `call`."""
        self._wakers.remove(wake)


def _stop(wanted: bool, seconds: float | None) -> Stop:
    return Stop(wanted=wanted, seconds=seconds)


class Breakable:
    """A context in the main thread in which an exception at any point loses nothing.

    The exception may also come just before entry or exit, so the caller wraps the context in a `try`.
    """

    def __init__(self) -> None:
        self._is_entered = False

    def __enter__(self) -> None:
        self._is_entered = True

    def __exit__(self, *_: object) -> None:
        self._is_entered = False

    def break_off(self) -> None:
        """Raise Interrupted if the main thread, which calls this, is in the context; once per entry."""
        if self._is_entered:
            self._is_entered = False
            raise Interrupted
