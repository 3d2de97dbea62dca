"""`--exit-zero`: nothing that was observed stops the pipeline, and everything that certgate lost still does."""

import json
import socket
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.cli import main as cli
from certgate.gate.judges import Judges
from certgate.lab.pki import CLOCK, issue, pem
from certgate.model.finding import Outcome
from certgate.reports.json_report import JsonReport
from certgate.sources.files import FileObserver
from certgate.system.stop import Stop

ROOT = issue("Root", ca=True, days=3650)
REPORTS = ("json=r.json", "junit=r.xml", "sarif=r.sarif", "markdown=r.md", "html=r.html")
SAID = "exit code 0 by --exit-zero, not 1"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A chain that is right, one that no anchor has issued, and a file without a certificate."""
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("good.pem").write_bytes(pem(issue("shop", issuer=ROOT, sans=["shop.example"])))
    Path("bad.pem").write_bytes(pem(issue("shop", sans=["shop.example"])))
    Path("empty.pem").write_text("no certificate\n")
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}]\n")


def run(*arguments, command="check"):
    options = ("--policy", "p.yaml", "--trust", "root.pem", "--report", "json=r.json")
    return cli.run([command, *arguments, *options])


def check(*arguments):
    return run(*arguments, "--at", CLOCK.isoformat())


def summary():
    return json.loads(Path("r.json").read_text())["summary"]


def test_a_violation_is_0_and_stays_a_violation():
    assert check("good.pem", "bad.pem") == 1
    without = summary()
    assert check("good.pem", "bad.pem", "--exit-zero") == 0
    assert summary() == {**without, "exit_zero": True}
    assert (without["verdict"], without["exit_code"]) == ("violated", 1)


def test_what_could_not_be_observed_is_0_and_stays_incomplete():
    assert check("empty.pem", "--exit-zero") == 0
    assert (summary()["verdict"], summary()["exit_code"]) == ("incomplete", 3)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        assert run(host, "--retries", "0", "--exit-zero", command="scan") == 0
    assert (summary()["verdict"], summary()["targets"]["incomplete"]) == ("incomplete", 1)


def test_every_report_says_it(capsys):
    assert check("bad.pem", "--exit-zero", *(f"--report={report}" for report in REPORTS[1:])) == 0
    assert SAID in " ".join(capsys.readouterr().out.split())
    suites = ET.parse("r.xml").getroot()
    assert suites.get("failures") == "1"
    assert suites.findtext("testsuite/testcase[@name='run']/system-out") == SAID
    invocation = json.loads(Path("r.sarif").read_text())["runs"][0]["invocations"][0]
    assert (invocation["exitCode"], invocation["properties"]["exitZero"]) == (0, True)
    assert invocation["exitCodeDescription"].endswith(SAID)
    assert SAID.replace("exit", "Exit", 1) in Path("r.md").read_text()
    assert SAID.replace("exit", "Exit", 1) in Path("r.html").read_text()


def test_a_compliant_run_says_that_the_option_makes_no_difference(capsys):
    assert check("good.pem", "--exit-zero") == 0
    assert "exit code 0 (--exit-zero)" in " ".join(capsys.readouterr().out.split())
    assert summary()["exit_zero"] is True


@pytest.mark.parametrize("wrong", [("--trust", "none.pem"), ("--select", "nothing"), ("missing.pem",)])
def test_a_mistake_is_2(wrong):
    assert check("good.pem", "--exit-zero", *wrong) == 2


def _rule_crashes(monkeypatch, rule="trust.anchor"):
    checks = {**all_checks(), rule: replace(all_checks()[rule], run=_raise)}
    monkeypatch.setattr("certgate.policy.packs.check_of", checks.get)


def _raise(*_, **__):
    raise KeyError


def _bug_in_judging(monkeypatch):
    monkeypatch.setattr(Judges, "judge", _raise)


def _report_fails(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(JsonReport, "add", full)


def _target_is_lost(monkeypatch):
    monkeypatch.setattr(FileObserver, "observe", lambda *_, **__: iter(()))


def _no_time(monkeypatch):
    monkeypatch.setattr("certgate.cli.session.Stop", lambda seconds: Stop(seconds=0, now=lambda: 1.0))


def _interrupted(monkeypatch):
    def stopped(seconds):
        stop = Stop(seconds=seconds)
        stop.want()
        return stop

    monkeypatch.setattr("certgate.cli.session.Stop", stopped)


@pytest.mark.parametrize(
    "lose", [_rule_crashes, _bug_in_judging, _report_fails, _target_is_lost, _no_time, _interrupted]
)
def test_what_certgate_lost_is_3(monkeypatch, lose):
    lose(monkeypatch)
    assert check("good.pem", "--exit-zero") == 3


def test_a_violation_does_not_hide_that_something_was_lost(monkeypatch, capsys):
    _report_fails(monkeypatch)
    assert check("good.pem", "bad.pem", "--exit-zero") == 3
    assert "exit code 3 in spite of --exit-zero" in " ".join(capsys.readouterr().out.split())


def test_a_rule_that_crashed_beside_a_violation_is_3_and_named(monkeypatch, capsys):
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: validity.expired}]\n")
    _rule_crashes(monkeypatch, "validity.expired")
    assert check("bad.pem", "--exit-zero") == 3
    told = " ".join(capsys.readouterr().out.split())
    assert "exit code 3 in spite of --exit-zero: 1 target could not be judged" in told
    findings = json.loads(Path("r.json").read_text())["targets"][0]["findings"]
    assert {finding["outcome"] for finding in findings} == {Outcome.FAIL, Outcome.CRASHED}


def test_a_target_that_no_rule_judges_is_3():
    Path("p.yaml").write_text("rules: [{rule: spiffe.leaf-eku}]\n")
    assert check("good.pem", "--ignore", "spiffe.*", "--exit-zero") == 3


def test_a_saved_file_that_was_cut_off_is_3():
    assert check("good.pem", "bad.pem", "--save", "seen.jsonl") == 1
    assert check("seen.jsonl", "--exit-zero") == 0
    lines = Path("seen.jsonl").read_text().splitlines(keepends=True)
    Path("seen.jsonl").write_text("".join(lines[:-1]))
    assert check("seen.jsonl", "--exit-zero") == 3
