"""Writes observations to a journal as soon as they are made."""

from collections.abc import Callable, Collection

from certgate.model.observation import FailureKind, Observed
from certgate.model.target import Target
from certgate.model.verdict import RunHeader, RunSummary
from certgate.observe.journal.journal_file import JournalFile
from certgate.observe.saved.writing import SavedObservations, saved_members

__all__ = ["JournalWriter"]

_UNBEGUN = frozenset({FailureKind.INTERRUPTED, FailureKind.NOT_VISITED})


class JournalWriter(SavedObservations):
    """Appends the observations of a run, and an end once all targets were observed as far as possible."""

    def __init__(
        self, file: JournalFile, name: str, *, targets: int, contents: Collection[str], has: Callable[[Target], bool]
    ) -> None:
        """`contents` are the SHA-256 of the large evidence that the file has; `has` tells which targets it has."""
        super().__init__(file)
        self.name = name
        self._file = file
        self._targets = targets
        self._known = set(contents)
        self._has = has

    def begin(self, header: RunHeader) -> None:
        """Nothing: the header of a journal is written when it is opened."""

    def observed(self, observed: Observed) -> None:
        """Write the observations, unless they came from the journal, or the run ended before they were made."""
        kinds = {seen.failure.kind for seen in observed.observations if seen.failure}
        if not kinds & _UNBEGUN and not self._has(observed.target):
            self._contents(observed)
            self._line({"ordinal": observed.target.ordinal, **saved_members(observed)})

    def end(self, summary: RunSummary) -> None:
        """Write the end, and let it reach the disk."""
        if not (summary.interrupted or summary.not_visited or summary.missing):
            self._line({"end": {"targets": self._targets}})
        self._file.close()

    def abort(self) -> None:
        """Close the file: what is in it stays."""
        self._file.abandon()
