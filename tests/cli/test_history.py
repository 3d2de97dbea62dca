"""`--history`: runs that are kept, and compared with the last whole one."""

import gzip
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, make_key, pem

ROOT = issue("Root", ca=True, days=3650)
KEY = make_key()
OLD = issue("a.example", issuer=ROOT, sans=["a.example"], key=KEY, days=300)
RENEWED = issue("a.example", issuer=ROOT, sans=["a.example", "b.example"], key=KEY, days=301)
LONG = issue("a.example", issuer=ROOT, sans=["a.example"], key=KEY, days=900)
OPTIONS = ("--policy", "p.yaml", "--trust", "root.pem", "--at", CLOCK.isoformat())


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("root.pem").write_bytes(pem(ROOT))
    Path("a.pem").write_bytes(pem(OLD))
    Path("b.pem").write_bytes(pem(OLD))
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: validity.max-lifetime, max_days: 398}]")
    Path("c.yaml").write_text("targets: [{file: a.pem}, {file: b.pem, labels: {tier: edge}}]")


def check(*arguments, config="c.yaml", history="h", options=OPTIONS):
    """Check all targets of the configuration; returns the exit code and the JSON report."""
    report = ["--report", "json=r.json", "--history", history]
    Path("r.json").unlink(missing_ok=True)
    code = cli.run(["check", "--config", config, *options, *report, *arguments])
    return code, json.loads(Path("r.json").read_text()) if Path("r.json").exists() else None


def renew(leaf=RENEWED, file="a.pem"):
    Path(file).write_bytes(pem(leaf))


def runs():
    return sorted(path for path in Path("h").iterdir() if not path.name.startswith("."))


def backdate(path, **more):
    """Make a kept run older than the others, and change further members of its summary."""
    text = path / "summary.jsonl"
    value = json.loads(text.read_text())
    when = datetime.now(UTC) - timedelta(days=1)
    text.write_text(json.dumps(value | {"started_at": when.isoformat()} | more))


def test_the_second_run_tells_what_changed_since_the_first(capsys):
    assert check()[0] == 0
    renew()
    capsys.readouterr()
    code, report = check()
    assert code == 0
    assert "Since 20" in (told := capsys.readouterr().out)
    assert "a.pem  leaf CN=a.example renewed with the same key; " in told
    (change,) = report["summary"]["changes"]["certificates"]
    assert (change["target"], change["change"], change["names"]["added"]) == ("a.pem", "renewed", ["DNS:b.example"])
    assert report["history"]["runs"] == 1


def test_a_first_run_has_nothing_to_compare_with_which_is_not_no_change(capsys):
    code, report = check()
    assert (code, "changes" in report["summary"], report["history"]["last"]) == (0, False, None)
    assert "Nothing to compare with: h has no whole run of these targets and policies" in capsys.readouterr().out


def test_new_and_fixed_findings_are_told_apart():
    check()
    renew(LONG)
    code, report = check()
    assert (code, [f["rule"] for f in report["summary"]["changes"]["findings"]["new"]]) == (
        1,
        ["validity.max-lifetime"],
    )
    renew(OLD)
    code, report = check()
    assert (code, [f["target"] for f in report["summary"]["changes"]["findings"]["fixed"]]) == (0, ["a.pem"])


@pytest.mark.parametrize("more", [("--only", "a.pem"), ("--only", "label.tier=edge")])
def test_a_part_is_kept_and_never_compared_with(more):
    check()
    renew(LONG)
    code, report = check(*more)
    assert report["summary"]["changes"]["targets"]["vanished"] == []
    code, report = check()
    assert code == 1
    assert [f["target"] for f in report["summary"]["changes"]["findings"]["new"]] == ["a.pem"]
    assert len(runs()) == 3


@pytest.mark.parametrize(
    "change",
    [{"whole": False}, {"only": ["a.pem"]}],
)
def test_a_run_that_is_not_whole_is_never_compared_with(change):
    check()
    renew(LONG)
    check()
    second = runs()[1]
    value = json.loads((second / "summary.jsonl").read_text())
    (second / "summary.jsonl").write_text(json.dumps(value | change))
    _, report = check()
    assert [f["rule"] for f in report["summary"]["changes"]["findings"]["new"]] == ["validity.max-lifetime"]


@pytest.mark.parametrize(
    ("config", "options"),
    [
        ("other.yaml", OPTIONS),
        ("c.yaml", (*OPTIONS, "--select", "validity.*")),
        ("c.yaml", ("--policy", "q.yaml", *OPTIONS[2:])),
        ("c.yaml", (*OPTIONS[:4], "--at", "2027-01-01")),
    ],
)
def test_only_runs_of_the_same_list_and_the_same_policy_are_compared(config, options):
    Path("other.yaml").write_text("targets: [{file: a.pem}]")
    Path("q.yaml").write_text("rules: [{rule: trust.anchor}]")
    check()
    _, report = check(config=config, options=options)
    assert report["history"]["last"] is None
    _, report = check(config=config, options=options)
    assert report["history"]["last"]


def test_a_target_that_is_added_to_the_list_appeared_and_one_that_is_removed_vanished():
    check()
    Path("c.yaml").write_text("targets: [{file: b.pem}, {file: root.pem, role: ca}]")
    _, report = check()
    told = report["summary"]["changes"]["targets"]
    assert (told["appeared"], told["vanished"]) == (["root.pem"], ["a.pem"])


def test_a_target_that_cannot_be_read_any_more_is_told_and_comes_back():
    check()
    Path("a.pem").write_text("nothing")
    code, report = check()
    assert (code, [t["target"] for t in report["summary"]["changes"]["targets"]["unreachable"]]) == (3, ["a.pem"])
    renew(OLD)
    assert check()[1]["summary"]["changes"]["targets"]["back"] == ["a.pem"]


def exchange(path, old, new):
    """Change a compressed file into another one that is whole too."""
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(old, new)))


def damage(path):
    return {
        "cut report": lambda: (path / "report.jsonl.gz").write_bytes((path / "report.jsonl.gz").read_bytes()[:-9]),
        "changed report": lambda: (path / "report.jsonl.gz").write_bytes(gzip.compress(b"{}\n")),
        "other report": lambda: exchange(path / "report.jsonl.gz", b'"a.pem"', b'"z.pem"'),
        "missing report": (path / "report.jsonl.gz").unlink,
        "cut summary": lambda: (path / "summary.jsonl").write_bytes((path / "summary.jsonl").read_bytes()[:99]),
        "empty summary": lambda: (path / "summary.jsonl").write_bytes(b""),
        "missing summary": (path / "summary.jsonl").unlink,
        "folder as summary": lambda: ((path / "summary.jsonl").unlink(), (path / "summary.jsonl").mkdir()),
        "foreign summary": lambda: (path / "summary.jsonl").write_text('{"format": "other"}'),
        "newer": lambda: backdate(path, version=2),
        "unknown count": lambda: backdate(path, counts={"more": 1}),
        "unknown member": lambda: backdate(path, more=1),
        "wrong type": lambda: backdate(path, only="a"),
        "no time": lambda: backdate(path, started_at="yesterday"),
    }


@pytest.mark.parametrize("kind", damage(Path()))
def test_what_is_damaged_is_named_and_the_run_before_is_taken(kind, capsys):
    check()
    renew(LONG)
    check()
    backdate(runs()[0])
    damage(runs()[1])[kind]()
    capsys.readouterr()
    code, report = check()
    assert code == 1
    assert [f["rule"] for f in report["summary"]["changes"]["findings"]["new"]] == ["validity.max-lifetime"]
    (problem,) = report["history"]["problems"]
    assert problem.startswith(f"{runs()[1]} ")
    assert f"certgate: --history: {problem}, so it is left out" in capsys.readouterr().err
    assert len(runs()) == 3


@pytest.mark.parametrize("kind", damage(Path()))
def test_without_another_run_nothing_is_compared_which_is_not_no_change(kind, capsys):
    check()
    damage(runs()[0])[kind]()
    code, report = check()
    assert (code, "changes" in report["summary"]) == (0, False)
    assert "Nothing to compare with" in capsys.readouterr().out


def test_what_is_foreign_is_named_and_left_alone(capsys):
    Path("h").mkdir()
    Path("h/notes.txt").write_text("mine")
    Path("h/.gitignore").write_text("*")
    for _ in range(3):
        check("--keep", "1")
    assert Path("h/notes.txt").read_text() == "mine"
    assert [path.name for path in runs()][1:] == ["notes.txt"]
    assert capsys.readouterr().err.count("h/notes.txt is not a run that certgate kept") == 3


def test_the_oldest_runs_are_removed_but_never_the_last_whole_one():
    check()
    for _ in range(3):
        check("--only", "a.pem", "--keep", "2")
    assert len(runs()) == 3
    for _ in range(4):
        check("--keep", "2")
    assert len(runs()) == 4
    assert len([one for one in runs() if json.loads((one / "summary.jsonl").read_text())["only"]]) == 2
    assert check("--keep", "1")[1]["history"]["last"]


def test_lists_that_share_a_folder_are_pruned_apart():
    Path("other.yaml").write_text("targets: [{file: a.pem}]")
    check()
    for _ in range(3):
        check("--keep", "1", config="other.yaml")
    assert check()[1]["history"]["last"]


def test_only_the_user_may_read_what_is_kept():
    check()
    kept = [Path("h"), *Path("h").rglob("*")]
    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in kept}
    assert (modes, len(kept)) == ({True: 0o700, False: 0o600}, 5)


def test_the_observations_that_are_kept_can_be_judged_again():
    check()
    Path("seen.jsonl").write_bytes(gzip.decompress((runs()[0] / "observations.jsonl.gz").read_bytes()))
    assert cli.run(["check", "seen.jsonl", *OPTIONS]) == 0


def test_a_folder_that_cannot_be_written_is_2_before_anything_is_observed(capsys):
    assert check(history="/sys") == (2, None)
    assert "--history /sys cannot be written: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("a.pem", "--history a.pem cannot be written: it is not a folder"),
        ("no/where", "--history no/where cannot be written: create the folder that is to hold it"),
    ],
)
def test_what_is_no_folder_is_2(folder, message, capsys):
    assert check(history=folder) == (2, None)
    assert message in capsys.readouterr().err


def test_a_mistake_leaves_nothing_behind():
    assert check("--policy", "none.yaml") == (2, None)
    assert not Path("h").exists()
    check()
    assert check("--policy", "none.yaml") == (2, None)
    assert len(list(Path("h").iterdir())) == 1


@pytest.mark.parametrize("option", [("--save", "h/s.jsonl"), ("--report", "csv=h/r.csv"), ("--write-baseline", "h/b")])
def test_no_other_output_goes_into_the_folder(option, capsys):
    Path("h").mkdir()
    assert check(*option) == (2, None)
    assert "--history h keeps its own files in this folder; name another one" in capsys.readouterr().err


def test_no_input_lies_in_the_folder(capsys):
    Path("h").mkdir()
    Path("h/p.yaml").write_text(Path("p.yaml").read_text())
    assert check("--policy", "h/p.yaml") == (2, None)
    assert "--history h: this run reads " in capsys.readouterr().err


def test_keep_needs_a_history(capsys):
    assert cli.run(["check", "a.pem", "--keep", "5"]) == 2
    assert "--keep is for --history FOLDER" in capsys.readouterr().err


def test_a_folder_that_is_checked_may_hold_the_history():
    Path("all").mkdir()
    Path("all/a.pem").write_bytes(pem(OLD))
    for _ in range(2):
        assert cli.run(["check", "all", *OPTIONS, "--history", "all/h"]) == 0


HISTORY_RULES = """\
rules:
  - {rule: trust.anchor}
  - {rule: history.issuer-changed}
  - {rule: history.unexpected-change}
  - {rule: history.renewal-late}
  - {rule: history.key-reused}
"""


def outcomes(report, target="a.pem"):
    (told,) = [one for one in report["targets"] if one["id"] == target]
    return {f["rule"].removeprefix("history."): f["outcome"] for f in told["findings"] if "history" in f["rule"]}


def test_rules_on_the_certificate_before_fail_in_the_run_that_sees_the_change_and_pass_in_the_next():
    Path("p.yaml").write_text(HISTORY_RULES)
    verbose = "--verbose"
    assert set(outcomes(check(verbose)[1]).values()) == {"not-applicable"}
    renew(issue("a.example", issuer=issue("Other", issuer=ROOT, ca=True), sans=["a.example"], key=KEY))
    _, report = check(verbose)
    assert outcomes(report) == {
        "issuer-changed": "fail",
        "unexpected-change": "fail",
        "renewal-late": "pass",
        "key-reused": "fail",
    }
    assert outcomes(report, "b.pem") == {
        "issuer-changed": "pass",
        "unexpected-change": "pass",
        "renewal-late": "not-applicable",
        "key-reused": "not-applicable",
    }
    _, report = check(verbose)
    assert outcomes(report) == outcomes(report, "b.pem")


def test_without_a_history_or_an_earlier_run_rules_on_it_do_not_apply():
    Path("p.yaml").write_text(HISTORY_RULES)
    code = cli.run(["check", "--config", "c.yaml", *OPTIONS, "--report", "json=r.json", "--verbose"])
    report = json.loads(Path("r.json").read_text())
    assert (code, set(outcomes(report).values())) == (0, {"not-applicable"})
    (reason,) = {f["message"] for f in report["targets"][0]["findings"] if "history" in f["rule"]}
    assert reason == "there is no earlier certificate"


def test_a_target_that_the_last_run_did_not_see_has_no_earlier_certificate():
    Path("p.yaml").write_text(HISTORY_RULES)
    Path("a.pem").write_text("nothing")
    assert check()[0] == 3
    renew(OLD)
    assert set(outcomes(check("--verbose")[1]).values()) == {"not-applicable"}
