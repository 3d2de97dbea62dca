"""Rules over the shipped packs themselves: dated editions never change, names move on purpose, nothing fails open."""

import json
import re
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from certgate.cli.main import run
from certgate.lab.pki import issue, pem
from certgate.model.finding import Severity
from certgate.policy.model import Dated
from certgate.policy.packs import edition_at, editions_in_force, load_policy, pack_names, read_text, shipped_packs
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


PUBLIC = editions_in_force("webpki-public")


def test_the_days_of_editions_are_in_order_and_lead_to_the_newest():
    assert [day for day, _ in PUBLIC] == sorted({day for day, _ in PUBLIC})
    assert {edition for _, edition in PUBLIC} <= set(DATED)
    assert load_policy(PUBLIC[-1][1]).rules == load_policy("webpki-public").rules
    assert [name for name in pack_names() if editions_in_force(name)] == ["webpki-public"]


@pytest.mark.parametrize(
    ("day", "edition"),
    [
        ("2012-01-01", "webpki-public@2020-09-01"),
        ("2020-08-31", "webpki-public@2020-09-01"),
        ("2020-09-29", "webpki-public@2020-09-01"),
        ("2020-09-30", "webpki-public@2020-09-30"),
        ("2022-08-31", "webpki-public@2020-09-30"),
        ("2022-09-01", "webpki-public@2022-09-01"),
        ("2023-09-15", "webpki-public@2023-09-15"),
        ("2024-02-15", "webpki-public@2024-02-15"),
        ("2024-03-15", "webpki-public@2024-03-15"),
        ("2025-02-15", "webpki-public@2025-02-15"),
        ("2026-03-14", "webpki-public@2025-02-15"),
        ("2026-03-15", "webpki-public"),
        ("2046-03-15", "webpki-public"),
    ],
)
def test_a_name_stands_for_the_edition_in_force_on_the_day_and_the_policy_says_so(day, edition):
    at = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)

    assert edition_at("webpki-public", at.date()) == edition
    assert load_policy("webpki-public", at=at).name == edition
    assert load_policy("webpki-public", at=at).rules == load_policy(edition).rules


def test_an_edition_and_a_policy_without_days_stand_for_themselves_at_any_time():
    at = datetime(2021, 1, 1, tzinfo=UTC)

    assert [load_policy(name, at=at).name for name in DATED] == DATED
    assert load_policy("internal-pki", at=at).rules == load_policy("internal-pki").rules


def test_a_name_in_extends_stands_for_the_edition_in_force_too(tmp_path):
    own = tmp_path / "shop.yaml"
    own.write_text("name: shop\nextends: webpki-public\n")
    fixed = tmp_path / "fixed.yaml"
    fixed.write_text("name: fixed\nextends: webpki-public@2026-11-27\n")
    at = datetime(2021, 1, 1, tzinfo=UTC)

    assert load_policy(str(own), at=at).name == "shop (webpki-public@2020-09-30)"
    assert load_policy(str(own), at=at).rules == load_policy("webpki-public@2020-09-30").rules
    assert load_policy(str(own)).name == "shop"
    assert load_policy(str(fixed), at=at).name == "fixed"


@pytest.mark.parametrize("number", range(len(PUBLIC) - 1))
def test_an_edition_has_no_rule_that_its_successor_lacks_and_says_since_when_the_others_are_in_force(number):
    edition, successor = PUBLIC[number][1], PUBLIC[number + 1][1]
    off = {rule.id: rule.disabled for rule in load_policy(edition).rules if rule.disabled}

    assert set(rules(edition)) <= set(rules(successor))
    assert set(rules(successor)) - set(rules(edition)) <= off.keys()
    assert all(reason.startswith("in force since ") for reason in off.values())


@pytest.mark.parametrize("name", [edition for _, edition in PUBLIC])
def test_an_edition_of_the_past_holds_no_rule_from_after_its_time_on(name):
    later = next((day for day, edition in PUBLIC if edition > name), date.max)
    assert [id for id, rule in rules(name).items() if rule.since and rule.since.day >= later] == []


def test_an_old_certificate_is_judged_by_its_day_and_the_report_names_the_edition(tmp_path, monkeypatch):
    root = issue("Root", ca=True, not_before=datetime(2015, 1, 1, tzinfo=UTC), days=7300)
    leaf = issue("a.example", issuer=root, sans=["a.example"], not_before=datetime(2021, 1, 1, tzinfo=UTC), days=397)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chain.pem").write_bytes(pem(leaf))
    (tmp_path / "root.pem").write_bytes(pem(root))

    def judged(at):
        run(["check", "chain.pem", "--trust", "root.pem", "--at", at, "--report", "json=out.json"])
        (target,) = json.loads((tmp_path / "out.json").read_text())["targets"]
        return target["policy"], {finding["rule"] for finding in target["findings"] if finding["outcome"] == "fail"}

    edition, found = judged("2021-02-01")
    assert edition == "webpki-public@2020-09-30"
    assert "validity.max-lifetime" not in found
    assert judged("2026-06-15")[0] == "webpki-public"
