"""The page on pipelines says what is so."""

import json
import os
import re
import sys
from pathlib import Path

import pytest
import typer
from ruamel.yaml import YAML

from certgate.cli.commands import command_tree
from tests.examples.other_schemas import keep_to_schema

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / ".github" / "action"))

from command_line import asked_reports, command_line  # noqa: E402 (the folder is no package: a runner starts its files)
from inputs import Inputs  # noqa: E402 (likewise)

GUIDES = ROOT / "docs" / "guides"
PAGE = (GUIDES / "pipelines.md").read_text()
ACTION = YAML(typ="safe").load(ROOT / "action.yml")


def table(heading):
    rows = re.search(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE).group(1)
    return {name for row in rows.splitlines() for name in re.findall(r"`([\w-]+)`", row.split("|")[1])}


def cells(*words):
    return "| " + " | ".join(word.replace("|", r"\|") for word in words) + " |\n"


def rows():
    """The tables of inputs and outputs as action.yml has them."""
    for name, said in ACTION["inputs"].items():
        text = re.sub(r" Default: [^.]*(?:\.[^ .][^.]*)*\.$", "", said["description"])
        default = said["default"] or (re.search(r" Default: (.*)\.$", said["description"]) or ["", ""])[1]
        yield "INPUTS", cells(f"`{name}`", text, f"`{default}`" if said["default"] else default)
    for name, said in ACTION["outputs"].items():
        yield "OUTPUTS", cells(f"`{name}`", said["description"])


def test_its_tables_are_those_of_the_action():
    """CERTGATE_REGENERATE=1 writes them again."""
    shown = page = (GUIDES / "github.md").read_text()
    for heading, kind in ((cells("input", "meaning", "default"), "INPUTS"), (cells("output", "meaning"), "OUTPUTS")):
        table = "".join(row for of, row in rows() if of == kind)
        page = re.sub(
            rf"({re.escape(heading)}\|[-|]+\n)(?:(?:\|.*|{kind})\n)*", lambda m, table=table: m[1] + table, page
        )
    if os.environ.get("CERTGATE_REGENERATE"):
        (GUIDES / "github.md").write_text(page)
    assert page == shown


def test_it_names_the_variables_that_certgate_reads():
    commands = typer.main.get_command(command_tree([])).commands.values()
    read = {parameter.envvar for command in commands for parameter in command.params if parameter.envvar}
    assert table("variable") == read | {"CERTGATE_CATEGORY"}


WORKFLOWS = {
    f"{path.name}-{number}": text
    for path in (ROOT / "README.md", GUIDES / "github.md")
    for number, text in enumerate(
        re.findall(r"<!-- tested: workflow -->\n```yaml\n(.*?)```", path.read_text(), re.DOTALL)
    )
} | {path.name: path.read_text() for path in (ROOT / "examples" / "ci").glob("github-*.yml")}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_is_one_and_its_inputs_make_a_command_line(name, tmp_path):
    workflow = tmp_path / "workflow.yml"
    workflow.write_text(WORKFLOWS[name])
    keep_to_schema("vendor.github-workflows", workflow)
    steps = [step for job in YAML(typ="safe").load(workflow)["jobs"].values() for step in job["steps"]]
    for step in steps:
        if "OWNER/certgate@" in step.get("uses", ""):
            values = {name: said["default"] for name, said in ACTION["inputs"].items()}
            assert set(step["with"]) <= set(values)
            inputs = Inputs({"INPUTS": json.dumps(values | step["with"])})
            assert command_line(inputs, [f"{form}={path}" for form, path in asked_reports(inputs)])


def test_the_readme_and_the_guide_have_whole_workflows():
    assert {name.partition("-")[0] for name in WORKFLOWS} == {"README.md", "github.md", "github"}


def test_every_template_is_named():
    for path in (ROOT / "examples" / "ci").iterdir():
        assert f"](../../examples/ci/{path.name})" in PAGE
