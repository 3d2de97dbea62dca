"""A run over more targets than the terminal report shows one by one, on the command line."""

from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem

ROOT = issue("Root", ca=True, days=3650)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """21 files with one certificate, of which two cannot be read."""
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    leaf = pem(issue("shop", issuer=ROOT, sans=["shop.example"]))
    entries = []
    for number in range(21):
        Path(f"{number}.pem").write_bytes(leaf if number > 1 else b"no certificate")
        entries.append(f"  - {{file: {number}.pem, labels: {{team: {'shop' if number % 2 else 'pay'}}}}}")
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}]\n")
    Path("certgate.yaml").write_text("\n".join(["policy: p.yaml", "trust: [root.pem]", "targets:", *entries]) + "\n")


def check(*arguments):
    return cli.run(["check", "--config", "certgate.yaml", "--at", CLOCK.isoformat(), *arguments])


def test_21_targets_are_grouped_and_20_are_listed(capsys):
    assert check() == 3
    out = capsys.readouterr().out
    assert "✓ 19 compliant targets; the first to end: " in out
    assert "not checked  target.observed  2 targets" in out
    text = Path("certgate.yaml").read_text()
    Path("certgate.yaml").write_text("".join(text.splitlines(keepends=True)[:-1]))
    assert check() == 3
    assert "✓ 19.pem  " in capsys.readouterr().out


def test_full_lists_every_target(capsys):
    assert check("--full") == 3
    assert "✓ 20.pem  " in capsys.readouterr().out


def test_a_label_groups_targets_in_files_too():
    assert check("--group-by", "label.team", "--report", "terminal=out.txt") == 3
    assert "label.team=shop  10 targets: 9 compliant, 1 incomplete\n" in Path("out.txt").read_text()


def test_an_unknown_way_of_grouping_is_a_usage_error(capsys):
    assert check("--group-by", "team") == 2
    assert '--group-by "team" is unknown; write rule, target, issuer or label.NAME' in capsys.readouterr().err
