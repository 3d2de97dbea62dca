"""Everything that hears of a run, as one listener: each is told for itself, and one that fails costs no other."""

from collections.abc import Callable, Iterable

from certgate.model.bug import bug
from certgate.model.errors import CertgateError
from certgate.model.listener import Listener
from certgate.model.observation import Observed
from certgate.model.verdict import RunHeader, RunSummary, TargetResult

__all__ = ["Listeners"]


class Listeners(Listener):
    """Tells all of them everything, in their order. One that raises is dropped, and that is a fault of the run."""

    def __init__(self, listeners: Iterable[Listener]) -> None:
        self.faults: list[str] = []
        """What went wrong, a sentence each."""
        self._listening = list(listeners)

    def begin(self, header: RunHeader) -> None:
        """Before the first target."""
        self._tell(lambda listener: listener.begin(header))

    def observed(self, observed: Observed) -> None:
        """What was seen of a target."""
        self._tell(lambda listener: listener.observed(observed))

    def add(self, result: TargetResult) -> None:
        """What became of a target."""
        self._tell(lambda listener: listener.add(result))

    def end(self, summary: RunSummary) -> None:
        """After the last target."""
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
