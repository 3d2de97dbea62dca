"""The templates for many machines: their shards and the merge, run as far as that goes without their services."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK
from certgate.lab.scenarios import all_scenarios
from tests.examples.other_schemas import keep_to_kubernetes, keep_to_schema

CI = Path(__file__).parents[2] / "examples" / "ci"


def yaml(name):
    return list(YAML(typ="safe").load_all((CI / name).read_text()))


def of_github():
    jobs = yaml("github-shards.yml")[0]["jobs"]
    observe, gate = (
        next(step["run"] for step in jobs[job]["steps"] if step.get("name") == name)
        for job, name in (("shard", "Observe"), ("certificates", "Gate"))
    )
    numbers = jobs["shard"]["strategy"]["matrix"]["shard"]
    bring = "mkdir journals; mv journal-* journals; "
    return [(observe, {"SHARD": str(number)}) for number in numbers], bring + gate


def of_gitlab():
    (jobs,) = yaml("gitlab-shards.yml")
    count = jobs["shards"]["parallel"]
    observe, gate = ("\n".join(jobs[job]["script"]) for job in ("shards", "certgate"))
    environments = [{"CI_NODE_INDEX": str(n), "CI_NODE_TOTAL": str(count)} for n in range(1, count + 1)]
    return [(observe, environment) for environment in environments], gate


def of_kubernetes():
    _, shards, merge = yaml("kubernetes-shards.yaml")
    observe, gate = (
        job["spec"]["template"]["spec"]["containers"][0]["args"][0]
        .replace("/etc/certgate", ".")
        .replace("/journals", "journals")
        .replace("/tmp/", "./")
        for job in (shards, merge)
    )
    count = shards["spec"]["completions"]
    return [("mkdir -p journals\n" + observe, {"JOB_COMPLETION_INDEX": str(n)}) for n in range(count)], gate


TEMPLATES = {"github-shards.yml": of_github, "gitlab-shards.yml": of_gitlab, "kubernetes-shards.yaml": of_kubernetes}


@pytest.fixture
def run(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    gate = f'#!/bin/sh\nexec {sys.executable} -m certgate.cli.main "$@" --at {CLOCK:%Y-%m-%dT%H:%M:%SZ}\n'
    for name, content in {"certgate": gate, "pip": "#!/bin/sh\n"}.items():
        (programs / name).write_text(content)
        (programs / name).chmod(0o755)

    def one(script, environment):
        environ = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path), **environment}
        command = ["bash", "-e", "-c", script]
        return subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120, check=False
        )

    return one


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", TEMPLATES)
def test_the_shards_leave_journals_and_the_merge_is_the_gate(run, tmp_path, name):
    shards, merge = TEMPLATES[name]()
    with Lab([all_scenarios()[one] for one in ("good-ecdsa", "expired-leaf")]) as lab:
        for file in [lab.config_file, *lab.folder.glob("*-root.pem")]:
            shutil.copy(file, tmp_path)
        done = [run(*shard) for shard in shards]
        assert [one.returncode for one in done] == [0] * len(shards), [one.stderr for one in done]
        (tmp_path / "certgate.yaml").rename(tmp_path / "bad.yaml")
        mistaken = run(*shards[0])
        (tmp_path / "bad.yaml").rename(tmp_path / "certgate.yaml")
    assert mistaken.returncode == (2 if name == "kubernetes-shards.yaml" else 1)
    gate = run(merge, {})
    assert gate.returncode == 1, gate.stderr
    assert "validity.expired" in gate.stdout
    assert (tmp_path / "certgate.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "schema", "options"),
    [
        ("gitlab-shards.yml", "vendor.gitlab-ci", ["--data-transform", "gitlab-ci"]),
        ("github-shards.yml", "vendor.github-workflows", []),
    ],
)
def test_a_template_keeps_to_its_schema(name, schema, options):
    keep_to_schema(schema, *options, CI / name)


def test_the_jobs_keep_to_the_schema_of_kubernetes():
    keep_to_kubernetes(CI / "kubernetes-shards.yaml")
