"""All listeners of a run as one: each is called separately, and one that fails does not affect the others."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from certgate.model.bug import bug
from certgate.model.errors import CertgateError
from certgate.model.listener import Listener
from certgate.model.observation import Observed
from certgate.model.verdict import RunHeader, RunSummary, TargetResult

__all__ = ["Listeners"]

T = TypeVar("T")
Calls = tuple[tuple[Listener, Callable[[T], None]], ...]
"""Each listener with the method to call."""


class Listeners(Listener):
    """Passes everything on to several listeners, in order. Drops a listener that raises: that is a fault of the run."""

    def __init__(self, listeners: Iterable[Listener]) -> None:
        self.faults: list[str] = []
        """What went wrong, a sentence each."""
        self._listen(tuple(listeners))

    def _listen(self, listeners: tuple[Listener, ...]) -> None:
        self._listening = listeners
        observing = [one for one in listeners if type(one).observed is not Listener.observed]
        self._begin: Calls[RunHeader] = tuple((one, one.begin) for one in listeners)
        self._observed: Calls[Observed] = tuple((one, one.observed) for one in observing)
        self._add: Calls[TargetResult] = tuple((one, one.add) for one in listeners)
        self._end: Calls[RunSummary] = tuple((one, one.end) for one in listeners)

    def begin(self, header: RunHeader) -> None:
        """Called before the first target."""
        self._tell(self._begin, header)

    def observed(self, observed: Observed) -> None:
        """Pass on the observations of a target."""
        if self._observed:
            self._tell(self._observed, observed)

    def add(self, result: TargetResult) -> None:
        """Pass on the result of a target."""
        self._tell(self._add, result)

    def end(self, summary: RunSummary) -> None:
        """Called after the last target."""
        self._tell(self._end, summary)

    def _tell(self, calls: Calls[T], said: T) -> None:
        for listener, call in calls:
            try:
                call(said)
            except CertgateError as error:
                self._drop(listener, str(error))
            except OSError as error:
                self._drop(listener, f"{listener.name} could not be written: {error.strerror or type(error).__name__}")
            except BaseException as error:
                self._drop(listener, bug(error, listener.name))

    def _drop(self, listener: Listener, fault: str) -> None:
        self.faults.append(fault)
        self._listen(tuple(one for one in self._listening if one is not listener))
        listener.abort()
