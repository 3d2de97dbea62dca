"""The published JSON Schemas are those of the language: up to date, and of one mind with the reader of the files."""

import json
import re
from functools import cache
from pathlib import Path

import jsonschema
import pytest

from certgate import REPOSITORY
from certgate.checks.framework.catalogue import all_checks
from certgate.model.reserved import RESERVED
from certgate.policy.mistakes import InvalidFile
from certgate.policy.packs import load_policy, read_text, shipped_packs
from certgate.policy.schema import policy_schema
from certgate.policy.yaml import read_yaml
from certgate.sources.config_schema import config_schema

ROOT = Path(__file__).parent.parent.parent
SCHEMAS = {"policy": policy_schema, "config": config_schema}
FILES = {"policy": "policy.schema.json", "config": "certgate.schema.json"}


@cache
def schema(which):
    return SCHEMAS[which]()


def faults(which, text):
    """What an editor would underline in a file."""
    return faults_of_value(schema(which), read_yaml(text, "x").value)


def faults_of_value(schema, value):
    """YAML dates are text to JSON Schema."""
    value = json.loads(json.dumps(value, default=lambda day: day.isoformat()))
    checker = jsonschema.FormatChecker()
    return [e.message for e in jsonschema.Draft7Validator(schema, format_checker=checker).iter_errors(value)]


def of_rule(id):
    """The schema of policies without the conditions that are about the entries of other rules."""
    whole = schema("policy")
    entry = whole["$defs"]["RuleEntry"]
    conditions = [one for one in entry["allOf"] if one["if"]["properties"]["rule"]["const"] == id]
    return whole | {"$defs": whole["$defs"] | {"RuleEntry": entry | {"allOf": conditions}}}


@pytest.mark.parametrize("which", SCHEMAS)
def test_the_published_schema_is_up_to_date(which):
    published = json.loads((ROOT / "docs" / FILES[which]).read_text())
    jsonschema.Draft7Validator.check_schema(published)
    assert published == json.loads(json.dumps(SCHEMAS[which]())), "run: make reference"


def test_every_schema_has_an_id_that_leads_to_its_file():
    paths = [path for place in ("docs", "certgate") for path in (ROOT / place).rglob("*.schema.json")]
    assert len(paths) >= 5
    for path in paths:
        where = path.relative_to(ROOT).as_posix()
        assert json.loads(path.read_text(encoding="utf-8"))["$id"] == f"{REPOSITORY}/raw/main/{where}"


@pytest.mark.slow
def test_the_shipped_packs_keep_to_the_schema():
    """Each entry once, by what is about its rule: editions share most of theirs, and there are hundreds of rules."""
    packs = {name: read_yaml(read_text(path), name).value for name, path in shipped_packs().items()}
    entries = {repr(entry): entry for pack in packs.values() for entry in pack.pop("rules", [])}

    assert {name: found for name, pack in packs.items() if (found := faults_of_value(schema("policy"), pack))} == {}
    for id in {entry.get("rule") for entry in entries.values()}:
        rules = [entry for entry in entries.values() if entry.get("rule") == id]
        assert faults_of_value(of_rule(id), {"rules": rules}) == []


def test_each_condition_of_the_schema_is_about_the_entries_of_one_rule():
    for condition in schema("policy")["$defs"]["RuleEntry"]["allOf"]:
        id = condition["if"]["properties"]["rule"]["const"]

        assert condition["if"] == {"required": ["rule"], "properties": {"rule": {"const": id}}}
        assert condition.keys() == {"if", "then"}


@pytest.mark.parametrize("page", ["docs/reference/configuration.md", "docs/reference/policy.md"])
def test_the_examples_of_the_pages_keep_to_the_schema(page):
    blocks = re.findall(r"<!-- tested: (\S+).*? -->\n```yaml\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    assert blocks
    for mark, text in blocks:
        if mark.endswith(".test.yaml"):
            continue
        assert faults("config" if mark == "certgate.yaml" else "policy", text) == []


def test_every_rule_and_parameter_stands_in_the_schema():
    entry = policy_schema()["$defs"]["RuleEntry"]
    found = {c["if"]["properties"]["rule"]["const"]: set(c["then"]["properties"]) - {"rule"} for c in entry["allOf"]}
    assert found == {id: set(c.parameters) for id, c in all_checks().items() if id not in RESERVED}


@pytest.mark.parametrize(
    "entry",
    [
        "rule: chain.depth, max_intermediates: 2, severity: warning, when: {labels: {tier: [edge, core]}, role: server}",
        "rule: chain.depth, since: {issued: 2027-01-01}, until: {clock: 2028-01-01}, note: x, docs: https://a.example",
        "rule: chain.depth, disabled: why",
        "rule: chain.depth, disabled: false",
        "rule: validity.max-lifetime, max_days: [{issued_before: 2027-01-01, value: 398}, {value: 90}]",
        "rule: key.type, allowed: [RSA, 1.3.101.112]",
        "rule: ext.forbidden, oids: [2.5.29.17], of: issuers",
        "rule: eku.client-auth-public, error_from: 2027-03-15",
    ],
)
def test_what_is_right_is_right_to_both(tmp_path, entry):
    text = f"rules: [{{{entry}}}]"
    (tmp_path / "team.yaml").write_text(text)
    load_policy("team.yaml", tmp_path)
    assert faults("policy", text) == []


@pytest.mark.parametrize(
    "entry",
    [
        "rule: chain.dept",
        "severity: error",
        "rule: target.observed",
        "rule: chain.depth, max_intermediate: 2",
        "rule: chain.depth, max_intermediates: two",
        "rule: chain.depth, max_intermediates: [{issued: 2027-01-01, value: 1}]",
        "rule: chain.depth, severity: fatal",
        "rule: chain.depth, max_intermediates: -1",
        "rule: key.type, allowed: [ECDSA]",
        "rule: ext.forbidden, oids: [2.5.29.x]",
        "rule: ext.forbidden, of: issuer",
        "rule: validity.remaining, warn_fraction: 2",
        "rule: chain.depth, disabled: true",
        "rule: chain.depth, when: {}",
        "rule: chain.depth, when: {role: sever}",
        "rule: chain.depth, when: {label: {a: b}}",
        "rule: chain.depth, since: {}",
        "rule: chain.depth, since: 2027-01-01",
        "rule: chain.depth, since: {issued: 2027-01-01, clock: 2027-01-01}",
        "rule: key.type, allowed: RSA",
        "rule: eku.client-auth-public, error_from: soon",
    ],
)
def test_what_is_wrong_is_wrong_to_both(tmp_path, entry):
    text = f"rules: [{{{entry}}}]"
    (tmp_path / "team.yaml").write_text(text)
    with pytest.raises(InvalidFile):
        load_policy("team.yaml", tmp_path)
    assert faults("policy", text)
