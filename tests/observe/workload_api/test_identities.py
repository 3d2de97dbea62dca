"""An SVID of an agent as the client certificate of scans and probes, and as what an endpoint must serve."""

import gc
import json
import pickle
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from OpenSSL import SSL

from certgate.cli import main as cli
from certgate.lab.pki import issue, pem
from certgate.model.mutual_tls import WorkloadClient
from certgate.observe.tls.client_probes import let_in
from certgate.observe.tls.options import ObserveOptions
from certgate.observe.workload_api.agent import AgentFailed
from certgate.observe.workload_api.identities import Identities
from certgate.observe.workload_api.messages import X509Svid
from certgate.x509.purposes import CLIENT_AUTH, SERVER_AUTH
from tests.observe.workload_api.fake_agent import fake_agent, key_of, svid, svids

NOW = datetime.now(UTC)
ROOT = issue("Root", ca=True, sans=["spiffe://one.example"], not_before=NOW - timedelta(days=1), days=30)


def credential(path, age=timedelta(minutes=5)):
    return issue(
        "",
        issuer=ROOT,
        sans=[f"spiffe://one.example{path}"],
        ekus=[SERVER_AUTH, CLIENT_AUTH],
        policies=(),
        not_before=NOW - age,
        days=1,
    )


SCANNER, SERVER, OLD = credential("/scanner"), credential("/server"), credential("/server", timedelta(minutes=20))


@pytest.fixture(scope="module")
def running():
    with fake_agent() as agent:
        yield agent


@pytest.fixture
def agent(running, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPIFFE_ENDPOINT_SOCKET", running.socket)
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    running.svids = svids(svid("spiffe://one.example/scanner", SCANNER), svid("spiffe://one.example/server", SERVER))
    running.refusals, running.behave = 0, None
    running.asked.clear()
    return running


@pytest.fixture
def server(serve, tls):
    """`server(certificate)`: a server that lets in only those of its trust domain."""

    def start(shown=SERVER):
        accepted = {one.der for one in (SCANNER, SERVER)}

        def verify(_connection, certificate, _error, depth, _ok):
            from cryptography.hazmat.primitives.serialization import Encoding

            return depth > 0 or certificate.to_cryptography().public_bytes(Encoding.DER) in accepted

        def configure(context):
            context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, verify)

        return serve(tls(chain=(shown,), key=shown.key, configure=configure))

    return start


@pytest.fixture
def scan(capfd):
    """`scan(target)`: the exit code, the target's verdict, what is not a pass, and all that was said and written."""

    def run(entry, *words):
        lines = "".join(f"    {line}\n" for line in entry.splitlines())
        Path("certgate.yaml").write_text(f"targets:\n  -{lines[3:]}")
        trust = "spiffe://one.example=root.pem"
        usual = ["--policy", "spiffe-svid", "--trust", trust, "--traceback", "--timeout", "30"]
        code = cli.run(
            ["scan", "-c", "certgate.yaml", *usual, "--report", "json=r.json", "--save", "seen.jsonl", *words]
        )
        said = "".join(capfd.readouterr())
        if code == 2:
            return code, said
        (target,) = json.loads(Path("r.json").read_text())["targets"]
        wrong = {f["rule"]: f["message"] for f in target["findings"] if f["outcome"] in {"fail", "not-checked"}}
        written = said + Path("r.json").read_text() + Path("seen.jsonl").read_text()
        assert key_of(SCANNER).hex() not in written
        assert "PRIVATE" not in written
        return code, target, wrong

    return run


def entry(server, **more):
    lines = [f"host: {server.address}:{server.port}", *(f"{key}: {value}" for key, value in more.items())]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "client",
    [
        "workload-api",
        "{workload_api: SOCKET}",
        "{workload_api: SOCKET, id: spiffe://one.example/scanner}",
        "{workload_api: SOCKET, id: spiffe://one.example/server}",
    ],
)
def test_a_server_of_the_mesh_is_seen_as_its_peers_see_it(agent, server, scan, client):
    written = client.replace("SOCKET", agent.socket)
    code, target, wrong = scan(entry(server(), client_certificate=written, probes="false"))
    assert (code, wrong) == (0, {})
    wanted = SERVER if "/server" in client else SCANNER
    (seen,) = target["observations"]
    assert seen["client_certificate"] == sha256(wanted.der).hexdigest()
    assert target["source"]["client_certificate"].startswith(f"workload-api:{agent.socket}")


def test_the_control_of_probes_may_come_from_an_agent(agent, server, scan, monkeypatch):
    monkeypatch.setattr(let_in, "LEAST_WAIT", 5)  # a busy machine must not turn an answer into silence
    mtls = "{control: workload-api, app: none}"
    code, _, wrong = scan(entry(server(), client_certificate="workload-api", mtls=mtls))
    assert "mtls.required" not in wrong
    assert "mtls.verifies-chain" not in wrong
    assert code == 0


def test_without_the_agent_its_clients_targets_are_incomplete(agent, server, scan):
    code, _, wrong = scan(entry(server(), client_certificate="{workload_api: unix:///none.sock}"))
    assert code == 3
    assert wrong["target.observed"] == "no-client-certificate: there is no agent: /none.sock is not a socket"
    code, _, wrong = scan(
        entry(server(), client_certificate=f"{{workload_api: {agent.socket}, id: spiffe://one.example/gone}}")
    )
    assert code == 3
    assert wrong["target.observed"] == (
        f"no-client-certificate: the agent at {agent.socket} gives no SVID spiffe://one.example/gone to this process; "
        "it gives spiffe://one.example/scanner, spiffe://one.example/server"
    )


def test_a_key_that_is_not_the_svids_is_not_used(agent, server, scan):
    broken = svid("spiffe://one.example/scanner", SCANNER).replace(key_of(SCANNER), key_of(SERVER))
    agent.svids = svids(broken)
    code, _, wrong = scan(entry(server(), client_certificate="workload-api"))
    assert code == 3
    assert "cannot be used with its key" in wrong["target.observed"]


def test_each_worker_asks_the_agent_itself(agent, server, scan):
    code, _, wrong = scan(entry(server(), client_certificate="workload-api", probes="false"), "--workers", "2")
    assert (code, wrong) == (0, {})
    assert agent.asked


def test_a_copy_for_another_process_has_no_key(agent):
    identities = Identities(5.0)
    key = identities.client(WorkloadClient(agent.socket)).result(10).key
    assert key == key_of(SCANNER)
    copied = pickle.dumps(ObserveOptions(identities=identities))
    assert key not in copied
    assert pickle.loads(copied).identities.client(WorkloadClient(agent.socket)).result(10).key == key


def test_a_failure_that_is_remembered_keeps_no_key(agent):
    own = credential("/own")
    agent.svids = svids(svid("spiffe://one.example/own", own))
    identities = Identities(5.0)
    failed = identities.client(WorkloadClient(agent.socket, "spiffe://one.example/gone"))
    assert isinstance(failed.exception(10), AgentFailed)
    assert [one for one in gc.get_objects() if isinstance(one, X509Svid) and one.key == key_of(own)] == []


def test_a_certificate_is_asked_for_again_after_a_while_and_once_for_many(agent):
    now = [0.0]
    identities = Identities(5.0, now=lambda: now[0])
    client = WorkloadClient(agent.socket)
    first = identities.client(client)
    assert identities.client(client) is first
    first.result(10)
    now[0] = 4.9
    assert identities.client(client) is first
    now[0] = 5.1
    assert identities.client(client) is not first
    assert isinstance(Identities(1.0).client(WorkloadClient("unix:///none")).exception(10), AgentFailed)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("workload-ipa", "must be {cert: FILE, key: FILE}, {cert: FILE} if that holds the key, too, or workload-api"),
        ("{workload_ap: x}", 'unknown key "workload_ap"'),
        ("{workload_api: /run/api.sock}", "the socket of a Workload API must be unix:///PATH"),
        ("{workload_api: unix:///run/api.sock, id: web}", 'id: "web" is not a SPIFFE ID'),
        ("{cert: a, id: b}", "must be {cert: FILE"),
    ],
)
@pytest.mark.parametrize("key", ["client_certificate: ", "mtls: {control: "])
def test_what_is_not_a_client_certificate_is_refused(agent, scan, value, problem, key):
    code, said = scan(f"host: a.example\n{key}{value}{'}' if '{c' in key else ''}")
    assert code == 2
    assert problem in " ".join(said.split())


def test_without_a_socket_in_the_environment_it_must_be_named(agent, scan, monkeypatch):
    monkeypatch.delenv("SPIFFE_ENDPOINT_SOCKET")
    code, said = scan("host: a.example\nclient_certificate: workload-api")
    assert code == 2
    assert "SPIFFE_ENDPOINT_SOCKET is not set: name the socket of the agent" in " ".join(said.split())


def test_without_the_extra_its_name_is_told(agent, scan, monkeypatch):
    monkeypatch.setattr("certgate.policy.workload_socket.find_spec", lambda _: None)
    code, said = scan("host: a.example\nclient_certificate: workload-api")
    assert code == 2
    assert "run `pip install 'certgate[spiffe]'`" in " ".join(said.split())


def test_the_svid_that_the_agent_gives_must_be_served(agent, server, scan):
    code, _, wrong = scan(entry(server(), client_certificate="workload-api", expect="workload-api", probes="false"))
    assert (code, wrong) == (0, {})
    assert agent.asked == ["X509SVID", "X509SVID"]


def test_an_old_svid_is_a_violation(agent, server, scan):
    code, _, wrong = scan(entry(server(OLD), client_certificate="workload-api", expect="workload-api"))
    assert code == 1
    assert wrong["spiffe.served-is-current"].startswith("an old SVID is served")


def test_without_the_agent_it_is_not_known_what_must_be_served(agent, server, scan):
    code, _, wrong = scan(entry(server(), client_certificate="workload-api", expect="workload-api:unix:///none.sock"))
    assert code == 3
    assert wrong == {"spiffe.served-is-current": "there is no agent: /none.sock is not a socket"}
