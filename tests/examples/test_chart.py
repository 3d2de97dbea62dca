"""The Helm chart, as far as Helm is not needed: tests/integration renders and installs it."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import yaml

from certgate import __version__

CHART = Path(__file__).parents[2] / "deploy/helm/certgate"
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())


def test_the_readme_has_every_value():
    readme = (CHART / "README.md").read_text()
    table = [row.split("|")[1] for row in readme.splitlines() if row.startswith("| `")]
    said = set()
    for cell in table:
        names = re.findall(r"`([^`]+)`", cell)
        said |= {names[0].rpartition(".")[0] + name if name.startswith(".") else name for name in names}
    known = {"webhook.namespaceSelector.matchExpressions"}
    assert said == known | set(leaves(VALUES))


def leaves(values, path=""):
    whole = ("resources", "matchLabels")
    for key, value in values.items():
        name = f"{path}.{key}".lstrip(".")
        if isinstance(value, dict) and value and key not in whole:
            yield from leaves(value, name)
        else:
            yield name


def test_the_schema_takes_the_values_and_knows_each():
    schema = json.loads((CHART / "values.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(VALUES, schema)

    def known(schema, values):
        assert schema["properties"].keys() - {"global", "matchExpressions"} == values.keys()
        for key, inner in schema["properties"].items():
            if "properties" in inner and values.get(key):
                known(inner, values[key])

    known(schema, VALUES)


def test_the_chart_has_the_version_of_certgate():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


def test_the_image_that_the_chart_runs_has_what_the_webhook_needs():
    root = CHART.parents[2]
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    locked = (root / "requirements/image.txt").read_text()
    assert "--only-binary=:all: -r requirements/image.txt" in (root / "Containerfile").read_text()
    assert all(f"\n{re.match('[a-z-]+', one)[0]}==" in locked for one in extras["webhook"])
