"""Keeps a run in a history: its observations, its report and its summary."""

import gzip
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO, TextIO

from certgate.gate.history.folder import OBSERVATIONS, REPORT, HistoryFolder, NewRun
from certgate.model.listener import Listener
from certgate.model.observation import Observed
from certgate.model.verdict import RunHeader, RunRecord, RunSummary, TargetResult
from certgate.observe.saved import SavedObservations
from certgate.reports.interface import ReportOptions
from certgate.reports.jsonl import JsonLinesReport

__all__ = ["Recorder"]


class Recorder(Listener):
    """Writes into a hidden folder, and puts it in its place when the run ends."""

    def __init__(self, folder: HistoryFolder, run: NewRun, *, keep: int) -> None:
        """Raises OSError."""
        self.name = f"--history {folder.path}"
        self._folder = folder
        self._run = run
        self._keep = keep
        self._report_text, self._saved_text = (_compressed(run, file) for file in (REPORT, OBSERVATIONS))
        self._report = JsonLinesReport(self._report_text, ReportOptions())
        self._saved = SavedObservations(self._saved_text)
        self._header: RunHeader | None = None
        self.declared: tuple[str, ...] = ()
        """What declares the targets; set before the run begins."""

    def begin(self, header: RunHeader) -> None:
        """Write what is known before the first target."""
        self._header = header
        self._report.begin(replace(header, history=None))
        self._saved.begin(header)

    def observed(self, observed: Observed) -> None:
        """Write the observations of a target."""
        self._saved.observed(observed)

    def add(self, result: TargetResult) -> None:
        """Write the result of a target."""
        self._report.add(result)

    def end(self, summary: RunSummary) -> None:
        """Put the run in its place, and remove the oldest runs of the same targets."""
        header = self._header
        if header is None:
            return
        self._report.end(replace(summary, difference=None))
        self._saved.end(summary)
        self._close()
        record = RunRecord(
            name=self._run.name,
            started_at=header.started_at,
            declared=self.declared,
            only=header.only,
            is_whole=summary.is_whole,
            summary=summary,
        )
        self._run.complete(record, header.version)
        self._folder.remove(_surplus([one.record for one in self._folder.runs().runs], record, self._keep))

    def abort(self) -> None:
        """Leave nothing behind."""
        with suppress(OSError, ValueError):
            self._close()
        self._run.discard()

    def _close(self) -> None:
        self._report_text.close()
        self._saved_text.close()


def _surplus(runs: Sequence[RunRecord], latest: RunRecord, keep: int) -> Sequence[RunRecord]:
    """The oldest runs of the same targets beyond `keep`, but never the last whole one. Runs over parts count apart."""
    same = [one for one in runs if one.declared == latest.declared and bool(one.only) == bool(latest.only)]
    whole = [one.name for one in same if one.can_be_compared][-1:]
    return [one for one in same[:-keep] if one.name not in whole]


def _compressed(run: NewRun, file: str) -> TextIO:
    return io.TextIOWrapper(_Compressed(run.open(file)), encoding="utf-8", newline="\n")


class _Compressed(gzip.GzipFile):
    def __init__(self, file: BinaryIO) -> None:
        super().__init__(fileobj=file, mode="wb", filename="", mtime=0, compresslevel=6)
        self._file = file

    def flush(self, zlib_mode: int = 0) -> None:
        """Nothing: a report flushes each line, which would prevent compression."""

    def close(self) -> None:
        super().close()
        self._file.close()
