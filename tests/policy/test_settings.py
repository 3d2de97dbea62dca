"""What targets and runs set reaches the rules that ask for it, and switches on those that it is about."""

from dataclasses import replace

import pytest

from certgate.checks.framework.catalogue import all_checks, check_of
from certgate.checks.framework.demands import demands
from certgate.checks.framework.needs import Force, Setting
from certgate.model.target import Endpoint, FileSource, Purpose, Revocation, Role, Target, Visit
from certgate.policy.settings import Settings, declared, demanded, demanding, settings_of

TARGET = Target(id="a.example:443", ordinal=0, source=Endpoint("a.example", 443))


@pytest.mark.parametrize(
    ("said", "settings"),
    [
        ({}, {}),
        ({"names": ("a.example",)}, {Setting.NAMES: ("a.example",)}),
        ({"spiffe_ids": ("spiffe://a/b",)}, {Setting.SPIFFE_IDS: ("spiffe://a/b",)}),
        ({"policy_oids": ("1.2.3",)}, {Setting.POLICY_OIDS: ("1.2.3",)}),
        ({"source": FileSource("a.pem", key="a.key")}, {Setting.KEY_FILE: ("a.key",)}),
        ({"expect": "a.pem"}, {Setting.EXPECTED_CHAIN: ("a.pem",)}),
        ({"revocation": Revocation.SOFT}, {Setting.REVOCATION: ("soft",)}),
        (
            {"revocation": Revocation.HARD},
            {Setting.REVOCATION: ("hard",), Setting.REVOCATION_ANSWER: ("hard",)},
        ),
        ({"purpose": Purpose.ANY}, {Setting.PURPOSES: ()}),
        ({"roles": frozenset({Role.CLIENT, Role.SPIFFE})}, {Setting.PURPOSES: ("client", "server")}),
        ({"roles": frozenset({Role.CA})}, {Setting.PURPOSES: ()}),
    ],
)
def test_a_target_sets_what_it_says_and_its_purposes(said, settings):
    assert settings_of(replace(TARGET, **said)).by_name == {Setting.PURPOSES: ("server",)} | settings


def test_a_check_is_given_the_parameters_that_it_binds_to_what_is_set():
    settings = Settings(((Setting.NAMES, ("a.example",)), (Setting.PURPOSES, ())))
    given = {
        id: settings.parameters(all_checks()[id]) for id in ("name.host-match", "chain.eku-nesting", "policy.expected")
    }
    assert given == {
        "name.host-match": {"names": ("a.example",)},
        "chain.eku-nesting": {"purposes": ()},
        "policy.expected": {},
    }
    assert settings.parameters(all_checks()["chain.depth"]) is None


def test_the_rules_that_a_setting_switches_on_are_known_by_id():
    assert demanded({Setting.REVOCATION}) == {"rev.status", "crl.fresh", "crl.scope", "ocsp.nonce"}


def test_targets_that_set_the_same_kinds_of_things_demand_the_same():
    one, two = (replace(TARGET, names=(name,), expect=f"{name}.pem") for name in ("a.example", "b.example"))
    assert demanding(one) == demanding(two) == {Setting.EXPECTED_CHAIN}


def test_only_rules_of_certgates_are_demanded_and_a_setting_that_holds_one_is_bound_by_it_too():
    for id, demand in demands():
        bound = check_of(id).binds.values()
        assert demand.force is not Force.HOLDS or demand.setting in bound


USUAL = Target(id="a", ordinal=0, source=Endpoint("a.example", 443))
FILE = Target(id="f", ordinal=0, source=FileSource("f.pem"))


@pytest.mark.parametrize(
    ("one", "name", "value"),
    [
        (USUAL, "spiffe_ids", ("spiffe://a/b",)),
        (USUAL, "peers", ()),
        (USUAL, "policy_oids", ("1.2.3",)),
        (USUAL, "expect", "chain.pem"),
        (USUAL, "expect", "workload-api:unix:///agent"),
        (USUAL, "revocation", Revocation.HARD),
        (USUAL, "purpose", Purpose.CLIENT),
        (USUAL, "roles", frozenset({Role.CLIENT})),
        (USUAL, "source", Endpoint("a.example", 443, protocol="smtp")),
        (USUAL, "source", Endpoint("a.example", 443, visit=Visit(all_addresses=True))),
        (USUAL, "source", FileSource("a.pem")),
        (FILE, "source", FileSource("f.pem", key="k.pem")),
        (FILE, "source", FileSource("f.pem", bundle="b.pem")),
    ],
)
def test_what_the_target_before_declared_does_not_count_for_one_that_declares_something_else(one, name, value):
    other = replace(one, **{name: value})
    said = [declared(target) for target in (one, other, one, other)]
    assert said[0] == said[2] != said[1] == said[3]
    alike = replace(other, id="another", ordinal=7, names=("another.example",))
    assert declared(alike) is said[3]
