"""What the servers that people run accept, in their configurations, and what they do with what they refuse."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from certgate.cli.main import run
from certgate.lab.pki import issue, pem

NAME = "db.corp.example"
POLICY = """\
name: asking
extends: [internal-pki]
rules:
  - rule: tls.accepts-version
  - rule: tls.accepts-cipher
  - rule: tls.accepts-group
  - {rule: pq.group-offered, severity: warning}
  - {rule: pq.group-preferred, severity: warning}
  - rule: pq.draft-group
"""
ASKING = [line.partition("rule: ")[2].partition(",")[0].strip() for line in POLICY.splitlines() if "rule: " in line]


@pytest.fixture(params=["P-256", pytest.param("RSA-2048", marks=pytest.mark.slow)])
def scan(start, site, tmp_path, request):
    """`scan(…)` is the exit code, what each rule says and the answers of a server of this kind."""
    began = datetime.now(UTC) - timedelta(days=5)
    root = issue("Root", ca=True, not_before=began, days=3650)
    leaf = issue("", issuer=root, sans=[NAME], not_before=began, days=40, key=request.param)
    (tmp_path / "root.pem").write_bytes(pem(root))
    (tmp_path / "asking.yaml").write_text(POLICY)

    def gate(**server):
        port = start(site(NAME, leaf), **server)
        report = tmp_path / "report.json"
        words = ["--policy", str(tmp_path / "asking.yaml"), "--trust", str(tmp_path / "root.pem"), "--verbose"]
        (tmp_path / "hosts.txt").write_text(f"127.0.0.1:{port} name={NAME}\n")
        code = run(["scan", "--targets", str(tmp_path / "hosts.txt"), *words, "--report", f"json={report}"])
        (entry,) = json.loads(report.read_text())["targets"]
        said = {rule: {f["outcome"] for f in entry["findings"] if f["rule"] == rule} for rule in ASKING}
        return code, said, entry["observations"][0]["probes"]

    return gate


def test_a_strict_server_passes(scan):
    code, said, answers = scan(accepts="strict")

    assert said == {
        "tls.accepts-version": {"pass"},
        "tls.accepts-cipher": {"pass"},
        "tls.accepts-group": {"pass"},
        "pq.group-offered": {"fail"},
        "pq.group-preferred": {"not-applicable"},
        "pq.draft-group": {"pass"},
    }
    assert code == 0
    assert {answer["outcome"] for answer in answers} == {"refused"}


def test_a_server_that_keeps_everything_old_accepts_it(scan):
    code, said, answers = scan(accepts="old")

    assert {said[f"tls.accepts-{what}"] == {"fail"} for what in ("version", "cipher", "group")} == {True}
    assert code == 1
    chosen = {answer["what"].partition(" other")[0]: answer["chosen"] for answer in answers}
    assert chosen["SSLv3, TLSv1, TLSv1.1"] == "TLSv1.1"
    assert chosen["TLS 1.2 and older, groups"] == "secp521r1"


def test_a_server_that_requires_a_client_certificate_is_asked_all_the_same(scan):
    authority = issue("Clients", ca=True)

    _, said, _ = scan(accepts="strict", client_ca=authority)

    assert [said[f"tls.accepts-{what}"] for what in ("version", "cipher", "group")] == [{"pass"}] * 3
