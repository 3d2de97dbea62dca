"""The GitLab component keeps to GitLab's schema, has the action's inputs, and its script does what the action does."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK
from certgate.lab.scenarios import all_scenarios
from tests.examples.other_schemas import keep_to_schema

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / ".github" / "action"))

import command_line  # noqa: E402 (the folder is no package: a runner starts its files)

HEADER, BODY = (ROOT / "templates" / "certgate" / "template.yml").read_text().split("\n---\n")
INPUTS = YAML(typ="safe").load(HEADER)["spec"]["inputs"]
ACTION = set(YAML(typ="safe").load(ROOT / "action.yml")["inputs"])
ON_GITHUB = {"annotations", "upload-sarif", "category"}
ON_GITLAB = {"job", "stage", "image", "locks"}
HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    '"}\n  script: [touch pwned]',
    "--exit-zero",
    "--",
    "ü 🔒",
]


GATE = """\
if [ "$5" = certgate.cli.main ] && [ "$6" != diff ]; then
    set -- "${{@:1:6}}" --at {clock} "${{@:7}}"
fi
exec {python} "$@"
"""
"""Starts Python; certgate has the lab's clock."""


def interpolated(**given):
    """The job as GitLab makes it: it puts the inputs into the text, arrays as JSON, and then reads YAML."""
    values = {name: said["default"] for name, said in INPUTS.items()}
    values |= {name.replace("_", "-"): value for name, value in given.items()}
    for name, value in values.items():
        if "regex" in INPUTS[name] and not re.search(INPUTS[name]["regex"].replace("$", r"\Z"), value):
            raise ValueError(name)
        assert value in INPUTS[name].get("options", [value])

    def fill(match):
        if match[1] == "component.version":
            return "1.2.3"
        value = values[match[1].removeprefix("inputs.")]
        return value if isinstance(value, str) else json.dumps(value)

    return re.sub(r"\$\[\[ ([\w.-]+) \]\]", fill, BODY)


@pytest.fixture
def run(tmp_path):
    """Runs the job's script. Installing is left out, and noted."""
    programs = tmp_path / ".certgate" / "bin"
    programs.mkdir(parents=True)
    log = tmp_path.with_suffix(".pip")
    gate = GATE.format(python=sys.executable, clock=f"{CLOCK:%Y-%m-%dT%H:%M:%SZ}")
    for name, text in {"python": gate, "pip": f'printf "%s\\n" "$@" >{log}\n', "none": ""}.items():
        (programs / name).write_text(f"#!/bin/bash\n{text}")
        (programs / name).chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(programs / "none")

    def job(**given):
        (spec,) = YAML(typ="safe").load(interpolated(**given)).values()
        variables = {name: said["value"] for name, said in spec["variables"].items() if isinstance(said, dict)}
        assert all(said["expand"] is False for said in spec["variables"].values() if isinstance(said, dict))
        environ = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "CI_PROJECT_DIR": str(tmp_path), **variables}
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(spec["script"])],
            cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        done.installed = log.read_text().splitlines() if log.exists() else []
        return done

    job.folder = tmp_path
    return job


@pytest.fixture(scope="module")
def chains(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chains")
    with Lab([all_scenarios()[name] for name in ("good-ecdsa", "expired-leaf")]) as lab:
        for file in lab.folder.glob("*.pem"):
            shutil.copy(file, folder)
    shutil.copy(next(folder.glob("*-root.pem")), folder / "root.pem")
    return folder


def judged(chains, *names, **more):
    files = [str(chains / f"{name}.pem") for name in names]
    trust = [str(chains / "root.pem")]
    return {"command": "check", "files": files, "trust": trust, "policy": "rfc5280-path", **more}


def test_it_keeps_to_gitlabs_schema(tmp_path):
    (tmp_path / "header.yml").write_text(HEADER)
    (tmp_path / "job.yml").write_text(interpolated(trust=["a b"], policy="x"))
    keep_to_schema("vendor.gitlab-ci", "--data-transform", "gitlab-ci", tmp_path / "header.yml", tmp_path / "job.yml")


def test_it_has_the_inputs_of_the_action():
    assert set(INPUTS) == ACTION - ON_GITHUB | ON_GITLAB
    assert set(INPUTS["command"]["options"]) == set(command_line.COMMANDS)
    arrays = {name for name, said in INPUTS.items() if said.get("type") == "array"}
    assert arrays == {*command_line.MANY, *command_line.WORDS, "reports", "args", "extras"}
    assert all(f'"{option}"' in BODY for option in command_line.RESERVED)


@pytest.mark.parametrize(("names", "code"), [(["good-ecdsa"], 0), (["good-ecdsa", "expired-leaf"], 1)])
def test_files_are_judged_and_the_reports_are_where_the_job_looks_for_them(run, chains, names, code):
    done = run(**judged(chains, *names, extras=["cel"]))
    assert done.returncode == code, done.stderr
    (spec,) = YAML(typ="safe").load(interpolated()).values()
    artifacts = [*spec["artifacts"]["paths"], *spec["artifacts"]["reports"].values()]
    assert all((run.folder / name).is_file() for name in artifacts)
    address = "https://github.com/OWNER/certgate/releases/download/v1.2.3/certgate-1.2.3"
    assert done.installed[-2:] == [f"--requirement={address}-run.txt", f"--requirement={address}-extra-cel.txt"]
    assert "--require-hashes" in done.installed


def test_exit_zero_and_the_history_are_switches(run, chains):
    done = run(**judged(chains, "expired-leaf", exit_zero=True, history=True))
    assert done.returncode == 0, done.stderr
    assert (run.folder / ".certgate-history").is_dir()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["forecast", "diff"])
def test_a_forecast_and_a_diff_run(run, chains, command):
    files = [str(chains / "good-ecdsa.pem")]
    if command == "diff":
        assert run(**judged(chains, "good-ecdsa")).returncode == 0
        shutil.copy(run.folder / "certgate.json", chains / "old.json")
        files = [str(chains / "old.json")] * 2
    done = run(command=command, files=files, version="0.9.0")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", sorted(set(INPUTS) - ON_GITLAB - {"command", "exit-zero", "history", "revocation", "fail-on"})
)
def test_a_hostile_value_is_refused_or_stays_one_word(run, chains, name):
    for value in HOSTILE if name in {"policy", "trust"} else HOSTILE[3:5]:
        given = [value] if INPUTS[name].get("type") == "array" else value
        try:
            done = run(**judged(chains, "expired-leaf") | {name: given})
        except ValueError:
            assert "\n" in value  # GitLab does not start such a pipeline
            continue
        assert done.returncode in {1, 2, 3}, done.stdout + done.stderr
        assert not list(run.folder.rglob("pwned"))


@pytest.mark.parametrize(
    "word", ["--report=json=x", "--repo", "--sav=x", "--conf=x", "--exit-zero", "-ojson=x", "--", "--h"]
)
def test_args_cannot_have_what_an_input_stands_for(run, chains, word):
    done = run(**judged(chains, "expired-leaf", args=[word]))
    assert (done.returncode, "the input args has" in done.stderr) == (2, True)


@pytest.mark.parametrize("version", ["1", "main", "~latest", "1.2.3/../x"])
def test_a_version_is_that_of_a_release(run, version):
    done = run(version=version)
    assert (done.returncode, "write a release" in done.stderr, done.installed) == (2, True, [])


def test_the_page_uses_it_with_inputs_that_it_has():
    page = (ROOT / "docs" / "guides" / "gitlab.md").read_text()
    text = re.search(r"<!-- tested: component -->\n```yaml\n(.*?)```", page, re.DOTALL)[1]
    (used,) = YAML(typ="safe").load(text)["include"]
    assert used["component"].endswith("/certgate/certgate@1")
    assert set(used["inputs"]) <= set(INPUTS)
    table = page.partition("<!-- tested: component -->")[2].partition("\n\ncertgate and")[0]
    assert set(re.findall(r"`([a-z]+)`", table)) >= ON_GITLAB
    assert all(f"`{name}`" in page.partition("<!--")[0] for name in ON_GITHUB)
