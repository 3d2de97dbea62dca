"""Federation as trust: bundles are fetched once, when a run begins, and a lost one costs its own trust domain alone."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, Credential, issue, pem
from certgate.x509.purposes import CLIENT_AUTH, SERVER_AUTH
from tests.observe.stores.bundle_servers import CA, ID, ROOT, SVID, bundle, serving

OTHER = issue("Other", ca=True, sans=["spiffe://other.example"], days=36500)
AT = ["--at", CLOCK.isoformat()]
NOWHERE = "https://127.0.0.1:1/bundle"


def leaf(domain: str, issuer: Credential) -> Credential:
    beginning = CLOCK - timedelta(minutes=5)
    ekus = [SERVER_AUTH, CLIENT_AUTH]
    return issue("", issuer=issuer, sans=[f"spiffe://{domain}/web"], ekus=ekus, not_before=beginning, days=0.5)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("endpoint"), SVID, CA) as server:
        yield server


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, server):
    monkeypatch.chdir(tmp_path)
    server.answer, server.paths[:] = (200, bundle(ROOT), {}), []
    Path("boot.json").write_bytes(bundle(ROOT, spiffe_sequence=5))
    Path("corp.pem").write_bytes(pem(leaf("corp.example", CA)) + pem(CA))
    Path("other.pem").write_bytes(pem(leaf("other.example", OTHER)))


def word(domain, url):
    return f"spiffe://{domain}={url} endpoint_id={ID} bootstrap=boot.json"


def run(*arguments):
    code = cli.run([*arguments, *AT, "--report", "json=r.json", "--quiet"])
    report = json.loads(Path("r.json").read_text())
    return code, {target["id"]: target["verdict"] for target in report["targets"]}, report


def check(*trust, files=("corp.pem", "other.pem"), options=()):
    words = [option for one in trust for option in ("--trust", one)]
    return run("check", *files, "--role", "spiffe", "--policy", "spiffe-svid", *words, *options)


def test_the_bundle_of_the_endpoint_trusts_and_its_facts_are_in_the_report(server):
    code, verdicts, report = check(word("corp.example", server.url), files=["corp.pem"])
    assert (code, verdicts) == (0, {"corp.pem": "compliant"})
    (store,) = report["stores"]
    (facts,) = store["bundles"]
    assert facts == {
        "trust_domain": "corp.example",
        "source": "endpoint",
        "location": server.url,
        "profile": "https_spiffe",
        "sequence": 7,
        "refresh_hint": 300,
        "authorities": facts["authorities"],
    }
    assert len(facts["authorities"]) == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_lost_bundle_costs_its_own_trust_domain_alone(server, workers):
    trust = [word("corp.example", server.url), word("other.example", NOWHERE)]
    code, verdicts, report = check(*trust, options=["--workers", workers])
    assert (code, verdicts) == (3, {"corp.pem": "compliant", "other.pem": "incomplete"})
    assert [one.get("failure") for one in report["stores"][0]["bundles"]] == [None, "unreachable"]
    said = {f["rule"]: f["message"] for f in report["targets"][1]["findings"] if f["outcome"] == "not-checked"}
    assert said["trust.anchor"].startswith(f"the bundle of trust domain other.example is not known: {NOWHERE}: ")
    assert server.paths == ["/bundle"]


def test_a_bundle_is_fetched_once_for_all_stores_that_name_it(server):
    Path("certgate.yaml").write_text(
        f"""\
policy: spiffe-svid
trust:
  spiffe: corp.example
  endpoint: {server.url}
  profile: https_spiffe
  endpoint_id: {ID}
  bootstrap: boot.json
targets:
  - {{file: corp.pem, role: spiffe}}
  - file: other.pem
    role: spiffe
    trust:
      - {{spiffe: corp.example, endpoint: "{server.url}", profile: https_spiffe, endpoint_id: "{ID}", bootstrap: boot.json}}
      - spiffe://other.example=other-root.pem
"""
    )
    Path("other-root.pem").write_bytes(pem(OTHER))
    code, verdicts, _ = run("check", "--config", "certgate.yaml")
    assert (code, verdicts) == (0, {"corp.pem": "compliant", "other.pem": "compliant"})
    assert server.paths == ["/bundle"]


def test_a_journal_keeps_the_bundles_for_those_who_judge_by_them_later(server):
    host, policy = f"127.0.0.1:{server.server_port}", ["--policy", "spiffe-svid", "--select", "trust.anchor"]
    trust = ["--trust", word("corp.example", server.url), "--trust", word("other.example", NOWHERE)]
    assert run("scan", host, *policy, *trust, "--journal", "j")[:2] == (0, {host: "compliant"})
    server.answer = (500, b"", {})
    code, verdicts, report = run("merge", "j")
    assert (code, verdicts) == (0, {host: "compliant"})
    assert [one.get("failure") for one in report["stores"][0]["bundles"]] == [None, "unreachable"]
    assert server.paths == ["/bundle"]


def test_a_saved_run_is_judged_by_the_bundle_of_the_day(server):
    assert check(word("corp.example", server.url), files=["corp.pem"], options=["--save", "s.jsonl"])[0] == 0
    server.answer = (200, bundle(OTHER), {})
    code, verdicts, _ = run("check", "s.jsonl")
    assert (code, verdicts) == (1, {"corp.pem": "violated"})
    assert server.paths == ["/bundle"] * 2


def test_an_endpoint_that_is_not_valid_or_a_bootstrap_that_is_not_there_is_a_usage_error(server, capsys):
    for trust, message in (
        (word("corp.example", "http://127.0.0.1/"), "a bundle endpoint has an https URL"),
        (word("corp.example", server.url).replace("boot.json", "gone.json"), "trust store gone.json: cannot be read"),
    ):
        assert cli.run(["check", "corp.pem", "--role", "spiffe", "--trust", trust]) == 2
        assert message in capsys.readouterr().err
