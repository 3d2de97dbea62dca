"""The files that spiffe-helper writes, checked as they are: certificate, key and bundle."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, Credential, issue, pem
from certgate.x509.purposes import CLIENT_AUTH, SERVER_AUTH
from tests.observe.stores.bundle_servers import CA, ROOT, bundle

FILES = ["svid.pem", "--role", "spiffe", "--key", "svid_key.pem"]


def svid() -> Credential:
    beginning = CLOCK - timedelta(minutes=5)
    ekus = [SERVER_AUTH, CLIENT_AUTH]
    return issue(
        "", issuer=CA, sans=["spiffe://corp.example/web"], ekus=ekus, not_before=beginning, days=0.5, policies=[]
    )


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one = svid()
    Path("svid.pem").write_bytes(pem(one) + pem(CA))
    Path("svid_key.pem").write_bytes(one.key_pem)
    Path("bundle.pem").write_bytes(pem(ROOT))
    Path("bundle.json").write_bytes(bundle(ROOT))


def check(*arguments, at=CLOCK):
    code = cli.run(["check", *arguments, "--at", at.isoformat(), "--report", "json=r.json", "--quiet"])
    report = json.loads(Path("r.json").read_text())
    found = [f for target in report["targets"] for f in target["findings"] if f["severity"] == "error"]
    return code, {finding["rule"]: finding for finding in found}


@pytest.mark.parametrize("file", ["bundle.pem", "bundle.json"])
def test_files_that_belong_together_are_compliant_under_the_policy_for_svids(file):
    code, _ = check(*FILES, "--bundle", file)
    report = json.loads(Path("r.json").read_text())
    assert (code, report["policies"]) == (0, ["spiffe-svid"])
    assert report["targets"][0]["source"]["bundle"] == file
    assert [store["name"] for store in report["stores"]] == [file]


def test_the_key_of_another_moment_is_one_violation_that_says_so():
    Path("svid_key.pem").write_bytes(svid().key_pem)
    code, wrong = check(*FILES, "--bundle", "bundle.pem")
    assert (code, wrong.keys()) == (1, {"spiffe.helper-files"})
    assert wrong["spiffe.helper-files"]["subject"] == "SVID files"
    assert "can be of different moments" in wrong["spiffe.helper-files"]["message"]


def test_the_bundle_of_another_moment_is_a_violation_that_says_so():
    Path("bundle.pem").write_bytes(pem(issue("Root", ca=True, sans=["spiffe://corp.example"])))
    code, wrong = check(*FILES, "--bundle", "bundle.pem")
    assert (code, wrong["spiffe.helper-files"]["outcome"]) == (1, "fail")


def test_the_rule_judges_under_every_policy_and_from_a_configuration():
    Path("certgate.yaml").write_text(
        "policy: rfc5280-path\ntargets:\n  - {file: svid.pem, role: spiffe, key: svid_key.pem, bundle: bundle.pem}\n"
    )
    assert check("--config", "certgate.yaml")[0] == 0
    Path("svid_key.pem").write_bytes(svid().key_pem)
    code, wrong = check("--config", "certgate.yaml")
    assert (code, wrong.keys()) == (1, {"spiffe.helper-files"})


def test_saved_files_are_judged_as_they_were():
    Path("svid_key.pem").write_bytes(svid().key_pem)
    assert check(*FILES, "--bundle", "bundle.pem", "--save", "s.jsonl")[0] == 1
    code, wrong = check("s.jsonl")
    assert (code, wrong.keys()) == (1, {"spiffe.helper-files"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*FILES, "--bundle", "bundle.pem", "--trust", "bundle.pem"], "--bundle is the trust store of the SVID"),
        ([*FILES, "--bundle", "gone.pem"], "--bundle gone.pem: cannot be read: No such file"),
        (["svid.pem", "bundle.pem", "--bundle", "bundle.pem"], "--bundle needs exactly one chain, not 2"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(arguments, message, capsys):
    assert cli.run(["check", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_file_has_its_bundle_or_a_trust_store(capsys):
    Path("certgate.yaml").write_text("targets: [{file: svid.pem, bundle: bundle.pem, trust: bundle.pem}]\n")
    assert cli.run(["check", "--config", "certgate.yaml"]) == 2
    assert "the bundle is the trust store of this file; leave out trust" in capsys.readouterr().err
