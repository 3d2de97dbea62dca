"""The action gives a job certgate's verdict, whatever its inputs hold."""

import base64
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from certgate.cli import main as cli
from tests.action.conftest import ACTION, ROOT, SCENARIOS, Runner

ACTION_INPUTS = [name.replace("-", "_") for name in ACTION["inputs"]]

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


@pytest.mark.parametrize(("verdict", "code"), [("compliant", 0), slow("violated", 1), ("incomplete", 3)])
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


@pytest.mark.parametrize("verdict", [slow("violated"), "incomplete"])
def test_exit_zero_lets_the_job_go_on_and_tells_the_verdict(runner, inputs, verdict):
    done = runner(**inputs(verdict), exit_zero="true")
    assert exit_and_verdict(done) == (0, verdict, "0")
    assert json.loads(done.outputs["counts"])[verdict] == 1


def test_exit_zero_does_not_hide_a_mistake_and_nothing_is_uploaded_after_one(runner, inputs):
    done = runner(**inputs("violated") | {"trust": "none.pem"}, exit_zero="true", upload_sarif="true")
    assert exit_and_verdict(done) == (2, "misconfigured", "2")
    assert done.uploads == []


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
        slow({"targets": "--report=json=/tmp/x a.example"}, "is not a host name"),
        slow({"config": "nothing.yaml"}, "nothing.yaml: cannot be read"),
        slow({"fail-on": "fatal"}, "fatal"),
        ({"annotations": "yes"}, 'the input annotations is "yes"; write true or false'),
        slow({"upload-sarif": ""}, "the input upload-sarif"),
        slow({"version": "1"}, 'the input version is "1"'),
        slow({"reports": "junit"}, "write FORMAT=PATH"),
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


@pytest.mark.parametrize("value", [*map(slow, HOSTILE[:5]), HOSTILE[5], *map(slow, HOSTILE[6:])], ids=ascii)
def test_no_input_is_executed_or_obeyed_or_sets_an_output(runner, inputs, value):
    done = runner(**dict.fromkeys(ACTION_INPUTS, value))
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


def test_the_locks_hold_every_dependency_with_hashes():
    lock = "".join((ROOT / "requirements" / name).read_text() for name in ("run.txt", "build.txt"))
    locked = {line.partition("==")[0] for line in lock.splitlines() if line and line[0].isalnum()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    assert {re.split("[<>=]", name)[0].lower().replace(".", "-") for name in wanted} <= locked
    assert lock.count("==") <= lock.count("--hash=sha256:")


def hostile_inputs():
    """Each input with hostile values of several kinds; test_command_line.py has more of them, without a runner."""
    cases = [(name, HOSTILE[number]) for name in ACTION_INPUTS for number in (0, 4, 5)]
    fast = ("args", HOSTILE[4])
    return [case if case == fast else slow(*case) for case in cases if case[0] != "targets"]


@pytest.mark.parametrize(("name", "value"), hostile_inputs(), ids=ascii)
def test_a_hostile_value_of_one_input_changes_nothing_but_what_the_input_is_for(runner, inputs, name, value):
    done = runner(**inputs("violated") | {name: value})
    assert exit_and_verdict(done) in [(1, "violated", "1"), (2, "misconfigured", "2")]
    assert all(line.startswith("::error ") for line in done.commands)
    assert not [path for path in runner.workspace.rglob("*") if "pwned" in path.name]
    assert set(done.outputs) == set(ACTION["outputs"])
    assert "\x1b" not in done.summary


@pytest.fixture
def chains(runner, lab):
    """The lab's chains as files in the workspace."""
    for name in SCENARIOS.values():
        for file in lab.folder.glob(f"{name}.pem"):
            shutil.copy(file, runner.workspace)
    return runner.workspace


def judged(inputs, **more):
    return {name: value for name, value in inputs().items() if name != "targets"} | more


def test_files_are_checked_and_a_violation_is_annotated_at_its_file(runner, inputs, chains):
    done = runner(**judged(inputs, command="check", files="good-ecdsa.pem\nexpired-leaf.pem", name="localhost"))
    assert exit_and_verdict(done) == (1, "violated", "1"), done.log
    assert json.loads(done.outputs["counts"])["compliant"] == 1
    assert [line.partition(",title")[0] for line in done.commands] == ["::error file=expired-leaf.pem,line=1"]


@pytest.mark.parametrize("changed", [*map(slow, ["tls/chain.pem", "certgate.yaml", "mistake"]), "deploy/secret.yaml"])
def test_one_step_checks_what_a_pull_request_changes_with_the_line_that_is_wrong(runner, inputs, lab, changed):
    """A certificate, a manifest, and a configuration that declares another file or is wrong itself."""
    write_repository(runner.workspace, lab)
    expired = (lab.folder / "expired-leaf.pem").read_text()
    if changed == "tls/chain.pem":
        (runner.workspace / changed).write_text("# renewed\n" + expired)
        line = 2
    elif changed == "deploy/secret.yaml":
        (runner.workspace / changed).write_text(secret_with(expired))
        line = 5
    else:
        (runner.workspace / "tls/old.pem").write_text(expired)
        word = "fille" if changed == "mistake" else "file"
        with (runner.workspace / "certgate.yaml").open("a") as file:
            file.write(f"  - {word}: tls/old.pem\n")
        changed, line = ("certgate.yaml", 6) if word == "fille" else ("tls/old.pem", 1)
    done = runner(command="check", config="certgate.yaml", at=inputs()["at"])
    assert done.exit_code == (2 if "mistake" in changed or line == 6 else 1), done.log
    assert [command.split(",title")[0].split(",col")[0] for command in done.commands] == [
        f"::error file={changed},line={line}"
    ]


def secret_with(chain):
    data = base64.b64encode(chain.encode()).decode()
    head = "apiVersion: v1\nkind: Secret\nmetadata: {name: edge, namespace: shop}\ndata:\n"
    return f"{head}  tls.crt: {data}\ntype: kubernetes.io/tls\n"


def write_repository(folder, lab):
    """A repository with a chain, a Secret and a configuration that declares both; all compliant."""
    good = (lab.folder / "good-ecdsa.pem").read_text()
    for name in ("tls", "deploy", "pki"):
        (folder / name).mkdir()
    shutil.copy(next(lab.folder.glob("*-root.pem")), folder / "pki" / "root.pem")
    (folder / "gate.yaml").write_text("rules: [{rule: trust.anchor}, {rule: validity.expired}]")
    (folder / ".git").mkdir()
    (folder / "tls" / "chain.pem").write_text(good)
    (folder / "deploy" / "secret.yaml").write_text(secret_with(good))
    targets = "  - file: tls/chain.pem\n  - manifest: deploy/secret.yaml\n"
    (folder / "certgate.yaml").write_text(f"policy: gate.yaml\ntrust: [pki/root.pem]\ntargets:\n{targets}")


def test_the_working_directory_is_where_paths_begin_and_outputs_begin_at_the_workspace(runner, inputs, lab):
    (runner.workspace / "apps" / "edge").mkdir(parents=True)
    (runner.workspace / ".git").mkdir()
    shutil.copy(lab.folder / "expired-leaf.pem", runner.workspace / "apps" / "edge")
    given = judged(
        inputs, command="check", files="expired-leaf.pem", reports="html=a.html", working_directory="apps/edge"
    )
    done = runner(**given)
    assert exit_and_verdict(done) == (1, "violated", "1"), done.log
    assert done.outputs["html"] == "apps/edge/a.html"
    assert (runner.workspace / done.outputs["html"]).is_file()
    assert done.commands[0].startswith("::error file=apps/edge/expired-leaf.pem,line=1,")
    assert exit_and_verdict(runner(**given | {"working_directory": "nowhere"})) == (2, "misconfigured", "2")


def test_a_forecast_says_what_is_to_come_and_gives_no_verdict(runner, inputs, chains):
    done = runner(**judged(inputs, command="forecast", files="good-ecdsa.pem"))
    assert exit_and_verdict(done) == (0, "", "0"), done.log
    forecast = json.loads(Path(done.outputs["json"]).read_text())
    assert any(event["rule"] == "validity.expired" for event in forecast["events"])
    assert "  validity.expired  good-ecdsa.pem, leaf" in done.summary
    assert "  validity.expired  good-ecdsa.pem, leaf" in done.log
    assert done.commands == []


def test_a_diff_says_what_is_new_and_fails_if_it_is_asked_to(runner, inputs, chains, monkeypatch):
    monkeypatch.chdir(chains)
    words = [f"--{name}={value}" for name, value in judged(inputs).items()]
    for name, file in (("old", "good-ecdsa"), ("new", "expired-leaf")):
        shutil.copy(f"{file}.pem", "chain.pem")
        cli.run(["check", "chain.pem", *words, f"--report=json={name}.json"])
    files = "old.json\nnew.json"
    done = runner(command="diff", files=files, reports="html=diff.html")
    assert exit_and_verdict(done) == (0, "", "0"), done.log
    assert (done.outputs["new"], done.outputs["fixed"], done.outputs["html"]) == ("1", "0", "diff.html")
    assert "1 new, 0 fixed" in done.summary
    assert exit_and_verdict(runner(command="diff", files=files, fail_on="new")) == (1, "violated", "1")


@pytest.mark.parametrize("args", ["--help-al", slow("--show-completion")])
def test_words_that_make_certgate_end_without_a_run_are_no_pass(runner, inputs, args):
    assert runner(**inputs("violated"), args=args).exit_code != 0


def test_a_run_of_the_default_branch_keeps_its_history_and_every_run_compares_with_it(tmp_path, inputs, lab):
    caches, found = {}, {}
    shutil.copy(lab.folder / "good-ecdsa.pem", tmp_path / "chain.pem")
    for number, (event, ref) in enumerate(
        [
            ("schedule", "refs/heads/main"),
            ("pull_request", "refs/pull/1/merge"),
            ("workflow_dispatch", "refs/heads/main"),
        ],
    ):
        runner = Runner(tmp_path / str(number), sys.executable, caches)
        runner.environ |= {"GITHUB_EVENT_NAME": event, "GITHUB_REF": ref, "GITHUB_RUN_ID": str(number)}
        shutil.copy(lab.folder / ("expired-leaf.pem" if number else "good-ecdsa.pem"), runner.workspace / "chain.pem")
        done = runner(**judged(inputs, command="check", files="chain.pem", history="true"))
        found[event] = (done.outputs["new"], done.outputs["fixed"], len(caches))
        assert done.exit_code == (1 if number else 0), done.log
        shutil.rmtree(runner.temp)
    assert found == {
        "schedule": ("", "", 1),
        "pull_request": ("1", "0", 1),
        "workflow_dispatch": ("1", "0", 2),
    }


@pytest.mark.slow
def test_the_histories_of_two_categories_are_apart(tmp_path, inputs, lab):
    caches = {}
    for number, category in enumerate(("edge", "edge", "../core")):
        runner = Runner(tmp_path / str(number), sys.executable, caches)
        runner.environ["GITHUB_RUN_ID"] = str(number)
        shutil.copy(lab.folder / "good-ecdsa.pem", runner.workspace)
        done = runner(**judged(inputs, command="check", files="good-ecdsa.pem", history="true", category=category))
        assert done.outputs["new"] == ("0" if number == 1 else "")
    assert len({key.rpartition("-")[0].rpartition("-")[0] for key in caches}) == 2


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
