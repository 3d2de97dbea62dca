"""A runner that does with a composite action what GitHub's does, as far as this action needs it."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
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
    """Runs the steps of action.yml in a workspace. Actions that it uses are stood in for, and so may installing be.

    Caches are kept between runs and between runners that share the dictionary, as those of one branch are.
    """

    def __init__(self, folder, python=None, caches=None):
        self.workspace, self.temp = folder / "workspace", folder / "temp"
        self.workspace.mkdir(parents=True)
        self.temp.mkdir()
        self.caches = {} if caches is None else caches
        self.github = {
            "action_repository": "OWNER/certgate",
            "event.repository.default_branch": "main",
            "token": "token",
        }
        self.environ = {
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_RUN_ID": "1",
            "GITHUB_RUN_ATTEMPT": "1",
            "PATH": os.environ["PATH"],
        }
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
        outputs = ACTION["outputs"].items()
        done.outputs = {name: self._filled(said["value"], values, done.steps) for name, said in outputs}
        return done

    def _wanted(self, condition, values, done):
        if condition is None:
            return done.exit_code == 0
        match = re.fullmatch(r"\$\{\{ (!cancelled\(\) && )?(\S+) != '' \}\}", condition)
        has_value = bool(self._filled(f"${{{{ {match[2]} }}}}", values, done.steps))
        return has_value and (done.exit_code == 0 or bool(match[1]))

    def _use(self, step, values, done):
        given = {name: self._filled(value, values, done.steps) for name, value in step["with"].items()}
        name, _, _ = step["uses"].partition("@")
        if name == "actions/setup-python":
            return {"python-path": sys.executable}
        if name == "actions/cache/save":
            self.caches.setdefault(
                given["key"], Path(shutil.copytree(given["path"], tempfile.mkdtemp(), dirs_exist_ok=True))
            )
        elif name == "actions/cache/restore":
            wanted = [given["key"], given.get("restore-keys") or given["key"]]
            keys = [key for start in wanted for key in reversed(self.caches) if key.startswith(start)]
            for key in keys[:1]:
                shutil.copytree(self.caches[key], given["path"], dirs_exist_ok=True)
        else:
            assert name == "github/codeql-action/upload-sarif"
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
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_ACTIONS": "true",
            "RUNNER_TEMP": str(self.temp),
        }
        environ = {name: self._filled(str(value), values, done.steps) for name, value in step["env"].items()}
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.workspace,
            env={"HOME": str(self.temp), **runner, **self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=300,
            check=False,
        )
        done.log += ran.stdout
        done.exit_code = ran.returncode
        return _assignments(output.read_text())

    def _filled(self, text, values, steps):
        def value(word):
            if word == "toJSON(inputs)":
                return json.dumps(values)
            where, _, name = word.partition(".")
            if where in {"inputs", "github"}:
                return {"inputs": values, "github": self.github}[where][name]
            step, _, name = name.partition(".outputs.")
            return steps.get(step, {}).get(name, "")

        def first(match):
            return next((found for word in match[1].split(" || ") if (found := value(word))), "")

        return re.sub(r"\$\{\{ ([\w.()-]+(?: \|\| [\w.-]+)*) \}\}", first, str(text))


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
            "policy": "rfc5280-path",
            "at": CLOCK.isoformat(),
        }

    return of
