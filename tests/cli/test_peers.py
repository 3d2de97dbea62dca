"""Who may call whom, the whole way: from certgate.yaml over real connections to reports, and from a saved run again."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from OpenSSL import SSL, crypto

import certgate.observe.saved
import certgate.reports
from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, Credential, issue, pem
from certgate.observe.tls.client_probes import let_in
from certgate.x509.purposes import CLIENT_AUTH, SERVER_AUTH
from tests.cli.test_policy_server import opa as real_opa
from tests.observe.conftest import Server
from tests.schemas import report_schema, saved_schema

ROOT = issue("Root", ca=True, sans=["spiffe://corp.example"])
ID = "spiffe://corp.example/{}"


def svid(name: str) -> Credential:
    beginning = CLOCK - timedelta(minutes=5)
    ekus = [SERVER_AUTH, CLIENT_AUTH]
    return issue("", issuer=ROOT, sans=[ID.format(name)], ekus=ekus, not_before=beginning, days=0.5, policies=[])


API, WEB, JOB = map(svid, ("api", "web", "job"))


opa = real_opa


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server that lets in every client of its trust domain."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(let_in, "LEAST_WAIT", 1.5)
    Path("root.pem").write_bytes(pem(ROOT))
    for name, one in {"web": WEB, "job": JOB}.items():
        Path(f"{name}.pem").write_bytes(pem(one) + one.key_pem)
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate(API.native)
    context.use_privatekey(API.key)
    store = context.get_cert_store()
    store.add_cert(crypto.X509.from_cryptography(ROOT.native))
    store.set_time(CLOCK)
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)

    def talk(client):
        connection = SSL.Connection(context, client)
        connection.set_accept_state()
        connection.do_handshake()
        connection.recv(4096)

    running = Server(talk)
    yield running
    running.close()


def found(*words):
    at = ["--at", CLOCK.isoformat()]
    code = cli.run([*words, *at, "--select", "spiffe.peer-*", "--report", "json=r.json", "--verbose", "--quiet"])
    report = json.loads(Path("r.json").read_text())
    report_schema().validate(report)
    findings = {
        target["id"].partition(":")[0]: {
            finding["rule"]: (finding["outcome"], finding["message"])
            for finding in target["findings"]
            if finding["rule"].startswith("spiffe.peer")
        }
        for target in report["targets"]
    }
    return code, findings


def test_a_server_that_lets_in_whom_peers_do_not_allow_is_a_violation_also_when_judged_again(server):
    Path("certgate.yaml").write_text(
        f"""\
policy: spiffe-svid
trust: spiffe://corp.example=root.pem
peers:
  - tenant: pay
    from: [{ID.format("web")}]
    to: [{ID.format("api")}]
targets:
  - host: 127.0.0.1:{server.port}
    labels: {{tenant: pay}}
    mtls: {{control: {{cert: web.pem}}, refuse: {{wrong-id: {{cert: job.pem}}}}, app: none}}
"""
    )
    code, findings = found("scan", "--save", "s.jsonl")
    message = f"{ID.format('job')} may not call {ID.format('api')} by peers, but is let in"
    assert (code, findings["127.0.0.1"]["spiffe.peer-admitted"]) == (1, ("fail", message))
    assert findings["127.0.0.1"]["spiffe.peer-named"][0] == "pass"
    for line in Path("s.jsonl").read_text().splitlines():
        saved_schema().validate(json.loads(line))
    assert found("check", "s.jsonl") == (code, findings)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_real_open_policy_agent_decides_by_the_list_and_the_policy_of_the_page(opa, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = (Path(certgate.__file__).parents[1] / "docs" / "guides" / "spiffe.md").read_text()
    Path("peers.rego").write_text(page.partition("<!-- tested: peers.rego -->\n```rego\n")[2].partition("```")[0])
    entries = f"[{{from: [{ID.format('web')}, '{ID.format('jobs/*')}'], to: [{ID.format('api')}]}}]"
    Path("certgate.yaml").write_text(f"peers: {entries}\ntargets: [{{host: a.example}}]\n")
    assert cli.run(["policy", "peers"]) == 0
    Path("peers.json").write_text(capsys.readouterr().out)
    calls = {("web", "api"): True, ("jobs/a/b", "api"): True, ("jobs", "api"): False, ("api", "web"): False}
    for (client, server), allowed in calls.items():
        Path("input.json").write_text(json.dumps({"client": ID.format(client), "server": ID.format(server)}))
        files = ["-d", "peers.rego", "-d", "peers.json", "-i", "input.json"]
        done = subprocess.run([opa, "eval", *files, "data.mesh.allow"], capture_output=True, check=True, text=True)
        assert bool(json.loads(done.stdout).get("result")) is allowed


def test_svids_in_files_must_be_named_for_their_tenant(server):
    Path("certgate.yaml").write_text(
        f"""\
policy: spiffe-svid
trust: spiffe://corp.example=root.pem
peers:
  - {{tenant: pay, from: [{ID.format("web")}], to: [{ID.format("api")}]}}
  - {{tenant: ship, from: [{ID.format("job")}], to: [{ID.format("api")}]}}
targets:
  - {{file: web.pem, role: client, labels: {{tenant: pay}}}}
  - {{file: job.pem, role: client, labels: {{tenant: pay}}}}
"""
    )
    code, findings = found("check", "--config", "certgate.yaml")
    assert code == 1
    assert findings["web.pem"]["spiffe.peer-named"][0] == "pass"
    message = f"{ID.format('job')} is in no from of the peers of tenant pay"
    assert findings["job.pem"]["spiffe.peer-named"] == ("fail", message)
    assert findings["job.pem"]["spiffe.peer-admitted"][0] == "not-applicable"
