"""The file of a journal: when its lines reach the disk, and who may open it."""

import os
import subprocess
import sys
import threading

import pytest

from certgate.model.errors import UsageError
from certgate.observe.journal import journal_file
from certgate.observe.journal.journal_file import FILE, JournalFile

OPENS = """
import sys
from certgate.observe.journal.journal_file import JournalFile
JournalFile(sys.argv[1])
"""


@pytest.fixture
def syncs(monkeypatch):
    """What was in the journal each time the system was told to write it to the disk."""
    found, synced, fsync = [], threading.Condition(), os.fsync

    def told(descriptor):
        with synced:
            found.append(os.fstat(descriptor).st_size)
            synced.notify_all()
        fsync(descriptor)

    monkeypatch.setattr(journal_file.os, "fsync", told)

    def wait(size):
        with synced:
            return synced.wait_for(lambda: size in found, timeout=30)

    return wait


def test_each_line_is_written_at_once_and_reaches_the_disk_without_waiting_for_the_next(tmp_path, monkeypatch, syncs):
    monkeypatch.setattr(journal_file, "_SECONDS", 0.01)
    file = JournalFile(str(tmp_path / "j"))
    for number in range(1, 4):
        file.write("12345\n")
        assert (tmp_path / "j" / FILE).read_bytes() == b"12345\n" * number
        assert syncs(6 * number)
    file.close()


def test_the_end_of_a_journal_is_on_the_disk_when_it_is_closed(tmp_path, syncs):
    file = JournalFile(str(tmp_path))
    file.write("end\n")
    file.close()
    assert syncs(4)
    file.close()


def test_a_disk_that_fails_is_told_at_the_next_line(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_file, "_SECONDS", 0.01)
    file = JournalFile(str(tmp_path))
    failed = threading.Event()

    def fail(descriptor):
        failed.set()
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(journal_file.os, "fsync", fail)
    file.write("a\n")
    assert failed.wait(30)
    file._syncing.join()
    with pytest.raises(OSError, match="Input/output"):
        file.write("b\n")
    with pytest.raises(OSError, match="Input/output"):
        file.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a lock of POSIX")
def test_another_process_cannot_open_it_until_this_one_closes_it(tmp_path):
    file = JournalFile(str(tmp_path))
    command = [sys.executable, "-c", OPENS, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "another run is writing it" in told.stderr
    file.close()
    assert subprocess.run(command, check=False).returncode == 0


def test_a_folder_without_one_above_it_is_refused(tmp_path):
    with pytest.raises(UsageError, match="create the folder that is to hold it"):
        JournalFile(str(tmp_path / "none" / "j"))
