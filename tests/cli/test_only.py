"""A run over a part of the declared targets, on the command line."""

import json
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem

ROOT = issue("Root", ca=True, days=3650)
CONFIG = """\
policy: p.yaml
trust: [root.pem]
targets:
  - {file: shop.pem, labels: {team: shop}}
  - {file: pay.pem, labels: {team: pay}}
"""
POLICY = """\
rules: [{rule: trust.anchor}]
waivers:
  - {rule: trust.anchor, target: pay.pem, reason: old, owner: pay@corp.example, expires: 2099-01-01}
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    for name in ("shop", "pay"):
        Path(f"{name}.pem").write_bytes(pem(issue(name, issuer=ROOT, sans=[f"{name}.example"])))
    Path("p.yaml").write_text(POLICY)
    Path("certgate.yaml").write_text(CONFIG)


def check(*arguments):
    return cli.run(["check", "--config", "certgate.yaml", "--at", CLOCK.isoformat(), *arguments])


@pytest.mark.parametrize(
    ("only", "ids"),
    [
        (["label.team=shop"], ["shop.pem"]),
        (["pay*"], ["pay.pem"]),
        (["label.team=shop", "pay.pem"], ["shop.pem", "pay.pem"]),
    ],
)
def test_only_what_matches_is_observed_and_reported(only, ids):
    assert check(*(f"--only={word}" for word in only), "--report", "json=r.json") == 0
    report = json.loads(Path("r.json").read_text())
    assert [target["id"] for target in report["targets"]] == ids
    assert (report["only"], report["summary"]["missing"]) == (only, 0)


def test_scan_selects_too():
    assert cli.run(["scan", "--config", "certgate.yaml", "--at", CLOCK.isoformat(), "--only", "shop.pem"]) == 0


def test_saved_observations_are_selected_too():
    assert check("--save", "seen.jsonl") == 0
    again = ["check", "seen.jsonl", "--at", CLOCK.isoformat(), "--only", "label.team=pay", "--report", "json=r.json"]
    assert cli.run(again) == 0
    assert [target["id"] for target in json.loads(Path("r.json").read_text())["targets"]] == ["pay.pem"]


def test_a_word_that_matches_nothing_is_2_and_named(capsys):
    assert check("--only", "label.team=shop", "--only", "label.team=till") == 2
    assert capsys.readouterr().err == 'certgate: --only "label.team=till" matches no target\n'


def test_a_part_writes_no_baseline_and_leaves_that_of_before_alone(capsys):
    Path("known.json").write_text("before")
    assert check("--only", "pay.pem", "--write-baseline", "known.json") == 2
    assert "--write-baseline needs all targets; leave out --only" in capsys.readouterr().err
    assert Path("known.json").read_text() == "before"


def test_a_part_does_not_call_the_exceptions_of_other_targets_unused(capsys):
    assert check() == 0
    assert "waiver.unused" in capsys.readouterr().out
    assert check("--only", "shop.pem") == 0
    out = capsys.readouterr().out
    assert "waiver.unused" not in out
    assert "only shop.pem" in out


def test_the_labels_of_metrics_are_refused_without_metrics(capsys):
    assert check("--metrics-labels", "team") == 2
    assert "--metrics-labels needs --report openmetrics" in capsys.readouterr().err
    assert check("--metrics-labels", "team", "--report", "openmetrics=m.prom") == 0
    assert 'label_team="shop"' in Path("m.prom").read_text()
