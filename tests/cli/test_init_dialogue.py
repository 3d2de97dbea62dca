"""The questions of `certgate init`, asked on a real terminal."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from certgate.lab.pki import issue, pem

pty = pytest.importorskip("pty", reason="terminals of this kind are POSIX's")

ROOT = issue("Corp Root", ca=True, days=3650)
SECONDS = 45


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.txt").write_bytes(pem(ROOT))
    Path("a.pem").write_bytes(pem(issue("a", issuer=ROOT, sans=["a.example"])) + pem(ROOT))
    Path("b.pem").write_bytes(pem(issue("b", issuer=ROOT, sans=["b.example"])))


def talk(*arguments, answers):
    """Run init on a terminal and give each answer when its question appears; the exit code and what was shown."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-I", "-m", "certgate.cli.main", "init", *arguments]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as process:
        os.close(theirs)
        shown, seen, end, waiting = "", 0, time.monotonic() + SECONDS, list(answers)
        while time.monotonic() < end and (chunk := _chunk(ours)):
            shown += chunk
            if waiting and waiting[0][0] in shown[seen:]:
                seen = len(shown)
                _, answer = waiting.pop(0)
                if answer is None:
                    _interrupt(process)
                else:
                    os.write(ours, f"{answer}\n".encode())
        try:
            process.wait(timeout=SECONDS)
        finally:
            process.kill()
    os.close(ours)
    assert not waiting, shown
    return process.returncode, shown


def _interrupt(process):
    """Send SIGINT until the process ends: Python notices none that comes just before it reads."""
    for _ in range(SECONDS):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)
            return


def _chunk(terminal):
    """What is shown next; empty at the end, or if nothing comes for too long."""
    if not select.select([terminal], [], [], SECONDS)[0]:
        return ""
    try:
        return os.read(terminal, 65536).decode()
    except OSError:
        return ""


def config():
    return YAML(typ="safe").load(Path("certgate.yaml").read_text())


def test_enter_takes_what_is_proposed():
    code, shown = talk(answers=[("Hosts and files", ""), ("Policy", ""), ("Trust", ""), ("Write", "")])
    assert code == 0
    assert "2 targets: a.pem and b.pem" in shown
    assert "Policy [internal-pki]:" in shown
    assert "Write certgate.yaml and corp-root.pem?" in shown
    assert config()["trust"] == ["corp-root.pem"]


def test_answers_replace_proposals_and_mistakes_are_asked_again():
    questions = [
        ("Policy", "internal-pkk"),
        ("Policy", "internal-mtls"),
        ("Trust", "none.pem"),
        ("Trust", "root.txt"),
        ("Write", "y"),
    ]
    code, shown = talk("b.pem", answers=questions)
    assert code == 0
    assert "did you mean" in shown
    assert "none.pem" in shown
    assert config() == {
        "policy": "internal-mtls",
        "trust": ["root.txt"],
        "fail_on": "error",
        "targets": [{"file": "b.pem"}],
    }


@pytest.mark.slow
def test_trust_can_be_filled_in_later():
    assert talk("a.pem", answers=[("Policy", ""), ("Trust", "later"), ("Write", "")])[0] == 0
    assert "trust" not in config()
    assert not Path("corp-root.pem").exists()


@pytest.mark.slow
def test_no_writes_nothing():
    code, shown = talk("a.pem", answers=[("Policy", ""), ("Trust", ""), ("Write", "n")])
    assert (code, Path("certgate.yaml").exists()) == (3, False)
    assert "nothing is written" in shown


def test_control_c_at_a_question_ends_with_3_and_writes_nothing():
    code, _ = talk("a.pem", answers=[("Policy", None)])
    assert (code, Path("certgate.yaml").exists()) == (3, False)


@pytest.mark.slow
def test_with_yes_a_terminal_is_not_asked():
    code, shown = talk("a.pem", "--yes", answers=[])
    assert (code, "Policy" in shown) == (0, False)
