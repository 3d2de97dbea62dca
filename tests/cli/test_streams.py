"""Standard streams that are closed or full: a documented code, one line, and no file of a run in their place."""

import itertools
import json
import subprocess
import sys

import pytest

from certgate.lab.pki import CLOCK, issue, pem

COMMANDS = {
    "rules": ["rules"],
    "explain": ["explain", "chain.depth"],
    "policy": ["policy", "show", "webpki-public"],
    "lab": ["lab", "list"],
    "help": ["--help"],
    "version": ["--version"],
    "forecast": ["forecast", "leaf.pem", "--trust", "root.pem", "--policy", "p.yaml", "--at", CLOCK.isoformat()],
    "check": ["check", "leaf.pem", "--trust", "root.pem", "--policy", "p.yaml", "--at", CLOCK.isoformat()],
}


def at_any_time(*names):
    """All commands; all but those with these names are slow, for each is a process of its own."""
    return [name if name in names else pytest.param(name, marks=pytest.mark.slow) for name in COMMANDS]


VIOLATED = ["check", "stranger.pem", *COMMANDS["check"][2:]]
STDOUT = "standard output could not be written"
TERMINAL = "the terminal report could not be written to standard output"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = issue("Root", ca=True, days=3650)
    (tmp_path / "root.pem").write_bytes(pem(root))
    (tmp_path / "leaf.pem").write_bytes(pem(issue("a.example", issuer=root, sans=["a.example"])))
    (tmp_path / "stranger.pem").write_bytes(pem(issue("a.example", sans=["a.example"])))
    (tmp_path / "p.yaml").write_text("rules: [{rule: trust.anchor}]")
    return tmp_path


def run(arguments, redirections, unbuffered=False):
    """The exit code, and what came out on those streams that are not redirected."""
    options = ["-u"] if unbuffered else []
    command = [sys.executable, "-I", *options, "-m", "certgate.cli.main", *arguments]
    shell = ["/bin/sh", "-c", f'exec "$@" {redirections}', "sh"]
    done = subprocess.run(
        [*shell, *command], capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", at_any_time("rules", "check"))
@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
def test_what_could_not_be_written_to_standard_output_is_3_and_one_line(command, redirection):
    reason = "it is closed" if redirection == ">&-" else "No space left on device"
    what = TERMINAL if command == "check" else STDOUT
    assert run(COMMANDS[command], redirection) == (3, "", f"certgate: {what}: {reason}\n")


@pytest.mark.slow
@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
def test_a_stream_without_a_buffer_is_no_different(redirection):
    code, _, err = run(["rules"], redirection, unbuffered=True)
    assert (code, err.count("\n")) == (3, 1)
    assert err.startswith(f"certgate: {STDOUT}: ")


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-", "2>/dev/full"])
@pytest.mark.parametrize("command", ["rules", "version", "check"])
def test_a_command_that_needs_no_other_stream_is_as_ever(command, closed):
    code, out, err = run(COMMANDS[command], closed)
    assert (code, err) == (0, "")
    assert out == run(COMMANDS[command], "")[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "closed", [" ".join(some) for n in (1, 2, 3) for some in itertools.combinations(("<&-", ">&-", "2>&-"), n)]
)
@pytest.mark.parametrize(("arguments", "code"), [(COMMANDS["check"], 0), (VIOLATED, 1)])
def test_no_file_of_a_run_lands_where_a_stream_is_closed(here, closed, arguments, code):
    reports = ["--report", "json=r.json", "--report", "junit=r.xml", "--save", "seen.jsonl"]
    ended, out, err = run([*arguments, *reports], closed)
    assert ended == (code or 3 if ">&-" in closed.split() else code)
    assert "Traceback" not in err
    assert out.startswith("certgate 0") or ">&-" in closed
    assert json.loads((here / "r.json").read_text())["summary"]["exit_code"] == code
    assert (here / "r.xml").read_text().startswith("<?xml")
    lines = [json.loads(line) for line in (here / "seen.jsonl").read_text().splitlines()]
    assert lines[-1] == {"end": {"targets": 1, "interrupted": False}}


@pytest.mark.slow
@pytest.mark.parametrize("redirection", [">&-", ">/dev/full", ">&- 2>&-", ">/dev/full 2>/dev/full"])
@pytest.mark.parametrize(("arguments", "code"), [(COMMANDS["check"], 3), (VIOLATED, 1)])
def test_a_verdict_that_could_not_be_written_where_it_was_asked_for_is_no_yes(redirection, arguments, code):
    ended, _, err = run([*arguments, "--report", "json=-"], redirection)
    assert ended == code
    assert "2>" in redirection or "certgate: the json report could not be written to standard output: " in err


def test_standard_input_that_is_closed_is_at_its_end():
    assert run(["check", "-", "--at", CLOCK.isoformat()], "<&-")[0] == 3
    assert run(["scan", "--targets", "-"], "<&-")[0] == 2


# --- Python without docstrings ---


@pytest.mark.parametrize("command", at_any_time("version", "check"))
def test_python_without_docstrings_is_refused_before_anything(here, command):
    done = subprocess.run(
        [sys.executable, "-I", "-OO", "-m", "certgate.cli.main", *COMMANDS[command]],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("certgate: Python runs with -OO or PYTHONOPTIMIZE=2, which removes the documentation")


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "code"), [(COMMANDS["check"], 0), (VIOLATED, 1), (COMMANDS["explain"], 0)])
def test_python_without_assertions_says_the_same(arguments, code):
    done = [
        subprocess.run(
            [sys.executable, "-I", *options, "-m", "certgate.cli.main", *arguments],
            capture_output=True, text=True, check=False, timeout=60,
        )
        for options in ([], ["-O"])
    ]  # fmt: skip
    assert [one.returncode for one in done] == [code, code]
    assert done[0].stdout == done[1].stdout
