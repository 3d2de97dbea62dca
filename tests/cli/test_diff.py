"""`certgate diff`: from two runs on the command line to the exit code."""

import gzip
import json
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, make_key, pem

ROOT = issue("Root", ca=True, days=3650)
KEY = make_key()
OLD = issue("a.example", issuer=ROOT, sans=["a.example"], key=KEY, days=300)
RENEWED = issue("a.example", issuer=ROOT, sans=["a.example", "b.example"], key=KEY, days=301)
LONG = issue("a.example", issuer=ROOT, sans=["a.example"], key=KEY, days=900)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("root.pem").write_bytes(pem(ROOT))
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: validity.max-lifetime, max_days: 398}]")


def run(name, leaf):
    """Check a.pem with this leaf; the run's report and observations are NAME.json and NAME.jsonl."""
    Path("a.pem").write_bytes(pem(leaf))
    reports = ["--report", f"json={name}.json", "--save", f"{name}.jsonl", "--report", f"jsonl={name}.report.jsonl"]
    options = ["--policy", "p.yaml", "--trust", "root.pem", "--at", CLOCK.isoformat(), "--quiet"]
    return cli.run(["check", "a.pem", *options, *reports])


def diff(*arguments):
    return cli.run(["diff", *arguments])


def test_a_renewal_is_told_and_fails_nothing(capsys):
    assert (run("old", OLD), run("new", RENEWED)) == (0, 0)
    capsys.readouterr()
    assert diff("old.json", "new.json", "--fail-on", "new") == 0
    out = capsys.readouterr().out
    assert "a.pem  leaf CN=a.example renewed with the same key; " in out
    assert "names added: DNS:b.example" in out
    assert out.splitlines()[-1] == "0 new, 0 fixed; 0 still there; 1 certificate changed"


@pytest.mark.parametrize(("fail_on", "code"), [((), 0), (("--fail-on", "new"), 1)])
def test_a_new_violation_is_1_only_when_asked(fail_on, code):
    assert (run("old", OLD), run("new", LONG)) == (0, 1)
    assert diff("old.json", "new.json", *fail_on) == code
    assert diff("new.json", "new.json", *fail_on) == 0


def test_a_target_that_can_no_longer_be_observed_is_3():
    run("old", OLD)
    Path("a.pem").write_text("nothing")
    assert cli.run(["check", "a.pem", "--policy", "p.yaml", "--trust", "root.pem", "--report", "json=new.json"]) == 3
    assert diff("old.json", "new.json", "--fail-on", "new", "--report", "json=d.json") == 3
    told = json.loads(Path("d.json").read_text())
    assert [one["target"] for one in told["targets"]["unreachable"]] == ["a.pem"]
    assert diff("new.json", "old.json", "--fail-on", "new") == 0


def test_saved_observations_tell_certificates_and_with_a_policy_findings(capsys):
    run("old", OLD)
    run("new", LONG)
    capsys.readouterr()
    assert diff("old.jsonl", "new.jsonl") == 0
    out = capsys.readouterr().out
    assert "renewed with the same key" in out
    assert "findings not compared" in out
    assert diff("old.jsonl", "new.jsonl", "--policy", "p.yaml", "--trust", "root.pem", "--fail-on", "new") == 1
    assert "validity.max-lifetime" in capsys.readouterr().out
    assert diff("old.json", "new.jsonl", "--policy", "p.yaml", "--trust", "root.pem", "--fail-on", "new") == 1
    assert diff("old.json", "new.jsonl") == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["old.jsonl", "new.jsonl", "--fail-on", "new"], "--fail-on new needs findings"),
        (["old.json", "new.json", "--policy", "p.yaml"], "--policy is for saved observations"),
        (["old.report.jsonl", "new.report.jsonl", "--policy", "p.yaml"], "--policy is for saved observations"),
        (["old.report.jsonl", "cut.report.jsonl"], "cut.report.jsonl: the end is missing"),
        (["old.jsonl", "new.jsonl", "--trust", "root.pem"], "--trust needs --policy"),
        (["old.json", "absent.json"], "absent.json: "),
        (["old.json", "absent.jsonl"], "absent.jsonl: "),
        (["old.json", "p.yaml"], "p.yaml: is not JSON"),
        (["old.json", "cut.json"], "cut.json: is not JSON"),
        (["old.jsonl", "cut.jsonl"], "cut.jsonl is incomplete: "),
        (["old.jsonl", "cut.jsonl", "--policy", "p.yaml", "--trust", "root.pem"], "cut.jsonl is incomplete: "),
        (["old.json", "new.json", "--report", "junit=x.xml"], "junit is about one run; there are terminal, json"),
        (["old.json", "new.json", "--report", "html=x/"], "a comparison is one file; name it"),
        (["old.json", "new.json", "--report", "json={label.team}.json"], "a comparison is one file; name it"),
        (["old.json", "new.json", "--report", "json", "--report", "text"], "go to standard output"),
        (["old.json", "new.json", "--report", "json=old.json"], "this run reads that file"),
        (["old.json", "new.json", "--report", "json=no/d.json"], "its folder does not exist"),
    ],
)
def test_a_mistake_is_2_and_leaves_files_as_they_were(arguments, message, capsys):
    run("old", OLD)
    run("new", LONG)
    for name in ("new.json", "new.jsonl", "new.report.jsonl"):
        text = Path(name).read_bytes()
        Path(name.replace("new", "cut")).write_bytes(text[: text.rindex(b"\n", 0, -1) + 1])
    before = {path: path.read_bytes() for path in Path().iterdir()}
    capsys.readouterr()
    assert diff(*arguments) == 2
    assert message in capsys.readouterr().err
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_reports_go_where_they_are_sent(capsys):
    run("old", OLD)
    run("new", LONG)
    capsys.readouterr()
    assert (
        diff("old.json", "new.json", "--report", "json", "--report", "markdown=d.md", "--report", "slack=s.json") == 0
    )
    assert json.loads(capsys.readouterr().out)["diff_version"] == 1
    assert Path("d.md").read_text().startswith("## certgate: 1 new, 0 fixed")
    assert list(json.loads(Path("s.json").read_text())) == ["text"]
    assert diff("old.json", "new.json", "--report", "terminal=t.txt") == 0
    assert capsys.readouterr().out == ""


def test_reports_of_json_lines_and_compressed_files_are_read_too(capsys):
    run("old", OLD)
    run("new", LONG)
    capsys.readouterr()
    for name in ("old.jsonl", "new.jsonl", "old.report.jsonl", "new.report.jsonl"):
        Path(f"{name}.gz").write_bytes(gzip.compress(Path(name).read_bytes()))
    told = set()
    for ending in ("json", "report.jsonl", "report.jsonl.gz"):
        assert diff(f"old.{ending}", f"new.{ending}", "--fail-on", "new") == 1
        told.add(capsys.readouterr().out.partition("\n")[2])
    assert len(told) == 1
    assert diff("old.jsonl.gz", "new.jsonl.gz", "--policy", "p.yaml", "--trust", "root.pem", "--fail-on", "new") == 1
    assert diff("old.report.jsonl", "new.jsonl") == 0


@pytest.mark.parametrize("of", ["new.jsonl", "new.report.jsonl"])
def test_a_compressed_file_that_is_cut_off_is_2(of, capsys):
    run("new", OLD)
    Path("cut.jsonl.gz").write_bytes(gzip.compress(Path(of).read_bytes())[:-9])
    capsys.readouterr()
    assert diff("new.json", "cut.jsonl.gz") == 2
    assert "cut.jsonl.gz: is not a whole gzip file" in capsys.readouterr().err


def test_saved_observations_say_of_which_part_they_are(capsys):
    Path("b.pem").write_bytes(pem(OLD))
    run("old", OLD)
    options = ["--policy", "p.yaml", "--trust", "root.pem", "--at", CLOCK.isoformat()]
    assert cli.run(["check", "a.pem", "b.pem", *options, "--only", "a.pem", "--save", "part.jsonl"]) == 0
    for more in ((), ("--policy", "p.yaml", "--trust", "root.pem")):
        assert diff("old.jsonl", "part.jsonl", *more) == 2
        assert "different --only" in capsys.readouterr().err
        assert diff("part.jsonl", "part.jsonl", *more) == 0


def test_the_report_of_a_part_is_compared_with_that_of_the_same_part_alone(capsys):
    Path("b.pem").write_bytes(pem(OLD))
    run("old", OLD)
    options = ["--policy", "p.yaml", "--trust", "root.pem", "--at", CLOCK.isoformat()]
    assert cli.run(["check", "a.pem", "b.pem", *options, "--only", "a.pem", "--report", "json=part.json"]) == 0
    assert diff("old.json", "part.json") == 2
    assert "different --only" in capsys.readouterr().err
    assert diff("part.json", "part.json") == 0
