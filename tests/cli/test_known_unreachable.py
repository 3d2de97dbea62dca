"""Targets that are known not to answer, on the command line: a file that is compliant beside a port that refuses."""

import json
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import issue, pem
from tests.ports import free_port

ROOT = issue("Root", ca=True, days=3650)
NOW = "2026-07-01"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("leaf.pem").write_bytes(pem(issue("a.example", issuer=ROOT, sans=["a.example"])))
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}]\n")
    closed = free_port()
    configure(closed)
    return closed


def configure(*ports, more=""):
    hosts = "".join(f"  - host: 127.0.0.1:{port}\n" for port in ports)
    Path("certgate.yaml").write_text(f"policy: p.yaml\ntrust: [root.pem]\n{more}targets:\n  - file: leaf.pem\n{hosts}")


def scan(*arguments, at=NOW):
    code = cli.run(
        ["scan", "--config", "certgate.yaml", "--retries", "0", "--at", at, "--report", "json=r.json", *arguments]
    )
    return code, json.loads(Path("r.json").read_text()) if code != 2 else None


@pytest.fixture
def baseline(place):
    assert scan("--write-baseline", "known.json")[0] == 3
    assert json.loads(Path("known.json").read_text())["unreachable"][0]["target"] == f"127.0.0.1:{place}"
    return "known.json"


def test_a_baseline_alone_changes_no_verdict(baseline, capsys):
    code, report = scan("--baseline", baseline)
    assert (code, report["summary"]["known_unreachable"]) == (3, 1)
    assert [(t["verdict"], t["known"], t["accepted"]) for t in report["targets"]] == [
        ("compliant", False, False),
        ("incomplete", True, False),
    ]
    assert "0 violated, 1 incomplete (1 known); exit code 3" in " ".join(capsys.readouterr().out.split())


def test_an_acceptance_by_the_command_line_makes_new_ones_alone_count(baseline, place, capsys):
    accept = "--baseline", baseline, "--accept-known-unreachable", "2026-12-31"
    code, report = scan(*accept)
    assert (code, report["accept_known_unreachable"]) == (0, "2026-12-31")
    assert [t["verdict"] for t in report["targets"]] == ["compliant", "incomplete"]
    out = " ".join(capsys.readouterr().out.split())
    assert "known targets that do not answer are accepted until 2026-12-31" in out
    assert "1 compliant, 0 violated, 1 incomplete (1 known); exit code 0" in out
    configure(place, free_port())
    code, report = scan(*accept)
    assert (code, [t["accepted"] for t in report["targets"]]) == (3, [False, True, False])


def test_an_acceptance_in_the_configuration_holds_with_a_baseline_until_its_day(baseline, place):
    configure(place, more="accept_known_unreachable: {until: 2026-12-31}\n")
    assert scan("--baseline", baseline)[0] == 0
    assert scan("--baseline", baseline, at="2026-12-31T23:59:59Z")[0] == 0
    code, report = scan("--baseline", baseline, at="2027-01-01")
    assert code == 3
    assert [n["message"] for n in report["summary"]["notices"]] == [
        "1 known target without an answer: the acceptance ended on 2026-12-31"
    ]
    assert scan()[0] == 3
    assert scan("--baseline", baseline, "--accept-known-unreachable", "2026-06-30")[0] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--accept-known-unreachable", "2026-12-31"], "--accept-known-unreachable needs --baseline"),
        (
            ["--baseline", "known.json", "--accept-known-unreachable", "soon"],
            '--accept-known-unreachable "soon" is not a day; write 2027-03-15',
        ),
    ],
)
def test_an_acceptance_that_cannot_hold_is_2(baseline, capsys, arguments, said):
    del baseline
    assert scan(*arguments)[0] == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("value", ["2026-12-31", "{}", "{until: soon}", "{until: 2026-12-31, by: me}"])
def test_an_acceptance_that_is_written_wrong_is_2(place, capsys, value):
    configure(place, more=f"accept_known_unreachable: {value}\n")
    assert scan()[0] == 2
    assert "certgate.yaml:3:" in capsys.readouterr().err
