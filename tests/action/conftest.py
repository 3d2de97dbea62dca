"""A runner that does with a composite action what GitHub's does, as far as this action needs it."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK
from certgate.lab.scenarios import all_scenarios

ROOT = Path(__file__).parents[2]
ACTION = YAML(typ="safe").load(ROOT / "action.yml")
SCENARIOS = {"compliant": "good-ecdsa", "violated": "expired-leaf", "incomplete": "refused"}


@dataclass
class Done:
    """What a run of the action left behind."""

    exit_code: int
    log: str
    summary: str
    outputs: dict
    uploads: list = field(default_factory=list)
    steps: dict = field(default_factory=dict)

    @property
    def commands(self):
        """The workflow commands in the log that a runner obeys."""
        obeyed, token = [], None
        for line in self.log.splitlines():
            if token:
                token = None if line.strip() == f"::{token}::" else token
            elif line.startswith("::stop-commands::"):
                token = line.removeprefix("::stop-commands::")
            elif line.lstrip().startswith("::") or "##[" in line:
                obeyed.append(line)
        return obeyed


class Runner:
    """Runs the steps of action.yml in a workspace. Actions that it uses are stood in for, and so may installing be."""

    def __init__(self, folder, python=None):
        self.workspace, self.temp = folder / "workspace", folder / "temp"
        self.workspace.mkdir(parents=True)
        self.temp.mkdir()
        self._python = python

    def __call__(self, **inputs):
        inputs = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert set(inputs) <= set(ACTION["inputs"])
        values = {name: inputs.get(name, declared["default"]) for name, declared in ACTION["inputs"].items()}
        done = Done(0, "", "", {})
        page = self.temp / "summary"
        page.write_text("")
        for number, step in enumerate(ACTION["runs"]["steps"]):
            if not self._wanted(step.get("if"), values, done):
                continue
            if "uses" in step:
                done.steps[step.get("id", number)] = self._use(step, values, done)
            elif step["id"] == "install" and self._python:
                done.steps["install"] = {"python": self._python}
            else:
                done.steps[step["id"]] = self._run(step, values, done, page)
        done.summary = page.read_text()
        done.outputs = {name: _filled(said["value"], values, done.steps) for name, said in ACTION["outputs"].items()}
        return done

    def _wanted(self, condition, values, done):
        if condition is None:
            return done.exit_code == 0
        match = re.fullmatch(r"\$\{\{ !cancelled\(\) && (\S+) != '' \}\}", condition)
        return bool(_filled(f"${{{{ {match[1]} }}}}", values, done.steps))

    def _use(self, step, values, done):
        given = {name: _filled(value, values, done.steps) for name, value in step["with"].items()}
        if step["uses"].startswith("actions/setup-python@"):
            return {"python-path": sys.executable}
        done.uploads.append(given)
        return {}

    def _run(self, step, values, done, page):
        assert step["shell"] == "bash"
        output, script = self.temp / f"output-{step['id']}", self.temp / f"{step['id']}.sh"
        output.write_text("")
        script.write_text(step["run"])
        runner = {
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(page),
            "GITHUB_ACTIONS": "true",
            "RUNNER_TEMP": str(self.temp),
        }
        environ = {name: _filled(str(value), values, done.steps) for name, value in step["env"].items()}
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.workspace,
            env={"PATH": os.environ["PATH"], "HOME": str(self.temp), **runner, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        done.log += ran.stdout
        done.exit_code = ran.returncode
        return _assignments(output.read_text())


def _filled(text, values, steps):
    def value(match):
        where, _, name = match[1].partition(".")
        if where == "inputs":
            return values[name]
        step, _, name = name.partition(".outputs.")
        return steps.get(step, {}).get(name, "")

    return re.sub(r"\$\{\{ ([\w.-]+) \}\}", value, str(text))


def _assignments(text):
    blocks = re.findall(r"^([\w-]+)<<(\w+)\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^([\w-]+)<<(\w+)\n(.*?)\n\2$", "", text, flags=re.MULTILINE | re.DOTALL)
    found = {name: value for name, _, value in blocks}
    return found | dict(line.split("=", 1) for line in rest.splitlines() if line)


@pytest.fixture
def runner(tmp_path):
    """Runs the action with this interpreter, in which certgate is installed already."""
    return Runner(tmp_path, sys.executable)


@pytest.fixture
def fresh_runner(tmp_path):
    """Runs the action with everything that it does."""
    return Runner(tmp_path)


@pytest.fixture(scope="session")
def lab():
    """Three servers, for one verdict each."""
    with Lab([all_scenarios()[name] for name in SCENARIOS.values()]) as running:
        yield running


@pytest.fixture
def inputs(lab):
    """The action's inputs that give each verdict."""
    addresses = {endpoint.scenario.name: endpoint.address for endpoint in lab.endpoints}
    root = next(lab.folder.glob("*-root.pem"))

    def of(*verdicts):
        targets = "\n".join(addresses[SCENARIOS[verdict]] for verdict in verdicts)
        return {
            "targets": targets,
            "trust": str(root),
            "policy": str(lab.folder / "gate.yaml"),
            "at": CLOCK.isoformat(),
        }

    (lab.folder / "gate.yaml").write_text("rules: [{rule: trust.anchor}, {rule: validity.expired}]")
    return of
