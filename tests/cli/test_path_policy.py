"""`certgate check --policy rfc5280-path`: 0 when a path holds and 1 when none does."""

from pathlib import Path

import pytest

from certgate.cli.main import run
from certgate.lab.pki import CLOCK, issue, pem
from certgate.model.reserved import TARGET_OBSERVED
from certgate.policy.packs import load_policy
from certgate.trust.problem import RFC5280
from certgate.x509.purposes import CLIENT_AUTH, SERVER_AUTH

ROOT = issue("Root", ca=True, days=2, not_before=CLOCK.replace(year=2020))
CA = issue("CA", issuer=ROOT, ca=True)
LEAF = issue("a.example", issuer=CA, sans=["a.example"])
CLIENT_CA = issue("CA", issuer=ROOT, ca=True, ekus=[CLIENT_AUTH])


def check(*chain, at="2026-06-15T12:00:00Z", purpose=()):
    Path("chain.pem").write_bytes(pem(*chain))
    Path("anchor.pem").write_bytes(pem(ROOT))
    return run(["check", "chain.pem", "--policy", "rfc5280-path", "--trust", "anchor.pem", "--at", at, *purpose])


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_path_that_holds_is_0_whatever_the_anchors_own_dates():
    assert check(LEAF, CA) == 0


def test_a_path_that_does_not_hold_is_1():
    assert check(LEAF) == 1
    assert check(LEAF, CA, at="2030-01-01") == 1
    assert check(issue("a.example", issuer=issue("CA", ca=True)), CA) == 1


def test_nothing_but_the_path_is_judged():
    odd = issue("a.example", issuer=CA, version=1, serial=-5, hash_name="sha1", key="RSA-1024")
    assert check(odd, CA) == 0


@pytest.mark.parametrize(
    ("leaf_for", "issuer", "codes"),
    [
        ([SERVER_AUTH], CA, {"server": 0, "client": 1, "any": 0}),
        ([CLIENT_AUTH], CA, {"server": 1, "client": 0, "any": 0}),
        ([], CA, {"server": 0, "client": 0, "any": 0}),
        ([SERVER_AUTH, CLIENT_AUTH], CLIENT_CA, {"server": 1, "client": 0, "any": 0}),
    ],
)
def test_the_purpose_must_hold_in_leaf_and_issuers_that_name_one(leaf_for, issuer, codes):
    leaf = issue("a.example", issuer=issuer, ekus=leaf_for)
    assert {word: check(leaf, issuer, purpose=["--purpose", word]) for word in codes} == codes


def test_the_pack_holds_the_rules_that_a_path_is_judged_by_elsewhere_too():
    assert {rule.id for rule in load_policy("rfc5280-path").rules} == {TARGET_OBSERVED, *RFC5280}
