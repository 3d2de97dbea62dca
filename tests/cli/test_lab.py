"""`certgate lab`, as a person uses it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from certgate.cli.main import run
from certgate.lab.demo import STORY, demo
from certgate.lab.file_examples import all_examples
from certgate.lab.scenarios import all_scenarios, chosen


def test_list_shows_every_scenario_and_what_it_must_give(capsys):
    code = run(["lab", "list"])

    listed = capsys.readouterr().out
    assert code == 0
    assert re.findall(r"^(\S+): ", listed, re.MULTILINE) == [*all_scenarios(), *all_examples()]
    assert "\nexpired-leaf: The leaf expired yesterday\n    validity.expired (leaf): fail, error\n" in listed


def test_a_closed_pipe_is_never_a_verdict():
    read, write = os.pipe()
    os.close(read)

    with os.fdopen(write, "wb") as closed:
        command = [sys.executable, "-m", "certgate.cli.main", "lab", "list"]
        ended = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, text=True, timeout=60, check=False)

    assert (ended.returncode, ended.stderr) == (3, "")


def test_an_unknown_scenario_is_a_usage_error_that_names_the_nearest(capsys):
    code = run(["lab", "verify", "expired-leave"])

    assert code == 2
    assert capsys.readouterr().err == 'certgate: there is no scenario "expired-leave"; did you mean "expired-leaf"?\n'


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is POSIX's here")
def test_run_serves_until_it_is_interrupted_and_its_own_command_line_scans_it():
    command = [sys.executable, "-m", "certgate.cli.main"]
    with subprocess.Popen([*command, "lab", "run", "wrong-host"], stdout=subprocess.PIPE, text=True) as lab:
        try:
            lines = iter(lab.stdout.readline, "")
            printed = [next(line for line in lines if line.startswith("    certgate scan "))]
            scan = printed[0].split()[1:]
            scanned = subprocess.run([*command, *scan], capture_output=True, text=True, timeout=60, check=False)
        finally:
            lab.send_signal(signal.SIGINT)
        ended = lab.wait(timeout=60)

    folder = Path(re.search(r"--config (\S+)", printed[0])[1]).parent
    assert scanned.returncode == 1
    assert "name.host-match" in scanned.stdout
    assert ended == 3
    assert not folder.exists()


def test_the_demo_tells_its_story_with_the_same_counts_each_time_and_ends_with_what_to_try(tmp_path, capsys):
    code = demo(tmp_path, chosen(STORY))

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert [line.split()[0] for line in lines[2:10]] == [f"{name}.lab.example" for name in STORY]
    assert "✗ violated  8 targets: 2 compliant, 5 violated, 1 incomplete; exit code 1" in lines
    assert lines[-6] == ""
    assert lines[-5].startswith("Exit code 1 stops a pipeline: ")
    assert max(len(line) for line in lines[-5:] if "reports are in" not in line) <= 80


@pytest.mark.slow
def test_the_demo_of_all_writes_every_report_and_tells_the_exit_code(tmp_path, capsys):
    code = demo(tmp_path / "reports", chosen())

    assert code == 1
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == [
        "annotations.txt",
        "certgate.csv",
        "certgate.html",
        "certgate.json",
        "certgate.jsonl",
        "certgate.md",
        "certgate.prom",
        "certgate.sarif",
        "certgate.txt",
        "certgate.xml",
        "gl-code-quality-report.json",
        "inventory.csv",
        "inventory.json",
        "message.txt",
        "slack.json",
    ]
    assert "Exit code 1" in capsys.readouterr().out
