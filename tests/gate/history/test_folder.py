"""The folder of a history, and the places of runs in it."""

import os
from datetime import timedelta

from certgate.gate.history import folder as module
from certgate.gate.history.folder import OBSERVATIONS, REPORT, HistoryFolder, NewRun
from certgate.lab.pki import CLOCK
from certgate.model.verdict import RunRecord, RunSummary, Verdict
from certgate.system import leftovers


def keep(folder, at=CLOCK):
    new = NewRun(folder)
    for file in (REPORT, OBSERVATIONS):
        new.open(file).close()
    record = RunRecord(
        name=new.name, started_at=at, declared=("check",), is_whole=True, summary=RunSummary(verdict=Verdict.COMPLIANT)
    )
    new.complete(record, "1.2.3")
    return record


def test_runs_that_end_at_the_same_time_are_all_kept_in_the_order_in_which_they_began(tmp_path):
    records = [keep(tmp_path, CLOCK - timedelta(minutes=n)) for n in range(3)]
    found = HistoryFolder(str(tmp_path)).runs()
    assert [one.record for one in found.runs] == records[::-1]
    assert found.problems == []


def test_a_run_under_way_is_not_seen_and_two_removals_at_a_time_are_no_mistake(tmp_path):
    record = keep(tmp_path)
    NewRun(tmp_path).open(REPORT).close()
    folder = HistoryFolder(str(tmp_path))
    assert [one.record for one in folder.runs().runs] == [record]
    folder.remove([record])
    folder.remove([record])
    assert folder.runs().runs == []


def test_what_a_killed_run_left_is_removed_after_a_week_and_nothing_else(tmp_path):
    old, young = NewRun(tmp_path), NewRun(tmp_path)
    (tmp_path / ".git").mkdir()
    week_ago = CLOCK.timestamp() - module._ABANDONED - 1
    for path in (tmp_path / f".{old.name}.part", tmp_path / ".git"):
        os.utime(path, (week_ago, week_ago))
    HistoryFolder(str(tmp_path)).remove([])
    assert {path.name for path in tmp_path.iterdir()} == {f".{young.name}.part", ".git"}


def test_a_process_that_ends_at_once_leaves_nothing(tmp_path):
    NewRun(tmp_path).open(REPORT).close()
    leftovers.remove_all()
    assert list(tmp_path.iterdir()) == []
