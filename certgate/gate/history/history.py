"""`--history FOLDER`: keeps each run, and finds the one to compare with."""

import errno
import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from certgate.gate.history.changes import Changes
from certgate.gate.history.folder import HistoryFolder, NewRun
from certgate.gate.history.last_run import LastRun
from certgate.gate.history.record import KeptRecord, Unusable
from certgate.gate.history.recorder import Recorder
from certgate.model.errors import UsageError
from certgate.model.verdict import RunHeader, RunHistory
from certgate.reports.destinations import Destinations

__all__ = ["History"]

_DAY = timedelta(days=1)


class History:
    """The history of one run. A context manager: what is incomplete in the end is removed."""

    def __init__(self, folder: str, destinations: Destinations, *, keep: int) -> None:
        """Create the folder, if it does not exist, and the place of this run in it. Raises UsageError."""
        destinations.folder(f"--history {folder}", folder)
        self._folder = HistoryFolder(folder)
        self._is_new = False
        try:
            with suppress(FileExistsError):
                Path(folder).mkdir(mode=0o700)
                self._is_new = True
            self.recorder = _recorder(self._folder, keep)
        except FileNotFoundError as error:
            raise UsageError(f"--history {folder} cannot be written: create the folder that is to hold it") from error
        except OSError as error:
            reason = "it is not a folder" if error.errno == errno.ENOTDIR else error.strerror
            raise UsageError(f"--history {folder} cannot be written: {reason}") from error
        self.last: LastRun | None = None

    def find(self, header: RunHeader, named: tuple[str, ...]) -> RunHistory:
        """The earlier runs of these targets, with the last whole one ready to compare. Raises UsageError.

        `named` is what declares the targets.
        """
        self.recorder.declared = declared = _declared(header, named)
        kept = self._folder.runs()
        problems = list(kept.problems)
        same = [one for one in kept.runs if one.record.declared == declared and one.record.can_be_compared]
        while same and self.last is None:
            self.last = self._read(same[-1], problems)
            if self.last is None:
                same.pop()
        return RunHistory(
            folder=str(self._folder.path),
            last=self.last.record if self.last else None,
            earlier=tuple(one.record for one in same),
            problems=tuple(problems),
        )

    def changes(self, header: RunHeader) -> Changes | None:
        """What compares the run with the one that was found; None if there is none."""
        return Changes(self.last, header) if self.last else None

    def _read(self, kept: KeptRecord, problems: list[str]) -> LastRun | None:
        try:
            return LastRun(self._folder, kept)
        except Unusable as error:
            problems.append(f"{self._folder.path / kept.record.name} {error}")
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.recorder.abort()
        if self.last:
            self.last.close()
        if self._is_new:
            with suppress(OSError):
                os.rmdir(self._folder.path)  # noqa: PTH106 (only if it is empty)


def _recorder(folder: HistoryFolder, keep: int) -> Recorder:
    """The recorder of a new run. Raises OSError."""
    new = NewRun(folder.path)
    try:
        return Recorder(folder, new, keep=keep)
    except OSError:
        new.discard()
        raise


def _declared(header: RunHeader, named: tuple[str, ...]) -> tuple[str, ...]:
    """What runs that can be compared have in common. A run as of another time is not compared with one of today."""
    away = header.at and abs(header.at - header.started_at) > _DAY
    return (
        *named,
        *(f"policy {name}" for name in header.policies),
        *(f"without {rule}" for rule in header.left_out),
        *([f"--at {header.at:%Y-%m-%dT%H:%M:%SZ}"] if away else []),
    )
