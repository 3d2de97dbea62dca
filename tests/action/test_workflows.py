"""Workflows are part of the product."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "action.yml", *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]


def name_of(path):
    return path.name


def steps(document):
    for job in document.get("jobs", {"": document.get("runs")}).values():
        yield from job["steps"]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_actions_are_pinned_by_commit_with_the_version_beside(path):
    for line in path.read_text().splitlines():
        if "uses:" in line and not line.endswith("uses: $/"):
            assert re.search(r"uses: [\w-]+(/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_is_expanded_inside_of_a_script(path):
    for step in steps(YAML(typ="safe").load(path)):
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("path", FILES[1:], ids=name_of)
def test_a_workflow_has_no_permissions_but_those_that_a_job_asks_for_and_no_secrets(path):
    document = YAML(typ="safe").load(path)
    assert document["permissions"] == {}
    assert all(job["timeout-minutes"] for job in document["jobs"].values())
    assert "secrets." not in path.read_text()


def test_an_action_is_pinned_to_the_same_commit_everywhere():
    pins = set(re.findall(r"uses: ([\w/-]+@[0-9a-f]{40})", "".join(path.read_text() for path in FILES)))
    names = [pin.partition("@")[0] for pin in pins]
    assert sorted(names) == sorted(set(names))
