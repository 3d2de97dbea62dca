"""Rules over the shipped packs themselves: dated editions never change, names move on purpose, nothing fails open."""

import re
from datetime import date
from hashlib import sha256

import pytest

from certgate.model.finding import Severity
from certgate.policy.model import Dated
from certgate.policy.packs import load_policy, pack_names, read_text, shipped_packs
from certgate.policy.yaml import load_yaml

FOLDER = next(iter(shipped_packs().values())).parent
DATED = sorted(name for name in shipped_packs() if "@" in name)


def rules(name):
    return {rule.id: rule for rule in load_policy(name).rules if rule.is_on}


def rows(value):
    """Every value that a parameter may take, whenever the certificate was issued."""
    return [row for _, row in value.rows] if isinstance(value, Dated) else [value]


def test_a_dated_edition_never_changes():
    listed = dict(reversed(line.split("  ")) for line in (FOLDER / "SHA256SUMS").read_text().splitlines())
    found = {f"{name}.yaml": sha256(shipped_packs()[name].read_bytes()).hexdigest() for name in DATED}
    assert found == listed, "an edition that was shipped is fixed: make a new one of today, and move the name to it"


@pytest.mark.parametrize("name", pack_names())
def test_a_name_stands_for_the_newest_of_its_editions(name):
    editions = [edition for edition in DATED if edition.partition("@")[0] == name]
    assert editions, (
        f"move it to {name}@DATE.yaml, let {name}.yaml extend that, and run sha256sum *@*.yaml > SHA256SUMS"
    )
    content = load_yaml(read_text(shipped_packs()[name]), name).value
    assert content == {"name": name, "extends": max(editions, key=day)}
    assert [rule.id for rule in load_policy(name).rules] == [rule.id for rule in load_policy(max(editions)).rules]


@pytest.mark.parametrize("name", DATED)
def test_an_edition_carries_its_name_and_builds_on_no_name_that_moves(name):
    content = load_yaml(read_text(shipped_packs()[name]), name).value
    assert (content["name"], day(name) is not None) == (name, True)
    extends = content.get("extends", [])
    assert all("@" in parent for parent in ([extends] if isinstance(extends, str) else extends))


def day(name):
    return date.fromisoformat(name.partition("@")[2])


@pytest.mark.parametrize("name", shipped_packs())
def test_no_dated_table_of_a_pack_ends(name):
    for rule in load_policy(name).rules:
        for value in rule.parameters.values():
            assert not isinstance(value, Dated) or value.rows[-1][0] is None, rule.id


@pytest.mark.parametrize("name", [n for n in shipped_packs() if n.partition("@")[0] not in {"rfc5280-path", "lint"}])
def test_no_pack_but_those_on_paths_and_of_pkilint_alone_allows_what_is_broken(name):
    held = rules(name)
    assert {"sig.md5", "sig.sha1", "key.rsa-min"} <= set(held)
    assert min(rows(held["key.rsa-min"].parameters["min_bits"])) >= 2048
    assert all(held[id].severity is Severity.ERROR for id in ("sig.md5", "sig.sha1", "key.rsa-min"))


@pytest.mark.parametrize("name", [name for name in shipped_packs() if re.match(r"cnsa\b", name)])
def test_nothing_that_calls_itself_cnsa_allows_sha_256(name):
    held = rules(name)["sig.hash-min"]
    assert held.severity is Severity.ERROR
    assert min(rows(held.parameters["min_bits"])) >= 384
