"""certgate as a workload of real SPIRE agents: their bundles, their SVIDs, and servers that want one."""

import json
import re
import shlex
import ssl
import time
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.observe.workload_api.agent import WorkloadApi
from tests.ports import free_port
from tests.real.conftest import launch, program_named  # noqa: F401 (a fixture)

pytestmark = pytest.mark.timeout(300)

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "spiffe.md").read_text()


@pytest.fixture
def one(spire):
    return spire["one.example"]


@pytest.fixture
def two(spire):
    return spire["two.example"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPIFFE_ENDPOINT_SOCKET", raising=False)
    return tmp_path


@pytest.fixture
def scan(home, capfd):
    """`scan(…)`: the exit code, and by target what is not a pass; no key is ever printed or saved."""

    def run(*words, keys=()):
        usual = ["--policy", "spiffe-svid", "--report", "json=r.json", "--save", "seen.jsonl", "--traceback"]
        code = cli.run(["scan", *words, *usual])
        said = "".join(capfd.readouterr())
        if code == 2:
            return code, said
        kept = said + (home / "r.json").read_text() + (home / "seen.jsonl").read_text()
        for key in keys:
            assert key.hex() not in kept
            assert ssl.DER_cert_to_PEM_cert(key).splitlines()[1] not in kept
        return code, {
            target["id"]: {
                finding["rule"]: finding["message"]
                for finding in target["findings"]
                if finding["outcome"] in {"fail", "not-checked", "crashed"} and finding["severity"] == "error"
            }
            for target in json.loads((home / "r.json").read_text())["targets"]
        }

    return run


class Nginx:
    """An nginx that serves the SVID which the agent gave when it was written, and wants one of its trust domain."""

    def __init__(self, home, domain, id, start):
        self.home, self.domain, self.id = home, domain, id
        self.port = free_port()
        self.write()
        (home / "clients.pem").write_text(domain.bundle("pem"))
        temporary = "".join(f"{kind}_temp_path {home}/{kind}; " for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
        (home / "nginx.conf").write_text(
            f"""daemon off; worker_processes 1; pid {home}/nginx.pid;
            events {{ worker_connections 64; }}
            http {{
                access_log off; client_body_temp_path {home}/body; {temporary}
                server {{
                    listen 127.0.0.1:{self.port} ssl;
                    ssl_certificate {home}/svid.pem; ssl_certificate_key {home}/svid.key;
                    ssl_verify_client on; ssl_client_certificate {home}/clients.pem; ssl_verify_depth 2;
                    location / {{ return 200; }}
                }}
            }}"""
        )
        start([program_named("nginx"), "-p", home, "-c", home / "nginx.conf", "-e", home / "error.log"], self.port)

    def write(self):
        """Write the SVID that the agent gives now, as spiffe-helper does."""
        svids = WorkloadApi(self.domain.workload_api).svids(with_keys=True)
        svid = next(one for one in svids if one.id == self.id)
        (self.home / "svid.pem").write_text("".join(map(ssl.DER_cert_to_PEM_cert, svid.chain)))
        pem = ssl.DER_cert_to_PEM_cert(svid.key).replace("CERTIFICATE", "PRIVATE KEY")
        (self.home / "svid.key").write_text(pem)
        self.key, self.leaf = svid.key, svid.chain[0]


@pytest.fixture
def nginx(home, launch):  # noqa: F811
    """`nginx(domain, id)` is running."""

    def start(domain, id):
        folder = home / "nginx"
        folder.mkdir()
        return Nginx(folder, domain, id, launch)

    return start


def test_an_agent_gives_trust_and_svids_within_the_deadline_after_an_entry_was_made(one, scan, home):
    entry = one.register("/fresh")
    try:
        code, found = scan(
            f"workload-api:{one.workload_api}", "--trust", f"spiffe://one.example=workload-api:{one.workload_api}"
        )
        assert (code, found) == (0, {f"workload-api:{one.workload_api}#spiffe://one.example/fresh": {}})
    finally:
        one.remove(entry)
        one.wait_for(lambda ids: not ids)
    (store,) = json.loads((home / "r.json").read_text())["stores"]
    assert store["name"] == f"spiffe://one.example=workload-api:{one.workload_api}"


def test_a_process_without_an_entry_gets_nothing_and_the_others_go_on(one, two, scan, monkeypatch):
    monkeypatch.setenv("SPIFFE_ENDPOINT_SOCKET", one.workload_api)
    with two.registered("/web"):
        code, found = scan(
            f"workload-api:{one.workload_api}",
            f"workload-api:{two.workload_api}",
            *("--trust", "spiffe://one.example=workload-api"),
            *("--trust", f"spiffe://two.example=workload-api:{two.workload_api}", "--timeout", "2"),
        )
    assert code == 3
    refused = found[f"workload-api:{one.workload_api}"]["target.observed"]
    assert refused.startswith(f"forbidden: the agent at {one.workload_api} has no identity for this process")
    assert found[f"workload-api:{two.workload_api}#spiffe://two.example/web"] == {}


def test_a_federated_bundle_of_the_agent_counts_for_its_trust_domain(one, two, scan):
    one.trust(two)
    with one.registered("/web", "-federatesWith", two.id), two.registered("/api"):
        trust = [f"--trust=spiffe://{name}=workload-api:{one.workload_api}" for name in (one.name, two.name)]
        code, found = scan(f"workload-api:{one.workload_api}", f"workload-api:{two.workload_api}", *trust)
        assert (code, list(found.values())) == (0, [{}, {}])
        code, found = scan(f"workload-api:{two.workload_api}", trust[0])
        assert next(iter(found.values()))["spiffe.trust-domain-bundle"] == (
            "no bundle of trust domain two.example; bundles: one.example"
        )
        assert code == 1
        code, found = scan(
            f"workload-api:{one.workload_api}", f"--trust=spiffe://one.example=workload-api:{two.workload_api}"
        )
        assert code == 3
        assert "has no bundle of trust domain one.example; it has bundles of two.example" in str(found)


def test_an_mtls_server_of_the_mesh_is_seen_and_probed_as_its_peers_see_it(one, scan, nginx, home, monkeypatch):
    monkeypatch.setenv("SPIFFE_ENDPOINT_SOCKET", one.workload_api)
    with one.registered("/mesh"):
        server = nginx(one, "spiffe://one.example/mesh")
        (home / "certgate.yaml").write_text(
            f"""
trust: spiffe://one.example=workload-api
targets:
  - host: 127.0.0.1:{server.port}
    client_certificate: workload-api
    expect: workload-api
    mtls: {{control: {{workload_api: {one.workload_api}, id: spiffe://one.example/mesh}}, app: {{http: /}}}}
"""
        )
        code, found = scan("-c", "certgate.yaml", keys=[server.key])
        assert (code, found) == (0, {f"127.0.0.1:{server.port}": {}})
        code, found = scan("-c", "certgate.yaml", "--workers", "2", keys=[server.key])
        assert (code, found) == (0, {f"127.0.0.1:{server.port}": {}})


def test_svids_rotate_during_a_scan_and_what_is_shown_stays_current(one, scan, nginx, home, monkeypatch):
    monkeypatch.setenv("SPIFFE_ENDPOINT_SOCKET", one.workload_api)
    with one.registered("/short", "-x509SVIDTTL", "12"):
        server = nginx(one, "spiffe://one.example/short")
        before = server.leaf
        targets = "".join(
            f"""
  - host: 127.0.0.1:{server.port}#s{number}.one.example
    client_certificate: workload-api
    mtls: {{control: workload-api, app: {{http: /}}}}
    trust: spiffe://one.example=workload-api
"""
            for number in range(4)
        )
        (home / "certgate.yaml").write_text(f"targets:{targets}")
        began = time.monotonic()
        _, found = scan("-c", "certgate.yaml", "--rate", "1", "--per-host", "1", "--timeout", "60")
        assert time.monotonic() - began > 12
        assert len(found) == 4
        for wrong in found.values():
            assert "mtls.required" not in wrong
            assert "mtls.verifies-chain" not in wrong
        assert WorkloadApi(one.workload_api).svids()[0].chain[0] != before
        strict = home / "strict.yaml"
        strict.write_text(
            "name: strict\nextends: spiffe-svid\nrules:\n  - {rule: spiffe.served-is-current, grace_s: 0}\n"
        )
        (home / "certgate.yaml").write_text(
            f"""
trust: spiffe://one.example=workload-api
targets:
  - {{host: "127.0.0.1:{server.port}", client_certificate: workload-api, expect: workload-api, policy: strict.yaml}}
"""
        )
        code, found = scan("-c", "certgate.yaml")
        assert code == 1
        assert "an old SVID is served" in found[f"127.0.0.1:{server.port}"]["spiffe.served-is-current"]


def shown(mark, kind):
    """A tested block of the page."""
    return re.search(rf"<!-- tested: {re.escape(mark)} -->\n```{kind}\n(.*?)```", PAGE, re.DOTALL)[1]


def test_the_commands_of_the_page_run(one, scan, nginx, home, capfd, monkeypatch):
    text = shown("scan", "console").replace("\\\n", "")
    socket = "unix:///run/spire/agent/api.sock"
    lines = [line.removeprefix("$ ").replace(socket, one.workload_api) for line in text.splitlines()]
    export, *commands = lines
    name, _, value = export.removeprefix("export ").partition("=")
    with one.registered("/certgate"):
        monkeypatch.setenv(name, value)
        server = nginx(one, "spiffe://one.example/certgate")
        config = shown("certgate.yaml", "yaml").replace(socket, one.workload_api)
        for host in ("orders", "payments"):
            config = config.replace(f"{host}.one.example:8443", f"127.0.0.1:{server.port}#{host}.one.example")
        (home / "certgate.yaml").write_text(config.replace("app: none", "app: {http: /}"))
        for command in commands:
            code = cli.run([*shlex.split(command)[1:]])
            assert code == 0, "".join(capfd.readouterr())
