"""`certgate history`: from a folder of runs to a table."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, make_key, pem
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True, days=3650)
KEY = make_key()
OLD = issue("a.example", issuer=ROOT, sans=["a.example"], key=KEY, days=300)
RENEWED = issue("a.example", issuer=ROOT, sans=["a.example"], key=KEY, days=301)
OTHER = issue("a.example", issuer=ROOT, sans=["a.example"], days=900)
SERIAL = parse_certificate(RENEWED.der).serial
FIRST = datetime(2026, 6, 15, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    Path("root.pem").write_bytes(pem(ROOT))
    Path("b.pem").write_bytes(pem(OLD))
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: validity.max-lifetime, max_days: 398}]")
    Path("c.yaml").write_text("targets: [{file: a.pem}, {file: b.pem}]")


def run(*leaves, only=()):
    """A run each night, with one of these leaves in a.pem; None for a file that cannot be read."""
    options = ["--policy", "p.yaml", "--trust", "root.pem", "--at", CLOCK.isoformat(), "--history", "h", "--quiet"]
    for leaf in leaves:
        Path("a.pem").write_bytes(pem(leaf) if leaf else b"nothing")
        before = set(Path("h").glob("*"))
        cli.run(["check", "--config", "c.yaml", *options, *(f"--only={word}" for word in only)])
        (new,) = set(Path("h").glob("*")) - before
        text = new / "summary.jsonl"
        when = FIRST + timedelta(days=len(before))
        text.write_text(json.dumps(json.loads(text.read_text()) | {"started_at": when.isoformat()}))


def history(capsys, *arguments):
    capsys.readouterr()
    code = cli.run(["history", *arguments])
    out, err = capsys.readouterr()
    assert all(len(line) <= 80 for line in out.splitlines())
    return code, out, err


def test_runs_are_a_table_with_a_remark_on_those_that_nothing_is_compared_with(capsys):
    run(OLD, OTHER)
    run(OTHER, only=["b.pem"])
    run(None)
    code, out, err = history(capsys, "h")
    assert (code, err) == (0, "")
    assert out == (
        "check, --config c.yaml, policy p and --at 2026-06-15T12:00:00Z\n"
        "  started (UTC)     verdict     targets  compliant  violated  incomplete\n"
        "  2026-06-15 03:00  compliant         2          2         0           0\n"
        "  2026-06-16 03:00  violated          2          1         1           0\n"
        "  2026-06-17 03:00  compliant         1          1         0           0  only\n"
        "      b.pem\n"
        "  2026-06-18 03:00  incomplete        2          1         0           1\n"
    )


def test_the_certificates_of_a_target_are_told_with_their_keys(capsys):
    run(OLD, RENEWED, RENEWED, None, OTHER)
    code, out, _ = history(capsys, "h", "a.pem")
    assert code == 0
    first, *blocks = out.split("\n\n")
    assert first == "a.pem, 5 runs, not observed in 1 of them"
    assert [block.splitlines()[0].strip() for block in blocks] == [
        "seen 2026-06-15 03:00 to 2026-06-15 03:00 UTC, 1 run",
        "seen 2026-06-16 03:00 to 2026-06-17 03:00 UTC, 2 runs, same key",
        "seen 2026-06-19 03:00 to 2026-06-19 03:00 UTC, 1 run, new key",
    ]
    assert blocks[1].splitlines()[1:] == [
        "  subject CN=a.example",
        "  issuer  CN=Root",
        "  valid   2026-05-16 to 2027-03-13",
        f"  serial  {SERIAL:x}",
        f"  sha256  {sha256(RENEWED.der).hexdigest()}",
    ]


def test_json_has_the_same_facts(capsys):
    run(OLD, OTHER)
    _, out, _ = history(capsys, "h", "--format", "json")
    told = json.loads(out)
    assert [(one["started_at"], one["verdict"], one["whole"], one["exit_code"]) for one in told["runs"]] == [
        ("2026-06-15T03:00:00Z", "compliant", True, 0),
        ("2026-06-16T03:00:00Z", "violated", True, 1),
    ]
    assert (told["history_version"], told["runs"][1]["targets"]["violated"]) == (1, 1)


def test_a_target_as_json(capsys):
    run(OLD, OTHER)
    capsys.readouterr()
    code = cli.run(["history", "h", "a.pem", "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert (code, [one["same_key"] for one in told["certificates"]]) == (0, [None, False])
    assert [one["names"] for one in told["certificates"]] == [["DNS:a.example"]] * 2


def test_what_is_damaged_is_named_and_the_rest_is_shown(capsys):
    run(OLD, OTHER)
    oldest, newest = sorted(Path("h").iterdir())
    (oldest / "report.jsonl.gz").write_bytes(b"")
    code, out, err = history(capsys, "h", "a.pem")
    assert (code, out.splitlines()[0]) == (0, "a.pem, 1 run")
    assert f"certgate: {oldest} is damaged: report.jsonl.gz has changed" in err
    (newest / "summary.jsonl").unlink()
    code, out, err = history(capsys, "h")
    assert (code, len(out.splitlines())) == (0, 3)
    assert f"certgate: {newest} is damaged: " in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent"], "absent: cannot be read: No such file or directory"),
        (["c.yaml"], "c.yaml: cannot be read: Not a directory"),
        (["h", "a.pm"], "no run in h has the target a.pm; certgate history h lists them"),
        (["h", "a.pem", "--color", "blue"], '--color "blue" is not one of'),
        ([], "Missing argument 'FOLDER'"),
    ],
)
def test_a_mistake_is_2(arguments, message, capsys):
    run(OLD)
    code, out, err = history(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_an_empty_folder_has_no_run(capsys):
    Path("h").mkdir()
    assert history(capsys, "h") == (0, "h has no run\n", "")
