"""The benchmark keeps its figures, and says which of them a release makes worse."""

import json
import subprocess
import sys
from pathlib import Path

from bench.ratios import Ratio, held, keep

RATIOS = Path(__file__).parents[2] / "bench" / "ratios.py"


def seen(folder, **figures):
    path = folder / "seen.jsonl"
    path.unlink(missing_ok=True)
    held([Ratio(name, figure, 1.5) for name, figure in figures.items()], [str(path)])
    return path


def test_a_figure_above_its_limit_fails_and_is_kept_all_the_same(tmp_path, capsys):
    path = tmp_path / "seen.jsonl"

    assert held([Ratio("cpu", 1.5, 1.5)], [str(path)]) == 0
    assert held([Ratio("memory", 1.6, 1.5)], [str(path)]) == 1
    assert held([Ratio("memory", 1.6, 1.5)], []) == 1
    assert [json.loads(line)["name"] for line in path.read_text().splitlines()] == ["cpu", "memory"]
    assert "EXCEEDED" in capsys.readouterr().out


def test_what_is_worse_than_in_the_last_release_is_told(tmp_path):
    kept = tmp_path / "kept.jsonl"

    assert keep("v1", seen(tmp_path, cpu=1.0, wall=2.0), kept) == []
    assert keep("v2", seen(tmp_path, cpu=1.2, wall=2.1, memory=80), kept) == ["cpu: 1.20, 1.00 in v1"]
    assert keep("v2", seen(tmp_path, cpu=1.0), kept) == []
    assert [json.loads(line)["version"] for line in kept.read_text().splitlines()] == ["v1", "v2"]


def test_the_workflow_fails_for_a_slower_release(tmp_path):
    def compared(version, cpu):
        words = [version, seen(tmp_path, cpu=cpu), tmp_path / "kept.jsonl"]
        return subprocess.run([sys.executable, RATIOS, *words], capture_output=True, text=True, check=False)

    assert compared("v1", 1.0).returncode == 0
    slower = compared("v2", 1.2)
    assert (slower.returncode, slower.stdout) == (1, "cpu: 1.20, 1.00 in v1\n")
