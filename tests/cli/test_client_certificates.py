"""`certgate scan` with client certificates: which is shown where, and what is refused beforehand."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from OpenSSL import SSL

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem
from tests.observe.conftest import Server
from tests.schemas import report_schema

NAME = "db.corp.example"
ROOT = issue("Root", ca=True)
LEAF = issue("", issuer=ROOT, sans=[NAME])
ROBOT, OTHER = (issue(name, issuer=ROOT) for name in ("robot", "other"))


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("leaf.pem").write_bytes(pem(LEAF))
    Path("robot.pem").write_bytes(pem(ROBOT))
    Path("robot.key").write_bytes(ROBOT.key_pem)
    locked = ROBOT.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hush, hush"))
    Path("locked.key").write_bytes(locked)
    Path("other.pem").write_bytes(pem(OTHER) + OTHER.key_pem)
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: validity.expired}]")
    Path("phrase").write_text("hush, hush\n")


@pytest.fixture
def server():
    """Asks for a client certificate, and takes any."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file("leaf.pem")
    context.use_privatekey(LEAF.key)
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)

    def talk(client):
        connection = SSL.Connection(context, client)
        connection.set_accept_state()
        connection.do_handshake()
        while client.recv(65536):
            pass

    running = Server(talk)
    yield running
    running.close()


def scan(*words):
    usual = ["--policy", "p.yaml", "--trust", "root.pem", "--at", CLOCK.isoformat(), "--color", "never"]
    return cli.run(["scan", *usual, *words])


def fingerprints(report):
    return [entry["observations"][0].get("client_certificate") for entry in report["targets"]]


def sha(credential):
    return sha256(credential.der).hexdigest()


def test_reports_and_saved_observations_say_which_one_was_shown(server, capsys):
    words = ["--cert", "robot.pem", "--key", "locked.key", "--password-file", "phrase", "--save", "seen.jsonl"]

    assert scan(f"127.0.0.1:{server.port}#{NAME}", *words, "--report", "json=r.json") == 0

    report = json.loads(Path("r.json").read_text())
    report_schema().validate(report)
    assert fingerprints(report) == [sha(ROBOT)]
    again = ["check", "seen.jsonl", "--policy", "p.yaml", "--trust", "root.pem", "--at", CLOCK.isoformat()]
    assert cli.run([*again, "--report", "json=again.json"]) == 0
    assert fingerprints(json.loads(Path("again.json").read_text())) == [sha(ROBOT)]
    key = ROBOT.key_pem.decode().splitlines()[1]
    for written in (Path("r.json").read_text(), Path("seen.jsonl").read_text(), *capsys.readouterr()):
        assert "hush, hush" not in written
        assert key not in written


def test_a_target_may_have_its_own_with_paths_relative_to_the_file(server):
    Path("conf").mkdir()
    Path("conf/certgate.yaml").write_text(
        f"targets:\n  - host: 127.0.0.1:{server.port}#a.example\n"
        f"  - {{host: '127.0.0.1:{server.port}#b.example', client_certificate: {{cert: ../other.pem}}}}\n"
    )
    words = ["--config", "conf/certgate.yaml", "--cert", "robot.pem", "--key", "robot.key"]

    assert scan(*words, "--report", "json=r.json") == 0
    assert fingerprints(json.loads(Path("r.json").read_text())) == [sha(ROBOT), sha(OTHER)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--cert", "gone.pem"], "the client certificate gone.pem: the file cannot be read"),
        (["--cert", "robot.pem"], "the client certificate robot.pem: it holds no private key"),
        (["--cert", "robot.pem", "--key", "other.pem"], "the private key does not belong to the certificate"),
        (["--cert", "robot.pem", "--key", "locked.key"], "the private key is encrypted: give its pass phrase"),
        (["--key", "robot.key"], "--key without --cert"),
    ],
)
def test_what_cannot_be_shown_is_refused_before_anything_is_observed(server, capsys, words, told):
    assert scan(f"127.0.0.1:{server.port}", *words) == 2
    assert told in capsys.readouterr().err
    assert server.clients == 0


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{cert: robot.pem, key: other.pem}", "certgate.yaml:2:5: the client certificate robot.pem with the key"),
        ("robot.pem", "must be {cert: FILE, key: FILE}, {cert: FILE} if that holds the key, too, or workload-api"),
        ("{key: robot.key}", "must be {cert: FILE, key: FILE}"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_place(capsys, said, told):
    Path("certgate.yaml").write_text(f"targets:\n  - {{host: a.example, client_certificate: {said}}}\n")

    assert scan("--config", "certgate.yaml") == 2
    assert told in capsys.readouterr().err
