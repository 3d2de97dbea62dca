"""Trust from the bundle endpoints of real SPIRE servers: authenticated, up to date, and lost."""

import json
import re
from pathlib import Path

import pytest

from certgate.cli import main as cli
from tests.ports import free_port

pytestmark = pytest.mark.timeout(300)

RULES = ("trust.anchor", "spiffe.trust-domain-bundle", "spiffe.bundle-fresh", "spiffe.bundle-agrees")


@pytest.fixture
def domains(spire, tmp_path, monkeypatch):
    """Both trust domains, with the bundles that their servers have now in files."""
    monkeypatch.chdir(tmp_path)
    found = [spire["one.example"], spire["two.example"]]
    for domain in found:
        (tmp_path / f"{domain.name}.json").write_text(domain.bundle())
    return found


def named(domain, url="", server=""):
    id = server or f"{domain.id}/spire/server"
    return f"--trust={domain.id}={url or domain.endpoint} endpoint_id={id} bootstrap={domain.name}.json"


def host(domain):
    """Its bundle endpoint as a target, which has the SVID of the server with the profile https_spiffe."""
    return domain.endpoint.removeprefix("https://")


def scan(*words, targets):
    """The exit code, what is not a pass for each target, and where bundles come from."""
    select = [f"--select={rule}" for rule in RULES]
    code = cli.run(["scan", *targets, "--policy", "spiffe-svid", *select, *words, "--report", "json=r.json", "--quiet"])
    report = json.loads(Path("r.json").read_text())
    wrong = [
        {finding["rule"]: finding["message"] for finding in target["findings"] if finding["rule"] in RULES}
        for target in report["targets"]
    ]
    return code, wrong, report["stores"][0]["bundles"]


def test_the_endpoint_of_a_server_is_trust_with_its_facts(domains):
    one, _ = domains
    code, wrong, (facts,) = scan(named(one), targets=[host(one)])
    assert (code, wrong) == (0, [{}])
    bundle = json.loads(one.bundle())
    assert (facts["trust_domain"], facts["profile"]) == (one.name, "https_spiffe")
    assert (facts["sequence"], facts["refresh_hint"]) == (bundle["spiffe_sequence"], 60)


def test_an_endpoint_that_cannot_be_reached_costs_its_own_trust_domain_alone(domains):
    one, two = domains
    port = free_port()
    with two.registered("/api"):
        lost = named(two, f"https://127.0.0.1:{port}")
        code, wrong, bundles = scan(named(one), lost, targets=[host(one), f"workload-api:{two.workload_api}"])
    assert (code, wrong[0]) == (3, {})
    assert "cannot be reached at 127.0.0.1: Connection refused" in wrong[1]["trust.anchor"]
    assert [facts.get("failure") for facts in bundles] == [None, "unreachable"]


def test_an_endpoint_of_another_server_is_not_believed(domains):
    one, two = domains
    code, wrong, bundles = scan(named(one, two.endpoint), targets=[host(one)])
    assert code == 3
    assert "its certificate is not trusted" in wrong[0]["trust.anchor"]
    code, wrong, bundles = scan(named(one, server=f"{one.id}/other"), targets=[host(one)])
    assert f"it is {one.id}/spire/server, not {one.id}/other" in wrong[0]["trust.anchor"]
    assert [facts["failure"] for facts in bundles] == ["not-authentic"]


def test_a_copy_from_before_a_rotation_is_behind_the_endpoint(domains):
    one, _ = domains
    before = json.loads(one.bundle())
    one.server("localauthority", "x509", "prepare")
    copy = f"--trust={one.id}={one.name}.json"
    code, wrong, bundles = scan(named(one), copy, targets=[host(one)])
    assert code == 1
    assert bundles[0]["sequence"] > before["spiffe_sequence"] == bundles[1]["sequence"]
    assert len(bundles[0]["authorities"]) == len(bundles[1]["authorities"]) + 1
    assert wrong[0].keys() == {"spiffe.bundle-fresh"}
    assert f"one.example.json has spiffe_sequence {bundles[1]['sequence']}, but {one.endpoint}" in str(wrong)


def test_the_configuration_of_the_page_names_three_trust_domains(domains):
    one, two = domains
    port = free_port()
    page = (Path(__file__).parents[2] / "docs" / "guides" / "spiffe.md").read_text()
    text = re.search(r"<!-- tested: federation -->\n```yaml\n(.*?)```", page, re.DOTALL)[1]
    for shown, real in {
        "bundles.cloud.example": f"127.0.0.1:{port}",
        "https://10.1.0.7:8443/bundle": one.endpoint,
        "gateway.partner.example:8443": host(one),
        "partner": "one",
        "host: api.corp.example:8443": f"workload_api: {two.workload_api}",
        "corp": "two",
    }.items():
        assert shown in text
        text = text.replace(shown, real)
    for domain in domains:
        Path(f"{domain.name.partition('.')[0]}.json").write_text(domain.bundle())
    Path("certgate.yaml").write_text(text)
    with two.registered("/api"):
        code, wrong, bundles = scan("--config", "certgate.yaml", targets=[])
    assert (code, wrong) == (0, [{}, {}])
    assert [(facts["trust_domain"], facts.get("failure")) for facts in bundles] == [
        ("two.example", None),
        ("one.example", None),
        ("cloud.example", "unreachable"),
    ]


def test_an_agent_that_missed_a_rotation_does_not_agree_with_the_endpoint(domains):
    one, two = domains
    two.trust(one)
    agent = f"--trust={one.id}=workload-api:{two.workload_api}"
    with two.registered("/watcher", "-federatesWith", one.id):
        code, wrong, bundles = scan(agent, named(one), targets=[host(one)])
        assert (code, wrong) == (0, [{}])
        assert bundles[0]["authorities"] == bundles[1]["authorities"]

        one.server("localauthority", "x509", "prepare")
        code, wrong, _ = scan(agent, named(one), targets=[host(one)])
        assert (code, wrong[0].keys()) == (0, {"spiffe.bundle-agrees"})
        differ = f"{two.workload_api} and {one.endpoint} differ"
        assert wrong[0]["spiffe.bundle-agrees"] == f"{differ}: the agent lacks 1 authority of the endpoint"
