"""Named pipes and devices wherever a file can be named: read to their end, never waited for without one."""

import ast
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.crl import make_crl
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import CLOCK, issue, pem
from tests.syntax import MODULES, PACKAGE, nodes_of

ROOT = issue("Root", ca=True, days=3650)
LEAF = issue("a.example", issuer=ROOT, sans=["a.example"])
POLICY = b"rules: [{rule: trust.anchor}, {rule: key.matches}, {rule: ocsp.signature}]"
USUAL = {"--policy": "p.yaml", "--trust": "root.pem", "--at": CLOCK.isoformat()}
DENIED = b"0" * 64
BASELINE = b'{"certgate_baseline": 1, "violations": [\n]}\n'
LOGS = (
    b'{"operators": [{"name": "x", "logs": [{"key": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE'
    b'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="}]}]}'
)
NAMED = {
    "--policy": POLICY,
    "--trust": pem(ROOT),
    "--key": LEAF.key_pem,
    "--staple": make_staple(LEAF, ROOT),
    "--crl": make_crl(ROOT),
    "--baseline": BASELINE,
    "--deny": DENIED,
    "--ct-logs": LOGS,
    "--password-file": b"open sesame\n",
}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("chain.pem").write_bytes(pem(LEAF))
    Path("p.yaml").write_bytes(POLICY)
    os.mkfifo("pipe")


def words(options):
    return [word for pair in (USUAL | options).items() for word in pair]


@pytest.fixture
def written():
    """`written(content)` writes it to the pipe as soon as somebody reads."""
    threads = []

    def write(content):
        threads.append(threading.Thread(target=Path("pipe").write_bytes, args=(content,), daemon=True))
        threads[-1].start()

    yield write
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive(), "nobody read the pipe"


@pytest.mark.parametrize("option", NAMED)
def test_what_is_named_may_be_a_pipe(written, option):
    written(NAMED[option])

    assert cli.run(["check", "chain.pem", *words({option: "pipe"})]) == 0


def test_the_chain_may_be_a_pipe_too(written):
    written(pem(LEAF))

    assert cli.run(["check", "pipe", *words({})]) == 0


@pytest.mark.parametrize(
    ("option", "content"),
    [("--targets", b"127.0.0.1:1\n"), ("--config", b"targets: [{host: '127.0.0.1:1'}]\n")],
)
def test_lists_and_configurations_may_be_pipes(written, option, content, capsys):
    written(content)

    assert cli.run(["scan", option, "pipe", *words({})]) == 3
    assert "127.0.0.1:1" in capsys.readouterr().out


def test_the_expected_chain_may_be_a_pipe(written):
    written(pem(LEAF))

    assert cli.run(["scan", "127.0.0.1:1", "--expect", "pipe", *words({})]) == 3


@pytest.mark.parametrize("option", [*NAMED, "--expect", "--targets", "--config"])
@pytest.mark.parametrize(
    ("path", "said"),
    [("folder", "is a folder, not a file"), ("loop", "is a link to itself"), ("gone", "No such file")],
)
def test_what_is_named_and_is_no_file_is_2_with_the_reason(option, path, said, capsys):
    Path("folder").mkdir()
    Path("loop").symlink_to("loop")
    command = ["scan"] if option in {"--targets", "--config"} else ["scan", "127.0.0.1:1"]
    command = ["check", "chain.pem"] if option in NAMED else command

    assert cli.run([*command, *words({option: path})]) == 2
    out, err = capsys.readouterr()
    no_policy = option == "--policy" and "there is no policy" in err
    folder_of_anchors = option == "--trust" and "is a folder without a file" in err
    assert out == ""
    assert said in err or no_policy or folder_of_anchors


@pytest.mark.slow
def test_without_a_writer_no_command_hangs_and_each_says_which_pipe():
    """All at once, because each waits for a writer for some seconds."""
    commands = {option: ["check", "chain.pem", *words({option: "pipe"})] for option in NAMED}
    commands["--expect"] = ["scan", "127.0.0.1:1", "--expect", "pipe", *words({})]
    commands["--targets"] = ["scan", "--targets", "pipe", *words({})]
    commands["--config"] = ["scan", "--config", "pipe", *words({})]
    for number, option in enumerate(commands):  # a pipe for each, so that none is another's reader
        os.mkfifo(f"pipe{number}")
        commands[option] = [f"pipe{number}" if word == "pipe" else word for word in commands[option]]
    running = {
        option: subprocess.Popen(
            [sys.executable, "-m", "certgate.cli.main", *command], stderr=subprocess.PIPE, text=True
        )
        for option, command in commands.items()
    }

    ended = {option: (process.communicate(timeout=50)[1], process.returncode) for option, process in running.items()}

    for option, (err, code) in ended.items():
        expected = (3, "") if option == "--key" else (2, "is a named pipe without a writer for 5 seconds")
        assert (code, expected[1] in " ".join(err.split())) == (expected[0], True), (option, err)


ELSEWHERE = {
    "system/named_files.py": "the one place",
    "gate/engine/serving.py": "the null device",
    "gate/history/folder.py": "new files of its own, which only the user may read",
    "net/access.py": "a new file of its own, for a moment",
    "net/notification_worker.py": "the null device",
    "observe/evidence/cache.py": "its own folder",
    "observe/journal/journal_file.py": "its own file, which is locked",
    "reports/place.py": "looks for lines in files that were read before",
    "reports/sink.py": "its own file, written aside",
    "reports/streams.py": "the standard streams",
    "reports/web/templates.py": "files of certgate itself",
    "sources/cluster_reading.py": "a new file of its own, which only the user may read",
    "system/cores.py": "a file of the kernel's",
}


def reads(call):
    method, function = getattr(call.func, "attr", ""), getattr(call.func, "id", "")
    of_os = getattr(getattr(call.func, "value", None), "id", "") == "os"
    modes = [a.value for a in (*call.args, *(k.value for k in call.keywords)) if isinstance(a, ast.Constant)]
    writes = any(isinstance(mode, str) and mode[:1] in {"w", "a", "x"} for mode in modes)
    opens = function == "open" or (method == "open" and (of_os or "r" in modes or "rb" in modes or not call.args))
    return method in {"read_text", "read_bytes"} or (opens and not writes)


def test_every_file_that_is_named_is_opened_in_one_place():
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if path.relative_to(PACKAGE).parts[0] != "lab"
        for node in nodes_of(path)
        if isinstance(node, ast.Call) and reads(node)
    }

    assert found - ELSEWHERE.keys() == set()
