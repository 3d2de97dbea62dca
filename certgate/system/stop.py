"""Requests to end a run, and those who wait for them."""

TYPE_CHECKING = False  # as typing has it, whose import takes longer than all of this
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Interrupted", "Stop"]


class Interrupted(KeyboardInterrupt):
    """Somebody wants the run to end, and what is being done takes too long to be waited for."""


class Stop:
    """Wanted or not, once and for all."""

    def __init__(self, *, wanted: bool = False) -> None:
        self.wanted = wanted
        self.breakable = Breakable()
        self._wakers: list[Callable[[], object]] = []

    def __reduce__(self) -> "tuple[Callable[[bool], Stop], tuple[bool]]":
        """Pickle whether it is wanted now. If it is wanted later, the other process has to be told."""
        return _stop, (self.wanted,)

    def want(self) -> None:
        """The run is to end. Whoever waits is woken; may be called at any moment, by a signal handler too."""
        self.wanted = True
        for wake in tuple(self._wakers):
            wake()

    def call(self, wake: "Callable[[], object]") -> None:
        """Call `wake` when the run is to end; at once if that is so already."""
        self._wakers.append(wake)
        if self.wanted:
            wake()

    def call_no_more(self, wake: "Callable[[], object]") -> None:
        """Undo `call`."""
        self._wakers.remove(wake)


def _stop(wanted: bool) -> Stop:
    return Stop(wanted=wanted)


class Breakable:
    """A context of the main thread in which nothing is lost if an exception comes at any point of it.

    It may come right before it is entered or left, too, so a `try` stands around it.
    """

    def __init__(self) -> None:
        self._is_entered = False

    def __enter__(self) -> None:
        self._is_entered = True

    def __exit__(self, *_: object) -> None:
        self._is_entered = False

    def break_off(self) -> None:
        """Raise Interrupted where the main thread, which this is, is in the context; once for each time."""
        if self._is_entered:
            self._is_entered = False
            raise Interrupted
