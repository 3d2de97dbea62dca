"""What is written and says nothing is a mistake, in every file that people write: never a silent default."""

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.model.errors import UsageError
from certgate.policy.baseline import load_baseline
from certgate.policy.casefile import CaseEntry, CaseFile, ExpectEntry
from certgate.policy.cases import load_cases
from certgate.policy.mistakes import InvalidFile
from certgate.policy.packs import load_policy
from certgate.policy.policyfile import DayEntry, OwnEntry, PolicyFile, RuleEntry, WaiverEntry, WhenEntry
from certgate.sources.config import load_config
from certgate.sources.config_entries import ConfigFile, EndpointEntry

NOTHING = {
    "": "has no value",
    "~": "has no value",
    "null": "has no value",
    "# a comment": "has no value",
    "''": "is empty",
    '"  \\t "': "is empty",
    "[]": "is an empty list",
    "{}": "is an empty mapping",
}
"""What people write who say nothing, and how it is called."""

_RULES = "rules:\n  - rule: chain.depth\n"
_WAIVER = "waivers:\n  - "
_PLACES = {
    "config": (ConfigFile, load_config, ""),
    "target": (EndpointEntry, load_config, "targets:\n  - host: a.example\n    "),
    "policy": (PolicyFile, load_policy, ""),
    "rule": (RuleEntry, load_policy, f"{_RULES}    "),
    "own rule": (OwnEntry, load_policy, "rules:\n  - id: acme.x\n    cel: 'true'\n    "),
    "when": (WhenEntry, load_policy, f"{_RULES}    when:\n      "),
    "labels": (("tier",), load_policy, f"{_RULES}    when:\n      labels:\n        "),
    "since": (DayEntry, load_policy, f"{_RULES}    since:\n      "),
    "parameter": (all_checks()["chain.depth"].parameters, load_policy, f"{_RULES}    "),
    "words": (all_checks()["trust.pin"].parameters, load_policy, "rules:\n  - rule: trust.pin\n    "),
    "table": (("issued_before", "value"), load_policy, f"{_RULES}    max_intermediates:\n      - "),
    "waiver": (WaiverEntry, load_policy, "waivers:\n  - "),
    "cases": (CaseFile, load_cases, ""),
    "case": (CaseEntry, load_cases, "cases:\n  - "),
    "expected": (ExpectEntry, load_cases, "cases:\n  - expect:\n      - "),
}
_KNOWN = {"rule", "id", "host", "cel"}
"""Keys that the beginnings of the files have already."""


def keys_of(shape):
    return list(getattr(shape, "model_fields", shape))


CASES = [
    (place, key)
    for place, (shape, _, before) in _PLACES.items()
    for key in keys_of(shape)
    if f"{key}: " not in before or key not in _KNOWN
]


def wrong(folder, load, text):
    name = "x.test.yaml" if load is load_cases else "x.yaml"
    path = folder / name
    path.write_text(text)
    with pytest.raises(InvalidFile) as caught:
        load(str(path) if load is load_policy else path)
    return [(m.place.line, m.place.column, m.message) for m in caught.value.mistakes]


@pytest.mark.parametrize(("place", "key"), CASES)
def test_a_key_that_says_nothing_is_a_mistake_at_its_place(tmp_path, place, key):
    _, load, before = _PLACES[place]
    for written, what in NOTHING.items():
        text = f"{before}{key}: {written}\n"
        found = wrong(tmp_path, load, text)
        if (place, key, written) == ("case", "expect", "[]"):
            assert "expect" not in str(found), "a case may expect no finding"
            continue
        last = text.splitlines()[-1]
        column = len(last) - len(f"{key}: {written}") + 1
        is_written = written and not written.startswith("#")
        message = f'"{key}" {what}; write a value, or remove the key'
        assert (text.count("\n"), column + len(f"{key}: ") * bool(is_written), message) in found


@pytest.mark.parametrize(
    ("load", "text", "column"),
    [
        (load_config, "trust: [a.pem, {}]\n", 16),
        (load_config, "targets: [{host: a.example, trust: {any_of: [a.pem, {}]}}]\n", 53),
        (load_config, "targets: [{host: a.example, spiffe_ids: [{}]}]\n", 42),
        (load_config, "targets: [{host: a.example}, {}]\n", 30),
        (load_policy, "extends: [internal-pki, {}]\n", 25),
        (load_policy, "plugins: [{}]\n", 11),
        (load_policy, "rules: [{}]\n", 9),
        (load_policy, "rules: [{rule: chain.depth, when: {target: [a, {}]}}]\n", 48),
        (load_policy, "rules: [{rule: tls.version, allowed: [TLSv1.3, {}]}]\n", 48),
        (load_cases, "cases: [{}]\n", 9),
        (load_cases, "cases: [{name: a, lab: x, rules: [{}], expect: []}]\n", 35),
    ],
)
@pytest.mark.parametrize("written", ["~", "null", "''", "' '", "[]", "{}"])
def test_an_entry_of_a_list_that_says_nothing_is_a_mistake_at_its_place(tmp_path, load, text, column, written):
    found, *others = reversed(wrong(tmp_path, load, text.replace("{}", written)))
    assert found == (1, column, f"this entry {NOTHING.get(written, 'is empty')}; write a value, or remove it")
    assert all("any_of" in message for _, _, message in others), "what a store is, of the mapping around the list"


def test_an_entry_of_a_list_with_nothing_after_its_dash_is_a_mistake(tmp_path):
    message = "this entry has no value; write a value, or remove it"
    assert wrong(tmp_path, load_config, "targets:\n  - host: a.example\n  -\n") == [(3, 4, message)]


@pytest.mark.parametrize("key", ["''", "' '", "~", "null", ""])
def test_a_label_without_a_name_is_a_mistake(tmp_path, key):
    text = f"targets:\n  - host: a.example\n    labels:\n      {key}: edge\n"
    assert (4, 7, "a key must not be empty") in wrong(tmp_path, load_config, text)


def test_every_empty_key_is_told_at_once_and_nothing_else_of_it(tmp_path):
    text = "policy:\ntrust: []\ntimeout: ~\ntargets:\n  - host: a.example\n    name:\n    labels: {}\n"
    advice = "write a value, or remove the key"
    assert wrong(tmp_path, load_config, text) == [
        (1, 1, f'"policy" has no value; {advice}'),
        (2, 8, f'"trust" is an empty list; {advice}'),
        (3, 10, f'"timeout" has no value; {advice}'),
        (6, 5, f'"name" has no value; {advice}'),
        (7, 13, f'"labels" is an empty mapping; {advice}'),
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("null", "is not a baseline"),
        ('{"certgate_baseline": 1, "violations": null}', "is not a baseline of version 1"),
        ('{"certgate_baseline": null, "violations": []}', "is not a baseline of version 1"),
        ('{"certgate_baseline": 1, "violations": [], "unreachable": null}', "is not a baseline of version 1"),
        ('{"certgate_baseline": 1, "violations": [null]}', "violation 1 needs the keys"),
        ('{"certgate_baseline": 1, "violations": [{}]}', "violation 1 needs the keys"),
    ],
)
def test_a_baseline_that_says_nothing_is_refused(tmp_path, text, what):
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(UsageError, match=what):
        load_baseline(str(tmp_path / "b.json"))
