"""The file of a journal, open for one run alone: each line is written at once, and is on disk a second later."""

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from certgate.model.errors import UsageError

__all__ = ["FILE", "JournalFile", "lock"]

FILE = "journal.jsonl"
"""Its name in the folder of a journal."""
_SECONDS = 1.0
"""How long a line may be in the memory of the system alone."""
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class JournalFile:
    """An open journal. No other process can open it before it is closed or this process ends."""

    def __init__(self, folder: str) -> None:
        """Create the folder and the file, if they do not exist. Raises UsageError."""
        self.path = str(Path(folder) / FILE)
        self._is_closed = Event()
        self._has_more = False
        self._problem: OSError | None = None
        self._syncing = Thread(target=self._sync, name="certgate-journal", daemon=True)
        label = f"--journal {folder}"
        try:
            with suppress(FileExistsError):
                Path(folder).mkdir(mode=0o700)
            self._descriptor = os.open(self.path, _FLAGS, 0o600)
            _sync_folder(folder)
        except FileNotFoundError as error:
            raise UsageError(f"{label} cannot be written: create the folder that is to hold it") from error
        except OSError as error:
            reason = "it is not a folder" if isinstance(error, NotADirectoryError) else error.strerror
            raise UsageError(f"{label} cannot be written: {reason}") from error
        problem = ""
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            problem = f"{self.path} is not a file; name another folder"
        elif not lock(self._descriptor):
            problem = "another run is writing it; wait for its end, or name another folder"
        if problem:
            os.close(self._descriptor)
            raise UsageError(f"{label}: {problem}")

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return os.fstat(self._descriptor).st_size

    def cut(self, size: int) -> None:
        """Keep only the first bytes. Raises OSError."""
        os.ftruncate(self._descriptor, size)

    def write(self, text: str) -> int:
        """Append ASCII text. Raises OSError, also if what was written before did not reach the disk."""
        if self._problem:
            raise self._problem
        data = memoryview(text.encode("ascii"))
        while data:
            data = data[os.write(self._descriptor, data) :]
        self._has_more = True
        if not self._syncing.ident:
            self._syncing.start()
        return len(text)

    def close(self) -> None:
        """Let everything reach the disk, and other runs open the journal. Raises OSError."""
        if self._is_closed.is_set():
            return
        self._is_closed.set()
        try:
            if self._syncing.ident:
                self._syncing.join()
            if self._problem:
                raise self._problem
            os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)

    def abandon(self) -> None:
        """Close the file, whether or not everything reaches the disk."""
        with suppress(OSError):
            self.close()

    def _sync(self) -> None:
        while not self._is_closed.wait(_SECONDS):
            if self._has_more:
                self._has_more = False
                try:
                    os.fsync(self._descriptor)
                except OSError as error:
                    self._problem = error
                    return


def lock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock the file until it is closed, alone or with other readers; false if another process has it.

    On Windows, readers lock nothing.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            if shared:
                return True
            os.lseek(descriptor, 2**62, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sync_folder(folder: str) -> None:
    """Let the name of a new file reach the disk, where the system can do that."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
