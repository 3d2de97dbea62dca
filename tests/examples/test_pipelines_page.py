"""The page on pipelines says what is so."""

import re
import subprocess
import sys
from pathlib import Path

import typer
from ruamel.yaml import YAML

from certgate.cli.commands import command_tree

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "pipelines.md").read_text()
ACTION = YAML(typ="safe").load(ROOT / "action.yml")


def table(heading):
    rows = re.search(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE).group(1)
    return {name for row in rows.splitlines() for name in re.findall(r"`([\w-]+)`", row.split("|")[1])}


def test_it_names_the_inputs_and_outputs_that_the_action_has():
    assert table("input") == set(ACTION["inputs"])
    assert table("output") == set(ACTION["outputs"])


def test_it_names_the_variables_that_certgate_reads():
    commands = typer.main.get_command(command_tree([])).commands.values()
    read = {parameter.envvar for command in commands for parameter in command.params if parameter.envvar}
    assert table("variable") == read | {"CERTGATE_CATEGORY"}


def test_the_workflow_is_one_and_gives_inputs_that_there_are(tmp_path):
    text = re.search(r"<!-- tested: workflow -->\n```yaml\n(.*?)```", PAGE, re.DOTALL).group(1)
    workflow = tmp_path / "workflow.yml"
    workflow.write_text(text)
    command = [
        Path(sys.executable).with_name("check-jsonschema"),
        "--builtin-schema",
        "vendor.github-workflows",
        workflow,
    ]
    assert subprocess.run(command, timeout=30, check=False).returncode == 0
    (used,) = (step for step in YAML(typ="safe").load(text)["jobs"]["certificates"]["steps"] if "OWNER" in step["uses"])
    assert set(used["with"]) <= set(ACTION["inputs"])


def test_its_links_lead_somewhere():
    for link in re.findall(r"\]\(([^)#:]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link


def test_every_template_is_named():
    for path in (ROOT / "examples" / "ci").iterdir():
        assert f"](../examples/ci/{path.name})" in PAGE
