"""`certgate scan` that probes whom a server lets in: the whole way from certgate.yaml to reports and back."""

import base64
import json
from pathlib import Path

import pytest
from OpenSSL import SSL, crypto

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem
from certgate.observe.tls.client_probes import let_in
from certgate.x509.certificate import parse_certificate
from tests.observe.conftest import Server
from tests.schemas import report_schema, saved_schema

NAME = "pay.corp.example"
ROOT, CLIENTS = issue("Root", ca=True), issue("Clients", ca=True)
LEAF = issue("", issuer=ROOT, sans=[NAME])
CLIENT_AUTH = ["1.3.6.1.5.5.7.3.2"]
GOOD, EXPIRED = (issue("robot", issuer=CLIENTS, ekus=CLIENT_AUTH, days=days) for days in (90, 5))
AT = ["--at", CLOCK.isoformat()]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("good.pem").write_bytes(pem(GOOD) + GOOD.key_pem)
    Path("expired.pem").write_bytes(pem(EXPIRED) + EXPIRED.key_pem)
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: validity.expired}]")


@pytest.fixture(params=["verifies", "lets all in"])
def verifies(request):
    """Whether the server of the test verifies its clients."""
    return request.param == "verifies"


@pytest.fixture
def server(verifies):
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate(LEAF.native)
    context.use_privatekey(LEAF.key)
    store = context.get_cert_store()
    store.add_cert(crypto.X509.from_cryptography(CLIENTS.native))
    store.set_time(CLOCK)
    must = SSL.VERIFY_FAIL_IF_NO_PEER_CERT if verifies else 0
    context.set_verify(SSL.VERIFY_PEER | must, None if verifies else lambda *_: True)
    context.add_client_ca(CLIENTS.native)
    context.set_session_id(b"test")

    def talk(client):
        connection = SSL.Connection(context, client)
        connection.set_accept_state()
        connection.do_handshake()
        connection.recv(4096)

    running = Server(talk)
    yield running
    running.close()


@pytest.fixture
def declared(server, monkeypatch):
    """A certgate.yaml for the server, which has the time of a busy machine to answer."""
    monkeypatch.setattr(let_in, "LEAST_WAIT", 1.5)
    Path("certgate.yaml").write_text(
        f"""targets:
  - host: 127.0.0.1:{server.port}
    name: {NAME}
    mtls:
      control: {{cert: good.pem}}
      refuse: {{expired: {{cert: expired.pem}}}}
      app: none
"""
    )


def scan(*words):
    usual = ["--policy", "p.yaml", "--trust", "root.pem", *AT, "--color", "never"]
    return cli.run(["scan", *usual, *words])


def outcomes(report):
    (target,) = report["targets"]
    return {
        (finding["rule"], finding["outcome"], finding["severity"])
        for finding in target["findings"]
        if finding["rule"].startswith("mtls.")
    }


def test_a_run_says_whom_the_server_lets_in_and_a_saved_one_says_the_same(declared, verifies, capsys):
    code = scan("--report", "json=new.json", "--save", "seen.jsonl", "--verbose")

    told = capsys.readouterr()
    report = json.loads(Path("new.json").read_text())
    report_schema().validate(report)
    for line in Path("seen.jsonl").read_text().splitlines():
        saved_schema().validate(json.loads(line))
    found = outcomes(report)
    rules = {"mtls.required", "mtls.verifies-chain", "mtls.verifies-time"}
    assert ("mtls.ca-names", "fail", "info") in found
    assert {rule for rule, outcome, _ in found if outcome == ("pass" if verifies else "fail")} >= rules
    assert code == (0 if verifies else 1)
    assert "5 probes of its client authentication at each address" in told.err

    assert cli.run(["check", "seen.jsonl", *AT, "--report", "json=again.json", "--verbose"]) == code
    assert outcomes(json.loads(Path("again.json").read_text())) == found


def test_no_key_reaches_an_output(declared, capsys):
    scan("--report", "json=new.json", "--report", "sarif=new.sarif", "--save", "seen.jsonl", "--verbose")

    written = "".join(Path(name).read_text() for name in ("new.json", "new.sarif", "seen.jsonl"))
    written += "".join(capsys.readouterr())
    for credential in (GOOD, EXPIRED):
        secret = credential.key.private_numbers().private_value.to_bytes(32)
        lines = credential.key_pem.decode().splitlines()[1:-1]
        assert not any(line in written for line in lines)
        assert base64.b64encode(secret).decode() not in written
        assert secret.hex() not in written


def test_the_option_alone_takes_the_certificate_of_the_run_for_the_client_to_let_in(server, verifies):
    words = [f"127.0.0.1:{server.port}#{NAME}", "--probe-mtls", "--cert", "good.pem", "--report", "json=new.json"]

    code = scan(*words)

    probes = json.loads(Path("new.json").read_text())["targets"][0]["observations"][0]["probes"]
    assert [probe["what"] for probe in probes] == ["mtls control", "mtls none", "mtls self-signed", "mtls lookalike"]
    assert {probe["outcome"] for probe in probes} == {"silent", *(["refused-after-handshake"] if verifies else [])}
    assert code == 3  # nobody has said how to ask


def test_the_names_of_cas_are_those_that_the_server_sends(server):
    scan(f"127.0.0.1:{server.port}#{NAME}", "--probe-mtls", "--report", "json=new.json")

    probes = json.loads(Path("new.json").read_text())["targets"][0]["observations"][0]["probes"]
    subject = parse_certificate(CLIENTS.der).subject.text
    assert {tuple(probe["ca_names"]) for probe in probes} == {(subject,)}


def test_without_the_rules_no_probe_is_made(declared, server):
    scan("--ignore", "mtls.*", "--report", "json=new.json")

    (observation,) = json.loads(Path("new.json").read_text())["targets"][0]["observations"]
    assert "probes" not in observation
    assert server.clients == 1


def test_without_probes_the_rules_are_not_checked(declared, server):
    assert scan("--no-probes", "--report", "json=new.json", "--verbose") == 3

    found = outcomes(json.loads(Path("new.json").read_text()))
    assert {outcome for _, outcome, _ in found} == {"not-checked"}
    assert server.clients == 1


def test_an_unknown_kind_is_a_mistake_before_anything_is_observed(server, capsys):
    Path("certgate.yaml").write_text(
        f"targets:\n  - host: 127.0.0.1:{server.port}\n    mtls: {{refuse: {{expird: x}}}}\n"
    )

    assert scan() == 2
    assert 'certgate.yaml:3:21: unknown key "expird"; did you mean "expired"?' in capsys.readouterr().err
    assert server.clients == 0
