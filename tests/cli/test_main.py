"""Every way to end has its exit code and one clear message."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem
from certgate.observe.files.chain_file import observe_file

ROOT = issue("Root", ca=True, days=3650)
LEAF = issue("a.example", issuer=ROOT, sans=["a.example"])
AT = CLOCK.isoformat()


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("leaf.pem").write_bytes(pem(LEAF))
    Path("stranger.pem").write_bytes(pem(issue("a.example", sans=["a.example"])))
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: validity.expired}]")


def certgate(*arguments):
    return cli.run(arguments)


def check(*arguments):
    return certgate("check", *arguments, "--policy", "p.yaml", "--trust", "root.pem", "--at", AT)


def test_a_compliant_chain_is_0_and_a_violation_1(capsys):
    assert check("leaf.pem") == 0
    assert "compliant" in capsys.readouterr().out
    assert check("stranger.pem") == 1
    assert "trust.anchor" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.pem", b"", "empty"),
        ("key.pem", LEAF.key_pem, "key"),
        ("cut.pem", pem(LEAF)[:300], "line 1"),
        ("big.pem", b"\n" * (50 * 1024 * 1024), "larger than 10 MiB, the limit"),
        ("junk.der", b"\x30\x82\x01\x00junk", "the input is truncated"),
    ],
)
def test_an_input_without_a_readable_certificate_is_3_and_named(capsys, name, content, said):
    Path(name).write_bytes(content)
    assert check(name) == 3
    out = " ".join(capsys.readouterr().out.split())
    assert name in out
    assert said in out
    assert "PRIVATE" not in out.replace("PRIVATE KEY", "")
    assert "Traceback" not in out


def test_a_violation_wins_over_an_unreadable_file():
    Path("broken.pem").write_bytes(b"no certificate")
    assert check("stranger.pem", "broken.pem") == 1
    assert check("leaf.pem", "broken.pem") == 3


def test_a_path_that_is_named_and_is_not_there_is_2_before_anything_is_judged(capsys):
    Path("loop").symlink_to("loop")
    for path, reason in (("nothing.pem", "No such file or directory"), ("loop", "is a link to itself")):
        assert cli.run(["check", "stranger.pem", path, "--policy", "p.yaml", "--trust", "root.pem"]) == 2
        out, err = capsys.readouterr()
        assert (out, reason in err) == ("", True)


def test_what_a_folder_holds_and_cannot_be_read_is_3_and_named(capsys):
    Path("deploy").mkdir()
    Path("deploy/good.pem").write_bytes(Path("leaf.pem").read_bytes())
    assert check("deploy") == 0
    Path("deploy/gone").symlink_to("nowhere")
    assert check("deploy") == 3
    assert "is a broken link" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["scan", "--polciy", "x"], "--polciy"),
        (["scna"], "scna"),
        (["scan"], "no targets: name some"),
        (["scan", "a.example:99999"], "the port must be a number from 1 to 65535"),
        (["scan", "a b.example"], "is not a host name"),
        (["scan", "a.example", "--policy", "webpki-pubic"], 'did you mean "webpki-public"?'),
        (["scan", "a.example", "--trust", "nothing.pem"], "nothing.pem: cannot be read"),
        (["scan", "a.example", "--trust", "p.yaml"], "p.yaml: holds neither a PEM block nor DER"),
        (["scan", "a.example", "--trust", ""], "an argument is empty after --trust; is a variable not set?"),
        (["check", "chain.pem", "--staple", ""], "an argument is empty after --staple"),
        (["check", "chain.pem", "--key="], "--key= has an empty value; is a variable not set?"),
        (["scan", "a.example", "--at", "tomorrow"], '--at "tomorrow" is not a time'),
        (["scan", "a.example", "--timeout", "0"], "--timeout"),
        (["scan", "a.example", "--select", "nothing.at-all"], "matches no rule of this run"),
        (["scan", "a.example", "--report", "jsn=x"], "json"),
        (["scan", "a.example", "--report", "json=-", "--report", "sarif=-"], "standard output"),
        (["scan", "a.example", "--resolve", "a.example:443"], "is not HOST:PORT:ADDRESS"),
        (
            ["scan", "api.example", "--resolve", "apl.example:443:127.0.0.1"],
            'apl.example:443 is not a target; did you mean "api.example:443"?',
        ),
        (["scan", "a.example", "--resolve", "a.example:443:127.0.0.1,x"], "is not HOST:PORT:ADDRESS[,ADDRESS...]"),
        (["scan", "a.example", "--starttls", "smtps"], '"smtps" speaks TLS at once, on port 465'),
        (["scan", "mx.example:465", "--starttls", "smtp"], "mx.example:465 is the port of smtps"),
        (["scan", "https://a:b@a.example"], "a URL (https://...) has a user name or a password"),
        (["scan", "a.example", "--max-addresses", "0"], "--max-addresses"),
        (["scan", "--targets", "nothing.txt"], "nothing.txt: cannot be read"),
        (["scan", "--targets", "empty.txt"], "empty.txt: contains no target"),
        (["scan", "--config", "nothing.yaml"], "nothing.yaml: cannot be read"),
        (["scan", "a.example", "a.example:443"], "a.example:443 is named twice"),
        (["scan", "a.example", "--color", "sometimes"], "auto, always, never"),
        (["scan", "a.example", "--fail-on", "fatal"], "--fail-on': 'fatal' is not one of 'info', 'warning', 'error'"),
        (["check"], "name files, or a certgate.yaml with --config"),
        (["check", "leaf.pem", "--role", "issuer"], "'issuer' is not one of 'server', 'client', 'spiffe', 'ca'."),
        (["check", "leaf.pem", "--name", "a b"], "is not a host name"),
        (["explain", "chain.dept"], 'did you mean "chain.depth"?'),
    ],
)
def test_a_mistake_on_the_command_line_is_2_with_a_message_and_no_report(capsys, arguments, said):
    Path("empty.txt").write_text("# nothing\n")
    assert (
        certgate(
            *arguments,
            *(["--report", "junit=r.xml"] if arguments[:1] == ["scan"] and "--report" not in arguments else []),
        )
        == 2
    )
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.startswith("certgate: ")
    assert captured.out == ""
    assert not Path("r.xml").exists()


def test_a_usage_error_leaves_no_report_of_an_earlier_run_behind():
    Path("r.json").write_text("{}")
    assert certgate("scan", "a.example", "--policy", "nothing", "--report", "json=r.json") == 2
    assert not Path("r.json").exists()


def test_an_internal_error_is_3_with_one_line_and_the_way_to_the_traceback(capsys, monkeypatch):
    monkeypatch.setattr("certgate.gate.session.prepare", lambda *_, **__: 1 / 0)
    assert check("leaf.pem") == 3
    assert capsys.readouterr().err == (
        "certgate: a bug in certgate: ZeroDivisionError in the command; "
        "please report it, run again with --traceback to see where\n"
    )


def test_traceback_shows_where_an_error_that_nobody_foresaw_was_raised_and_no_command_to_a_runner():
    program = (
        "import sys\nfrom certgate.gate.judges import Judges\nfrom certgate.cli.main import run\n"
        "def judge(*_):\n    raise KeyError('x\\n::error::y')\nJudges.judge = judge\nsys.exit(run(sys.argv[1:]))\n"
    )
    words = ["check", "leaf.pem", "--policy", "p.yaml", "--trust", "root.pem", "--at", AT]
    done = [
        subprocess.run(
            [sys.executable, "-c", program, *words, *more], capture_output=True, text=True, timeout=30, check=False
        )
        for more in ([], ["--traceback"])
    ]
    assert [one.returncode for one in done] == [3, 3]
    quiet, shown = (one.stderr for one in done)
    assert quiet == ""
    assert "a bug in certgate: KeyError in judging" in " ".join(done[0].stdout.split())
    assert "in judge\n" in shown
    assert "KeyError" in shown
    assert not [line for line in shown.splitlines() if line.lstrip().startswith("::")]


def test_version_names_certgate_and_the_libraries_that_do_the_cryptography(capsys):
    assert certgate("--version") == 0
    assert capsys.readouterr().out.startswith("certgate 0.")


def test_help_shows_exit_codes_and_examples(capsys):
    assert certgate("--help") == 0
    assert "3 incomplete" in " ".join(capsys.readouterr().out.split())
    assert certgate("scan", "--help") == 0
    assert "certgate scan --config certgate.yaml" in capsys.readouterr().out


def test_saved_observations_are_judged_again_and_old_ones_ask_for_a_clock(capsys):
    assert check("leaf.pem", "--save", "seen.jsonl") == 0
    assert certgate("check", "seen.jsonl", "--at", AT) == 0
    assert certgate("check", "seen.jsonl", "--at", "2030-01-01") == 1
    lines = Path("seen.jsonl").read_text()
    year = lines[lines.index("20", lines.index("observed_at")) :][:4]
    Path("old.jsonl").write_text(lines.replace(f'"{year}-', '"2020-'))
    capsys.readouterr()
    assert certgate("check", "old.jsonl") == 2
    assert "--at now" in capsys.readouterr().err


def test_saved_observations_that_are_not_whole_are_judged_and_the_run_is_incomplete_unless_it_is_violated(capsys):
    for name in ("other.pem", "third.pem"):
        Path(name).write_bytes(pem(LEAF))
    assert check("leaf.pem", "other.pem", "third.pem", "--save", "seen.jsonl") == 0
    lines = Path("seen.jsonl").read_text().splitlines(keepends=True)
    Path("seen.jsonl").write_text("".join(lines[:3]))
    capsys.readouterr()
    assert certgate("check", "seen.jsonl", "--at", AT, "--report", "junit=r.xml") == 3
    out = " ".join(capsys.readouterr().out.split())
    assert "3 targets: 2 compliant, 0 violated, 1 incomplete" in out
    assert "interrupted: seen.jsonl is incomplete: the end is missing after 2 targets;" in out
    assert "seen.jsonl is incomplete" in Path("r.xml").read_text()
    assert certgate("check", "seen.jsonl", "--at", "2030-01-01") == 1
    assert certgate("check", "seen.jsonl", "--at", AT, "--save", "again.jsonl") == 3
    assert certgate("check", "again.jsonl", "--at", AT) == 3
    assert certgate("forecast", "seen.jsonl", "--at", AT) == 3


def test_saved_observations_of_another_version_are_refused_with_advice(capsys):
    Path("old.jsonl").write_text('{"certgate-observation":1,"target":{}}\n')
    for command in (["check", "old.jsonl"], ["forecast", "old.jsonl"]):
        assert certgate(*command) == 2
        told = "save it again with this version: certgate scan --save FILE\n"
        assert capsys.readouterr().err.endswith(told)


def test_a_file_whose_reading_nobody_foresaw_costs_no_other_file(monkeypatch, capsys):
    def observe(target, **options):
        if target.id == "stranger.pem":
            raise KeyError("secret")
        return observe_file(target, **options)

    monkeypatch.setattr("certgate.sources.files.observe_file", observe)
    assert check("leaf.pem", "stranger.pem", "root.pem", "--report", "json=r.json") == 3
    said = json.loads(Path("r.json").read_text())["targets"]
    assert [target["verdict"] for target in said] == ["compliant", "incomplete", "compliant"]
    assert said[1]["observations"][0]["failure"] == {
        "kind": "internal",
        "phase": "read",
        "detail": "a bug in certgate: KeyError in observing; please report it, run again with --traceback to see where",
    }


def process(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "certgate.cli.main", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


def test_a_closed_pipe_ends_quietly_with_the_verdicts_code():
    read, write = os.pipe()
    os.close(read)
    with subprocess.Popen(
        [sys.executable, "-m", "certgate.cli.main", "check", "leaf.pem", "--policy", "p.yaml", "--trust", "root.pem", "--at", AT],
        stdout=write, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        os.close(write)
        _, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's here")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_reports_what_was_judged_and_is_3_within_a_second(number):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        port = silent.getsockname()[1]
        running = process(
            "scan", f"127.0.0.1:{port}", "--trust", "root.pem", "--timeout", "30", "--report", "json=r.json"
        )
        peer, _ = silent.accept()
        with peer:
            running.send_signal(number)
            out, err = running.communicate(timeout=5)
    assert running.returncode == 3, err
    assert "interrupted" in out
    assert "Traceback" not in err
    assert '"incomplete"' in Path("r.json").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's here")
def test_a_process_in_the_background_of_a_script_which_ignores_ctrl_c_ends_by_sigterm():
    import socket

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            silent.settimeout(20)
            running = process("scan", f"127.0.0.1:{silent.getsockname()[1]}", "--trust", "root.pem", "--timeout", "30")
            peer, _ = silent.accept()
            with peer:
                running.send_signal(signal.SIGTERM)
                out, err = running.communicate(timeout=5)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (running.returncode, err) == (3, "")
    assert "interrupted" in out


def test_a_target_list_on_standard_input_that_is_no_text_is_2():
    with process("scan", "--targets", "-", stdin=subprocess.PIPE) as running:
        running.stdin.buffer.write(b"\xff\xfe")
        _, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (2, "certgate: standard input: is not UTF-8 text (byte 0)\n")


@pytest.mark.parametrize("text", ["a\n  ::error::x", "\x1b[31mred", "##[group]x", "\u202egnp.exe", "\r::debug::x"])
def test_a_complaint_about_a_hostile_argument_has_nothing_that_a_terminal_or_a_runner_obeys(capsys, text):
    assert certgate("scan", "a.example", "--policy", text) == 2
    err = capsys.readouterr().err
    assert err.replace("\n", "").isprintable()
    assert not any(line.lstrip().startswith("::") for line in err.splitlines())
    assert "##[" not in err


def test_the_end_looks_for_no_garbage_in_what_is_left():
    program = (
        "import atexit, gc, sys; from certgate.cli.main import main; sys.argv = ['certgate', '--version']; "
        "atexit.register(lambda: print(gc.get_freeze_count() > len(gc.get_objects()))); main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.splitlines()[1:] == ["True"]
