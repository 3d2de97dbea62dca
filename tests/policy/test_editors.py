"""What people see who write a policy or a certgate.yaml in an editor with the YAML language server."""

from pathlib import Path

import pytest

from tests.policy.language_server import editing

DOCS = Path(__file__).parents[2] / "docs"
POLICY = """\
name: team
extends: internal-pki
rules:
  - rule: chain.depth
    max_intermediates: 2
  - rule: chain.dept
  - rule: key.
  - rule: chain.depth
    max_intermediate: 2
"""
CONFIG = """\
policy: internal-pki
target:
  - host: api.example.com
"""


@pytest.fixture
def written(tmp_path):
    def write(text, schema):
        path = tmp_path / "file.yaml"
        path.write_text(f"# yaml-language-server: $schema={(DOCS / schema).as_uri()}\n{text}")
        return path

    return write


@pytest.mark.slow
def test_a_rule_is_completed_and_described_and_a_typo_is_underlined(written):
    with editing(written(POLICY, "policy.schema.json")) as editor:
        underlined = editor.underlined()
        offered = {item["label"]: item.get("documentation", "") for item in editor.at("completion", 7, 14)["items"]}
        rule, parameter = (editor.at("hover", *place)["contents"]["value"] for place in ((4, 12), (5, 8)))
    assert underlined.keys() == {6, 7, 9}
    assert "max_intermediate" in underlined[9]
    assert offered["key.rsa-min"].startswith("An RSA key has at least `min_bits` bits (CA/B BR ")
    assert "Why: every CA on the path can issue for the name" in rule
    assert len(rule) < 1000
    assert "chain.depth: The path has at most " in parameter


@pytest.mark.slow
def test_a_key_of_the_configuration_is_completed_and_a_typo_is_underlined(written):
    with editing(written(CONFIG, "certgate.schema.json")) as editor:
        underlined = editor.underlined()
        offered = [item["label"] for item in editor.at("completion", 2, 2)["items"]]
    assert underlined.keys() == {2}
    assert "targets" in offered
