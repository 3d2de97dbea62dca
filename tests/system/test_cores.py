"""How many processors a run may use."""

import os

import pytest

from certgate.system.cores import usable_cores

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("max 100000", CORES), ("50000 100000", 1), ("100001 100000", min(2, CORES)), ("1 0", CORES), ("?", CORES)],
)
def test_a_quota_lets_fewer_processes_run(tmp_path, quota, cores):
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert usable_cores(tmp_path / "cpu.max") == cores


def test_without_a_quota_all_processors_count(tmp_path):
    assert usable_cores(tmp_path / "nowhere") == CORES
