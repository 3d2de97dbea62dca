"""Signals at every moment: a documented code, whole reports or none, nothing left over, no traceback."""

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree as ET

import pytest

from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK, issue, pem
from certgate.lab.scenarios import all_scenarios

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's here")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TRIES = 50
"""For each of the four commands."""
TARGETS = 150
PROGRAM = """
import os, sys
from certgate.cli import main, signals

def install():
    hear()
    os.write(ready, b"x")

ready, hear, signals.install = int(sys.argv.pop(1)), signals.install, install
main.main()
"""
"""certgate, which says when its first line has run."""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Files to check, a list of endpoints to scan, a policy that knows their root; the command lines for them."""
    folder = tmp_path_factory.mktemp("world")
    root = issue("Root", ca=True, days=3650)
    (folder / "root.pem").write_bytes(pem(root))
    chains = folder / "chains"
    chains.mkdir()
    leaf = pem(issue("a.example", issuer=root, sans=["a.example"]))
    for number in range(TARGETS):
        (chains / f"{number:03}.pem").write_bytes(leaf)
    (folder / "p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: validity.expired}]")
    judge = ["--policy", str(folder / "p.yaml"), "--at", CLOCK.isoformat()]
    out = ["--report=json=r.json", "--report=junit=r.xml", "--save=seen.jsonl", "--write-baseline=known.json"]
    with Lab([all_scenarios()["good-ecdsa"]]) as lab:
        (served,) = lab.endpoints
        hosts = "".join(f"127.0.0.1:{served.port} name=n{n}.example\n" for n in range(TARGETS))
        (folder / "hosts.txt").write_text(hosts)
        trusted = ["--trust", str(folder / "root.pem")]
        yield {
            "scan": ["scan", "--targets", str(folder / "hosts.txt"), "--per-host=32", *trusted, *judge, *out],
            "check": ["check", str(chains), *trusted, *judge, *out],
            "forecast": ["forecast", str(chains), *trusted, *judge[:2], "--at", CLOCK.isoformat(), "--format=json"],
            "lab run": ["lab", "run", "good-ecdsa", "expired-leaf", "wrong-host"],
        }


def run(command, folder, seconds, numbers, pauses):
    """Run certgate, send it signals so many seconds after its first line, and return how it ended."""
    read, write = os.pipe()
    environ = os.environ | {"TMPDIR": str(folder / "tmp")}
    (folder / "tmp").mkdir(parents=True)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(write), *command],
        cwd=folder, env=environ, pass_fds=(write,), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(write)
    with process, os.fdopen(read, "rb") as ready:
        assert ready.read(1) == b"x"
        until = time.monotonic() + seconds
        for number, pause in zip(numbers, pauses, strict=True):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0, until - time.monotonic()))
            process.send_signal(number)
            until += pause
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    return process.returncode, out, err


def problems(command, folder, code, out, err):
    """What is wrong with how a run ended."""
    names = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    if code not in {0, 1, 3}:
        yield f"the code is {code}"
    if re.search(r"Traceback|Exception ignored|Error\b|never retrieved", err):
        yield "there is a traceback"
    if left := names - {"tmp", "r.json", "r.xml", "seen.jsonl", "known.json"}:
        yield f"left over: {sorted(left)}"
    if "known.json" in names:
        json.loads((folder / "known.json").read_text())
    if "r.xml" in names:
        ET.parse(folder / "r.xml")
    if "seen.jsonl" in names:
        *_, end = map(json.loads, (folder / "seen.jsonl").read_text().splitlines())
        if end["end"]["targets"] != TARGETS:
            yield f"the saved observations end with {end}"
    if command in {"scan", "check"} and (code == 0 or "r.json" in names):
        said = json.loads((folder / "r.json").read_text())
        if len(said["targets"]) != TARGETS or said["summary"]["exit_code"] != code:
            yield f"{len(said['targets'])} targets, {said['summary']}"
    if command == "forecast" and code == 0 and json.loads(out)["targets"] != TARGETS:
        yield "the forecast does not hold every target"


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("command", ["scan", "check", "forecast", "lab run"])
def test_whatever_signals_come_whenever_nothing_is_lost_or_left_over(world, tmp_path, command):
    chance = random.Random(command)
    began = time.monotonic()
    run(world[command], tmp_path / "alone", 1.5 if command == "lab run" else 30, [signal.SIGINT], [0])
    duration = min(time.monotonic() - began, 30)

    def attempt(number, seed):
        chance = random.Random(seed)
        count = chance.choice((1, 2, 3))
        seconds = chance.choice((0, chance.uniform(0, 0.2), chance.uniform(0, 1.5 * duration)))
        if command == "lab run" and count == 1:
            seconds = min(seconds, duration)
        numbers = [chance.choice(SIGNALS) for _ in range(count)]
        pauses = [chance.choice((0, 0.0005, chance.uniform(0, 0.3))) for _ in numbers]
        folder = tmp_path / str(number)
        ended = run(world[command], folder, seconds, numbers, pauses)
        return [
            f"{command} {seconds:.4f} {numbers} {pauses}: {wrong} {ended}"
            for wrong in problems(command, folder, *ended)
        ]

    with ThreadPoolExecutor(4) as pool:
        found = pool.map(attempt, range(TRIES), [chance.random() for _ in range(TRIES)])
        assert [wrong for each in found for wrong in each] == []


def test_nothing_that_takes_time_is_imported_before_signals_are_heard():
    program = "import sys; from certgate.cli import main; print(*(m for m in sys.modules if m.startswith('certgate')))"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert set(done.stdout.split()) == {
        "certgate", "certgate.cli", "certgate.cli.main", "certgate.cli.signals", "certgate.system", "certgate.system.leftovers"
    }  # fmt: skip


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_before_a_run_ends_it_at_once_with_nothing_left(world, tmp_path, number):
    code, out, err = run(world["check"], tmp_path / "a", 0, [number], [0])
    assert (code, out, err) == (3, "", "certgate: interrupted\n")
    assert [path.name for path in (tmp_path / "a").rglob("*")] == ["tmp"]
