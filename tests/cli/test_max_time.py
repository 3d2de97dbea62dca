"""`--max-time` on the command line: files of which some are checked before the time of the run is over."""

import json
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem
from certgate.sources.files import observe_file
from certgate.system.stop import Stop

ROOT = issue("Root", ca=True, days=3650)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """Five files, each of which takes half an hour."""
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}]\n")
    for number in range(5):
        Path(f"{number}.pem").write_bytes(pem(issue("shop", issuer=ROOT, sans=["shop.example"])))
    clock = [0.0]

    def slow(*arguments, **options):
        clock[0] += 1800
        return observe_file(*arguments, **options)

    monkeypatch.setattr("certgate.sources.files.observe_file", slow)
    monkeypatch.setattr("certgate.cli.session.Stop", lambda seconds: Stop(seconds=seconds, now=lambda: clock[0]))


def check(*arguments):
    files = [f"{number}.pem" for number in range(5)]
    options = ("--policy", "p.yaml", "--trust", "root.pem", "--at", CLOCK.isoformat(), "--report", "json=r.json")
    return cli.run(["check", *files, *options, *arguments])


def test_what_was_not_visited_is_incomplete_and_named(capsys):
    assert check("--max-time", "1h30m", "--write-baseline", "known.json", "--save", "seen.jsonl") == 3
    report = json.loads(Path("r.json").read_text())
    assert [t["verdict"] for t in report["targets"]] == [*["compliant"] * 3, *["incomplete"] * 2]
    assert [t["observations"][0]["failure"]["kind"] for t in report["targets"][3:]] == ["not-visited"] * 2
    assert (report["summary"]["not_visited"], report["summary"]["interrupted"]) == (2, False)
    said = " ".join(capsys.readouterr().out.split())
    assert "2 targets could not be checked; --max-time ended the run before 2 targets could be visited" in said
    assert "fix raise --max-time, or check the targets in several runs." in said
    assert not Path("known.json").exists()
    assert json.loads(Path("seen.jsonl").read_text().splitlines()[-1])["end"] == {"targets": 5, "interrupted": True}
    assert cli.run(["diff", "r.json", "r.json"]) == 2


def test_a_violation_wins():
    Path("0.pem").write_bytes(pem(issue("shop", sans=["shop.example"])))
    assert check("--max-time", "1h30m") == 1


def test_enough_time_changes_nothing():
    assert check("--max-time", "4h") == 0


@pytest.mark.parametrize("text", ["4", "4d", "h", "0s", "0h0m", "-1h", "1m1h", "1.5h", "4h ", "9999999h"])
def test_a_time_that_is_none_is_2(capsys, text):
    assert check(f"--max-time={text}") == 2
    assert f'--max-time "{text}" is not a duration; write 4h, 30m, 90s or 1h30m' in capsys.readouterr().err
