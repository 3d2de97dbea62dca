"""The schemas of other programs: what certgate has for them is checked here, without a process for each file."""

import check_jsonschema
import kubernetes_validate
from click.testing import CliRunner
from ruamel.yaml import YAML


def keep_to_schema(schema, *words):
    """Check files by one of the schemas that check-jsonschema has."""
    done = CliRunner().invoke(check_jsonschema.main, ["--builtin-schema", schema, *map(str, words)])
    assert done.exit_code == 0, done.output


def keep_to_kubernetes(path):
    """Check manifests by the schemas of Kubernetes, which know every key."""
    for document in YAML(typ="safe").load_all(path.read_text()):
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
