"""`--save`: writes what was observed to a file that can be checked again."""

from certgate.model.verdict import RunSummary
from certgate.observe.saved import SavedObservations
from certgate.reports.sink import Sink

__all__ = ["Saver"]


class Saver(SavedObservations):
    """Writes a complete file or none."""

    def __init__(self, sink: Sink, path: str) -> None:
        super().__init__(sink.stream)
        self.name = f"--save {path}"
        self._sink = sink

    def end(self, summary: RunSummary) -> None:
        """Move the complete file to its path."""
        super().end(summary)
        self._sink.commit()

    def abort(self) -> None:
        """Remove the incomplete file."""
        self._sink.discard()
