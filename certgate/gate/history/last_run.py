"""The targets of the last run, each found when it is needed."""

import pickle
import tempfile
from collections.abc import Iterator
from threading import Lock

from certgate.gate.history.folder import REPORT, HistoryFolder
from certgate.gate.history.record import KeptRecord, Unusable
from certgate.model.errors import UsageError
from certgate.model.snapshot import ComparedRun, SeenTarget
from certgate.model.verdict import RunRecord
from certgate.reports.report_file import ReportLines

__all__ = ["LastRun"]


class LastRun:
    """Keeps the targets in a temporary file, and in memory only where each begins.

    Pickling keeps the place of the run: unpickling reads it again.
    """

    def __init__(self, folder: HistoryFolder, kept: KeptRecord) -> None:
        """Reads the whole run. Raises Unusable."""
        self._read_from = folder, kept
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the run goes on)
        self._starts: dict[str, int] = {}
        self._lock = Lock()
        try:
            with folder.lines(kept, REPORT) as lines:
                self.run: ComparedRun = self._index(ReportLines(REPORT, lines))
        except UsageError as error:
            self._file.close()
            raise Unusable(f"is damaged: {error}") from error
        except Unusable:
            self._file.close()
            raise

    def _index(self, report: ReportLines) -> ComparedRun:
        for target in report.targets():
            if target.id in self._starts:
                raise UsageError("its report has a target twice")
            self._starts[target.id] = self._file.tell()
            pickle.dump(target, self._file)
        return report.run

    @property
    def record(self) -> RunRecord:
        """Its summary."""
        return self._read_from[1].record

    def get(self, id: str) -> SeenTarget | None:
        """The target with this id; None if the run did not have it. Any thread may call it. Raises OSError."""
        start = self._starts.get(id)
        if start is None:
            return None
        with self._lock:
            self._file.seek(start)
            found: SeenTarget = pickle.load(self._file)  # noqa: S301 (this process wrote the file, which has no name)
        return found

    def ids(self) -> Iterator[str]:
        """The ids of its targets, in order."""
        return iter(self._starts)

    def close(self) -> None:
        """Give the space back."""
        self._file.close()

    def __reduce__(self) -> tuple[type["LastRun"], tuple[HistoryFolder, KeptRecord]]:
        """Pickle the place."""
        return LastRun, self._read_from
