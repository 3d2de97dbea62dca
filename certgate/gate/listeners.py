"""All listeners of a run as one: each is called separately, and one that fails does not affect the others."""

from collections.abc import Callable, Iterable

from certgate.model.bug import bug
from certgate.model.errors import CertgateError
from certgate.model.listener import Listener
from certgate.model.observation import Observed
from certgate.model.verdict import RunHeader, RunSummary, TargetResult

__all__ = ["Listeners"]


class Listeners(Listener):
    """Passes everything on to several listeners, in order. Drops a listener that raises: that is a fault of the run."""

    def __init__(self, listeners: Iterable[Listener]) -> None:
        self.faults: list[str] = []
        """What went wrong, a sentence each."""
        self._listening = list(listeners)

    def begin(self, header: RunHeader) -> None:
        """Called before the first target."""
        self._tell(lambda listener: listener.begin(header))

    def observed(self, observed: Observed) -> None:
        """Pass on the observations of a target."""
        self._tell(lambda listener: listener.observed(observed))

    def add(self, result: TargetResult) -> None:
        """Pass on the result of a target."""
        self._tell(lambda listener: listener.add(result))

    def end(self, summary: RunSummary) -> None:
        """Called after the last target."""
        self._tell(lambda listener: listener.end(summary))

    def _tell(self, say: Callable[[Listener], None]) -> None:
        for listener in tuple(self._listening):
            try:
                say(listener)
            except CertgateError as error:
                self._drop(listener, str(error))
            except OSError as error:
                self._drop(listener, f"{listener.name} could not be written: {error.strerror or type(error).__name__}")
            except BaseException as error:
                self._drop(listener, bug(error, listener.name))

    def _drop(self, listener: Listener, fault: str) -> None:
        self.faults.append(fault)
        self._listening.remove(listener)
        listener.abort()
