"""Runs that are killed at random moments, and go on."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK, issue, pem
from certgate.lab.scenarios import all_scenarios
from tests.cli.journaled import FILE, LEAF, ROOT, STARTED, STRANGER

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's here"),
]

KILLS = 6
PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
from certgate.cli import main
from certgate.gate import planning
from certgate.sources import endpoints
from tests.cli.journaled import World

started = datetime.fromisoformat(sys.argv.pop(1))
planning.utc_now = lambda: started
world = World(started, *(Path(name).read_bytes() for name in ("leaf.der", "stranger.der", "root.der")))
endpoints.observe_endpoints = world.observe
main.main()
"""
"""certgate without a network, in one process."""


def killed(command, folder, seed):
    """Run the command, kill it at random moments, go on each time; in the end, its output once it was not killed."""
    chance = random.Random(seed)
    journal = folder / FILE
    for _ in range(KILLS):
        before = journal.stat().st_size if journal.exists() else 0
        more = before + chance.choice([0, 100, 10_000, 1_000_000, 8_000_000])
        with subprocess.Popen([*command, "--resume"], cwd=folder, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None and (not journal.exists() or journal.stat().st_size <= more):
                time.sleep(0.001)
            process.kill()
    assert subprocess.run([*command, "--resume"], cwd=folder, stdout=subprocess.DEVNULL, check=False).returncode == 1


def test_twenty_thousand_targets_killed_at_random_moments_are_reported_as_in_an_undisturbed_run(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    for name, der in (("leaf", LEAF.der), ("stranger", STRANGER.der), ("root", ROOT.der)):
        (tmp_path / f"{name}.der").write_bytes(der)
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    (tmp_path / "p.yaml").write_text("rules: [{rule: trust.anchor}]")
    (tmp_path / "hosts.txt").write_text("".join(f"h{n}.example\n" for n in range(20_000)))
    options = ["--targets=hosts.txt", "--policy=p.yaml", "--trust=root.pem", "--retries=0", "--workers=1", "--quiet"]
    command = [sys.executable, "-c", PROGRAM, STARTED.isoformat(), "scan", *options, "--report=jsonl=r.jsonl"]
    subprocess.run(command, cwd=tmp_path, stdout=subprocess.DEVNULL, check=False)
    undisturbed = (tmp_path / "r.jsonl").read_bytes()
    killed([*command, "--journal=j"], tmp_path, seed=1)
    assert undisturbed.count(b"\n") > 20_000
    assert (tmp_path / "r.jsonl").read_bytes() == undisturbed


@pytest.mark.parametrize("seed", [1, 2])
def test_live_endpoints_killed_at_random_moments_are_each_reported_once(tmp_path, seed):
    stranger = issue("Other Root", ca=True)
    (tmp_path / "root.pem").write_bytes(pem(stranger))
    (tmp_path / "p.yaml").write_text("rules: [{rule: trust.anchor}]")
    with Lab([all_scenarios()["good-ecdsa"]]) as lab:
        (served,) = lab.endpoints
        hosts = "".join(f"127.0.0.1:{served.port} name=n{n}.example\n" for n in range(400))
        (tmp_path / "hosts.txt").write_text(hosts)
        options = ["--targets=hosts.txt", "--policy=p.yaml", "--trust=root.pem", f"--at={CLOCK.isoformat()}"]
        command = [sys.executable, "-m", "certgate.cli.main", "scan", *options, "--per-host=64", "--report=json=r.json"]
        killed([*command, "--journal=j"], tmp_path, seed)
    targets = json.loads((tmp_path / "r.json").read_text())["targets"]
    assert [one["id"] for one in targets] == [f"127.0.0.1:{served.port}#n{n}.example" for n in range(400)]
    assert {one["verdict"] for one in targets} == {"violated"}
    lines = [json.loads(line) for line in (tmp_path / FILE).read_bytes().splitlines()]
    made = [one["ordinal"] for one in lines if "ordinal" in one]
    assert sorted(made) == [*range(400)]
