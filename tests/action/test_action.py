"""The action gives a job certgate's verdict, whatever its inputs hold."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import certgate

ROOT = Path(__file__).parents[2]
ACTION_INPUTS = [name.replace("-", "_") for name in YAML(typ="safe").load(ROOT / "action.yml")["inputs"]]
HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "a\n::set-output name=verdict::compliant\n  ::error::pwned",
    "x\nverdict=compliant\nverdict<<EOF\ncompliant\nEOF",
    "--help",
    "##[add-mask]pwned",
    "\x1b[31mred\x07",
]


def slow(*values):
    """Each run of the action is several processes, so that one of each kind has to do for `make test`."""
    return pytest.param(*values, marks=pytest.mark.slow)


def exit_and_verdict(done):
    return done.exit_code, done.outputs["verdict"], done.outputs["exit-code"]


@pytest.mark.parametrize(("verdict", "code"), [("compliant", 0), ("violated", 1), ("incomplete", 3)])
def test_a_verdict_is_the_exit_code_the_outputs_and_the_page_of_the_job(runner, inputs, verdict, code):
    done = runner(**inputs(verdict))
    assert exit_and_verdict(done) == (code, verdict, str(code))
    counts = json.loads(done.outputs["counts"])
    assert counts["targets"] == counts[verdict] == 1
    assert counts["violations"] == (verdict == "violated")
    reports = json.loads(done.outputs["reports"])
    assert list(reports) == ["json"]
    assert json.loads(Path(reports["json"]).read_text())["summary"]["verdict"] == verdict
    assert verdict in done.summary.splitlines()[0]
    assert [line.split(" ")[0] for line in done.commands] == ([] if verdict == "compliant" else ["::error"])
    assert f"{verdict}  1 target" in done.log
    assert done.uploads == []
    assert list(runner.workspace.iterdir()) == []


@pytest.mark.parametrize("verdict", ["violated", "incomplete"])
def test_exit_zero_lets_the_job_go_on_and_tells_the_verdict(runner, inputs, verdict):
    done = runner(**inputs(verdict), exit_zero="true")
    assert exit_and_verdict(done) == (0, verdict, "0")
    assert json.loads(done.outputs["counts"])[verdict] == 1


def test_exit_zero_does_not_hide_a_mistake(runner, inputs):
    done = runner(**inputs("violated") | {"trust": "none.pem"}, exit_zero="true")
    assert exit_and_verdict(done) == (2, "misconfigured", "2")


def test_violated_wins_over_incomplete_and_targets_may_stand_on_one_line(runner, inputs):
    given = inputs("compliant", "incomplete", "violated")
    done = runner(**given | {"targets": given["targets"].replace("\n", "  ")})
    assert exit_and_verdict(done) == (1, "violated", "1")
    assert json.loads(done.outputs["counts"]) == {
        "targets": 3,
        "compliant": 1,
        "violated": 1,
        "incomplete": 1,
        "violations": 1,
        "not_checked": json.loads(done.outputs["counts"])["not_checked"],
        "warnings": 0,
    }


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"policy": "webpki-pubic"}, "did you mean"),
        slow({"targets": ""}, "no target"),
        slow({"targets": "--help"}, "--help"),
        ({"targets": "--report=json=/tmp/x a.example"}, "is not a host name"),
        slow({"config": "nothing.yaml"}, "nothing.yaml: cannot be read"),
        slow({"fail-on": "fatal"}, "fatal"),
        ({"annotations": "yes"}, 'the input annotations is "yes"; write true or false'),
        slow({"upload-sarif": ""}, "the input upload-sarif"),
        slow({"version": "1"}, 'the input version is "1"'),
        ({"reports": "junit"}, "write FORMAT=PATH"),
        slow({"reports": "json=-"}, "write FORMAT=PATH"),
        slow({"reports": "github-summary=x"}, "write FORMAT=PATH"),
        slow({"reports": "json=nowhere/x"}, "its folder does not exist"),
    ],
    ids=str,
)
def test_a_mistake_is_2_and_said_in_the_log_as_an_annotation_and_on_the_page(runner, inputs, wrong, said):
    done = runner(**inputs("violated") | {name.replace("-", "_"): value for name, value in wrong.items()})
    assert exit_and_verdict(done) == (2, "misconfigured", "2")
    assert [line.split(":: ")[0][:24] for line in done.commands] == ["::error title=certgate::"]
    assert said in done.commands[0]
    assert said in done.summary
    assert (done.outputs["counts"], done.outputs["reports"]) == ("{}", "{}")
    assert list(runner.workspace.iterdir()) == []


@pytest.mark.parametrize("value", [*map(slow, HOSTILE[:4]), *HOSTILE[4:6], *map(slow, HOSTILE[6:])], ids=ascii)
def test_no_input_is_executed_or_obeyed_or_sets_an_output(runner, inputs, value):
    text = (
        "targets",
        "config",
        "policy",
        "trust",
        "at",
        "fail_on",
        "reports",
        "version",
        "annotations",
        "upload_sarif",
    )
    done = runner(**inputs("violated") | dict.fromkeys(text, value) | {"category": value})
    assert exit_and_verdict(done) == (2, "misconfigured", "2")
    assert len(done.commands) == 1
    assert done.commands[0].startswith("::error title=certgate::certgate: ")
    assert not list(runner.workspace.iterdir())
    assert "\x1b" not in done.summary + done.commands[0]
    quoted = done.summary.partition("Nothing was observed.\n\n")[2].splitlines()
    assert all(line.startswith("    ") for line in quoted if line)


@pytest.mark.parametrize("value", [HOSTILE[3], *map(slow, HOSTILE[4:6])], ids=ascii)
def test_a_hostile_target_is_certgates_to_refuse(runner, inputs, value):
    done = runner(**inputs("violated") | {"targets": value})
    assert exit_and_verdict(done) == (2, "misconfigured", "2")
    assert len(done.commands) == 1
    assert not list(runner.workspace.iterdir())


def test_modules_in_the_workspace_are_not_certgates(runner, inputs):
    for name in ("certgate", "rich", "json", "sitecustomize"):
        (runner.workspace / f"{name}.py").write_text("raise SystemExit(0)")
    assert exit_and_verdict(runner(**inputs("violated"))) == (1, "violated", "1")


@pytest.mark.slow
def test_reports_are_written_where_they_are_asked_for_and_named_in_the_outputs(runner, inputs):
    (runner.workspace / "out").mkdir()
    done = runner(**inputs("violated"), reports="junit=out/a b.xml\njson=all.json\n", annotations="false")
    assert done.exit_code == 1
    assert json.loads(done.outputs["reports"]) == {"json": "all.json", "junit": "out/a b.xml"}
    assert sorted(p.name for p in runner.workspace.rglob("*")) == ["a b.xml", "all.json", "out"]
    assert done.commands == []
    assert json.loads(done.outputs["counts"])["violated"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("verdict", ["compliant", "violated"])
def test_sarif_is_uploaded_for_every_verdict_under_its_category(runner, inputs, verdict):
    done = runner(**inputs(verdict), upload_sarif="true", category="edge")
    assert len(done.uploads) == 1
    assert done.uploads[0]["category"] == "edge"
    (run,) = json.loads(Path(done.uploads[0]["sarif_file"]).read_text())["runs"]
    assert run["automationDetails"] == {"id": "edge/"}
    assert len(run["results"]) == (verdict != "compliant")


@pytest.mark.slow
def test_what_the_baseline_knows_does_not_stop_the_job(runner, inputs, lab):
    known = runner.workspace / "known.json"
    given = inputs("violated")
    command = [sys.executable, "-m", "certgate.cli.main", "scan", given["targets"], "--write-baseline", known]
    words = [f"--{name}={given[name]}" for name in ("trust", "policy", "at")]
    subprocess.run([*command, *words], stdout=subprocess.DEVNULL, timeout=30, check=False)
    assert exit_and_verdict(runner(**given, baseline="known.json")) == (0, "compliant", "0")


def test_nothing_is_uploaded_after_a_mistake(runner, inputs):
    assert runner(**inputs("violated") | {"policy": "nothing"}, upload_sarif="true").uploads == []


def test_the_locks_hold_every_dependency_with_hashes():
    lock = "".join((ROOT / "requirements" / name).read_text() for name in ("run.txt", "build.txt"))
    locked = {line.partition("==")[0] for line in lock.splitlines() if line and line[0].isalnum()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    assert {re.split("[<>=]", name)[0].lower().replace(".", "-") for name in wanted} <= locked
    assert lock.count("==") <= lock.count("--hash=sha256:")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_action_installs_itself_beside_everything_else(fresh_runner, inputs):
    before = {path: path.stat().st_mtime_ns for path in ROOT.glob("*") if path.name[0] != "."}
    done = fresh_runner(**inputs("violated"))
    assert exit_and_verdict(done) == (1, "violated", "1"), done.log
    python = Path(done.steps["install"]["python"])
    assert python.is_relative_to(fresh_runner.temp)
    assert python != Path(sys.executable)
    assert before == {path: path.stat().st_mtime_ns for path in ROOT.glob("*") if path.name[0] != "."}
    assert list(fresh_runner.workspace.iterdir()) == []
