"""The lab as one thing: what it writes, what it cleans up, and that its configuration is what the loader reads."""

import re
import threading
from dataclasses import fields

import pytest

from certgate.lab.chain import make_chain, make_root
from certgate.lab.lab import SCENARIO_LABEL, TIMEOUT_SECONDS, Lab
from certgate.lab.pki import pem
from certgate.lab.scenario import Scenario
from certgate.lab.scenarios import _FAMILIES, all_scenarios
from certgate.lab.scenarios.out_of_reach import OUT_OF_REACH
from certgate.model.finding import Severity
from certgate.policy.packs import load_policy, pack_names
from certgate.sources.config import load_config
from certgate.x509.certificate import parse_certificate

SCENARIOS = all_scenarios()


def test_there_are_at_least_thirty_scenarios_each_with_a_name_of_its_own():
    written = [scenario.name for family in _FAMILIES for scenario in family.SCENARIOS]

    assert len(written) >= 30
    assert written == list(SCENARIOS)
    assert all(re.fullmatch(r"[a-z0-9.-]{1,40}", name) for name in written)
    assert len({scenario.title for scenario in SCENARIOS.values()}) == len(written)


@pytest.mark.parametrize("policy", pack_names())
def test_every_rule_of_a_shipped_policy_is_broken_by_a_scenario(policy):
    rules = {rule.id for rule in load_policy(policy).rules}
    broken = {expected.rule for scenario in SCENARIOS.values() for expected in scenario.gives}

    assert rules - broken <= OUT_OF_REACH.keys()
    assert not OUT_OF_REACH.keys() & broken


def test_no_scenario_expects_a_finding_twice_and_good_ones_expect_none():
    for name, scenario in SCENARIOS.items():
        said = [e for e in scenario.gives if e.rule != "trust.engines-agree"]  # there are several witnesses
        assert len(set(said)) == len(said), name
        assert (not scenario.gives) == (name.startswith("good-") or name == "staple-good"), name


@pytest.mark.slow
def test_starting_and_stopping_twice_leaves_nothing_behind():
    threads = set(threading.enumerate())
    lab = Lab()
    folders = []

    for _ in range(2):
        with lab:
            folders.append(lab.folder)
            assert len(lab.endpoints) == len({e.port for e in lab.endpoints}) == len(SCENARIOS)
            assert lab.folder.is_dir()

    assert folders[0] != folders[1]
    assert not any(folder.exists() for folder in folders)
    assert set(threading.enumerate()) <= threads


def test_a_scenario_that_cannot_be_made_leaves_nothing_behind():
    threads = set(threading.enumerate())
    lab = Lab([Scenario(name="broken", title="Sends what it has not got", sent=("leaf", "issuer 7"))])

    with pytest.raises(KeyError), lab:
        pass

    assert not lab.folder.exists()
    assert set(threading.enumerate()) <= threads


def test_the_configuration_is_what_the_loader_reads():
    scenarios = [SCENARIOS[name] for name in ("good-ecdsa", "good-svid", "good-ip-address", "policy-wrong")]

    with Lab(scenarios) as lab:
        config = load_config(lab.config_file)

        svid, by_address = config.targets[1], config.targets[2]
        assert lab.config_file.read_text(encoding="utf-8") == lab.config()
        assert (config.policy, config.fail_on, config.timeout) == ("webpki-public", Severity.ERROR, TIMEOUT_SECONDS)
        assert config.trust == (str(lab.folder / "public-root.pem"),)
        assert [(t.host, t.port) for t in config.targets] == [(e.host, e.port) for e in lab.endpoints]
        assert [t.terms.labels for t in config.targets] == [{SCENARIO_LABEL: s.name} for s in scenarios]
        assert (svid.server_name, svid.terms.policy) == ("good-svid.lab.example", "spiffe-svid")
        assert svid.terms.trust == (str(lab.folder / "spiffe-root.pem"),)
        assert svid.terms.spiffe_ids == ("spiffe://corp.example/db",)
        assert by_address.server_name is None
        assert config.targets[3].terms.policy_oids == ("2.23.140.1.2.2",)
        assert (lab.folder / "spiffe-root.pem").read_bytes() == pem(make_root("spiffe"))


def test_no_key_is_written_but_those_of_clients():
    with Lab() as lab:
        written = {path.name: path.read_bytes() for path in lab.folder.iterdir()}

    assert len(written) > len(SCENARIOS)
    with_key = {name for name, content in written.items() if b"PRIVATE KEY" in content}
    assert with_key == {name for name in written if name.endswith(".client.pem")}


def test_a_chain_links_from_the_leaf_to_the_root():
    chain = make_chain("a.lab.example", {}, ({}, {"path_length": 0}), "public")

    linked = [chain.leaf, *chain.issuers, chain.root]
    for certificate, issuer in zip(linked, [*linked[1:], chain.root], strict=True):
        certificate.native.verify_directly_issued_by(issuer.native)
    constraints = [parse_certificate(issuer.der).basic_constraints.path_length for issuer in chain.issuers]
    assert constraints == [None, 0]
    assert [chain.labelled(f"issuer {n}") for n in (1, 2)] == list(chain.issuers)
    assert chain.issuer is chain.issuers[0]
    assert chain.labelled("stranger").der not in {c.der for c in linked}


def test_a_chain_without_a_root_is_its_own():
    alone = make_chain("a.lab.example", {}, (), "")

    assert alone.root is alone.leaf is alone.issuer
    alone.leaf.native.verify_directly_issued_by(alone.leaf.native)


def test_a_scenario_is_good_unless_it_says_otherwise():
    scenario = Scenario(name="plain", title="A good server")

    said = {f.name for f in fields(scenario) if getattr(scenario, f.name)}
    assert said == {"name", "title", "issuers", "logs", "behaviour", "policy", "named"}
    assert (scenario.host, scenario.trust) == ("plain.lab.example", "public")
