"""The folder of a history: a folder for each run, which appears whole or not at all."""

import gzip
import os
import re
import secrets
import shutil
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from certgate.gate.history.record import KeptRecord, Unusable, read_record, record_text
from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.verdict import RunRecord
from certgate.observe.clock import utc_now
from certgate.system import leftovers
from certgate.system.named_files import Unreadable, open_file, read_file

__all__ = ["OBSERVATIONS", "REPORT", "HistoryFolder", "Kept", "NewRun"]

SUMMARY = "summary.jsonl"
REPORT = "report.jsonl.gz"
OBSERVATIONS = "observations.jsonl.gz"
_NAME = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{8}")
_LEFT = re.compile(rf"\.{_NAME.pattern}\.(part|gone)")
_MOST_BYTES = 1 << 20
"""Bytes of a summary."""
_MOST_ENTRIES = 100_000
"""Entries of the folder that are looked at."""
_LONGEST_LINE = 96 * 1024 * 1024
_ABANDONED = 7 * 86_400.0
"""Seconds after which what a killed run left is removed."""
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)


@frozen(slots=True)
class Kept:
    """The runs of a folder, the oldest first, and what is none, one sentence each."""

    runs: Sequence[KeptRecord]
    problems: Sequence[str]


class HistoryFolder:
    """A folder of runs. Files that are no runs are left alone."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def runs(self) -> Kept:
        """All runs that can be read. Raises UsageError if the folder cannot."""
        found: list[KeptRecord] = []
        problems: list[str] = []
        for name in self._names():
            try:
                found.append(self._record(name))
            except Unusable as error:
                problems.append(f"{self.path / name} {error}")
        found.sort(key=lambda one: (one.record.started_at, one.record.name))
        return Kept(found, problems)

    @contextmanager
    def lines(self, kept: KeptRecord, file: str) -> Iterator[Iterator[bytes]]:
        """The lines of a file of the run, which is checked first. Raises Unusable, also from the lines."""
        try:
            with open_file(self.path / kept.record.name / file) as stream:
                if _digest(stream) != kept.sha256.get(file):
                    raise Unusable(f"is damaged: {file} has changed since it was written, or was cut off")
                stream.seek(0)
                with gzip.GzipFile(fileobj=stream) as content:
                    yield iter(lambda: content.readline(_LONGEST_LINE), b"")
        except _DAMAGED as error:
            raise Unusable(f"is damaged: {file} is not a whole gzip file") from error
        except Unreadable as error:
            raise Unusable(f"is damaged: {file} {error}") from error
        except OSError as error:
            raise Unusable(f"cannot be read: {file}: {error.strerror or type(error).__name__}") from error

    def remove(self, records: Sequence[RunRecord]) -> None:
        """Remove these runs, and what killed runs left long ago. Raises OSError."""
        for record in records:
            gone = self.path / f".{record.name}.gone"
            with suppress(FileNotFoundError):  # another run was faster
                (self.path / record.name).rename(gone)
                shutil.rmtree(gone, ignore_errors=True)
        for path in self._hidden():
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _ABANDONED:
                    shutil.rmtree(path, ignore_errors=True)

    def _names(self) -> list[str]:
        try:
            with os.scandir(self.path) as entries:
                names = [entry.name for entry, _ in zip(entries, range(_MOST_ENTRIES), strict=False)]
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be read: {error.strerror}") from error
        return sorted(name for name in names if not name.startswith("."))

    def _hidden(self) -> Iterator[Path]:
        for path in self.path.iterdir():
            if _LEFT.fullmatch(path.name):
                yield path

    def _record(self, name: str) -> KeptRecord:
        if not _NAME.fullmatch(name):
            raise Unusable("is not a run that certgate kept")
        try:
            return read_record(name, read_file(self.path / name / SUMMARY, _MOST_BYTES))
        except Unreadable as error:
            raise Unusable(f"is damaged: {SUMMARY} {error}") from error


class NewRun:
    """A run under way: a hidden folder, which is renamed when it is complete."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError if the folder cannot be written. Only the user may read the new one."""
        self.name = f"{utc_now():%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(4)}"
        self._folder = folder
        self._part = folder / f".{self.name}.part"
        leftovers.expect(self._part)
        self._part.mkdir(mode=0o700)

    def open(self, file: str) -> BinaryIO:
        """A file of the run, to write. Raises OSError."""
        return open(self._part / file, "xb", opener=_privately)

    def complete(self, record: RunRecord, version: str) -> None:
        """Write the summary, and put the run in its place. Raises OSError."""
        digests = {}
        for file in (REPORT, OBSERVATIONS):
            with open_file(self._part / file) as stream:
                digests[file] = _digest(stream)
        with self.open(SUMMARY) as stream:
            stream.write(record_text(record, version, digests).encode())
        self._part.rename(self._folder / self.name)
        leftovers.forget(self._part)

    def discard(self) -> None:
        """Leave nothing of an incomplete run behind. Never raises."""
        shutil.rmtree(self._part, ignore_errors=True)
        leftovers.forget(self._part)


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _digest(stream: BinaryIO) -> str:
    digest = sha256()
    while piece := stream.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()
