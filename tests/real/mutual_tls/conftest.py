"""The servers that people run, in every way in which they can be told to ask for client certificates."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from shutil import which

import pytest

from certgate.lab.pki import issue, pem
from certgate.model.mutual_tls import ClientFiles, ClientKind, Expect, MutualTls
from certgate.model.target import Endpoint, Probe, Target, Visit
from certgate.observe.tls.client_certificate import load_client_certificate
from certgate.observe.tls.client_probes import let_in
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions
from tests.ports import free_port
from tests.real.starttls.daemons import AS_USER, NPM_POSTGRES, Place, newer_postgres, own
from tests.real.starttls.daemons import postgres as older_postgres

NAME, OTHER = "pay.corp.example", "shop.corp.example"
CLIENT_AUTH = ("1.3.6.1.5.5.7.3.2",)
VERSIONS = ("TLSv1.2", "TLSv1.3")
GO_SERVER = Path(__file__).with_name("server.go")


@dataclass(frozen=True)
class Pki:
    """Files of a server, its clients' CA, and clients."""

    home: Path

    def __post_init__(self) -> None:
        now = datetime.now(UTC)
        times = {"not_before": now - timedelta(days=5), "days": 40}
        root = issue("Root", ca=True, not_before=now - timedelta(days=5), days=400)
        server = issue("", issuer=root, sans=[NAME, OTHER], **times)
        ca = issue("Clients", ca=True, not_before=now - timedelta(days=5), days=400)
        client = issue("robot", issuer=ca, ekus=CLIENT_AUTH, sans=["robot.corp.example"], **times)
        expired = issue("robot", issuer=ca, ekus=CLIENT_AUTH, not_before=now - timedelta(days=9), days=2)
        self.path("server.pem").write_bytes(pem(server))
        self.path("server.key").write_bytes(server.key_pem)
        self.path("server.both").write_bytes(pem(server) + server.key_pem)
        self.path("clients.pem").write_bytes(pem(ca))
        for name, credential in (("client", client), ("expired", expired)):
            self.path(f"{name}.pem").write_bytes(pem(credential) + credential.key_pem)

    def path(self, name: str) -> Path:
        """A file of that name."""
        return self.home / name


@pytest.fixture(scope="session")
def clients(tmp_path_factory):
    """The certificates, as files."""
    return Pki(tmp_path_factory.mktemp("mutual-tls"))


@pytest.fixture(scope="session")
def probe(clients):
    """`probe(port)` is the answer of the server there to each kind of client."""
    files = {name: ClientFiles(str(clients.path(f"{name}.pem"))) for name in ("client", "expired")}
    loaded = {one: load_client_certificate(one.certificate, one.key, None) for one in files.values()}

    def answers(port, *, app="", expect=Expect.REQUIRED, protocol="", also=()):
        mtls = MutualTls(
            expect=expect, control=files["client"], refuse=((ClientKind.EXPIRED, files["expired"]),), app=app
        )
        visit = Visit(mtls=mtls, probes=(Probe.MTLS,), also=also)
        target = Target(id="t", ordinal=0, source=Endpoint("127.0.0.1", port, NAME, protocol, visit))
        (observed,) = observe_endpoints([target], ObserveOptions(client_certificates=loaded))
        return {answer.what.removeprefix("mtls "): answer for answer in observed.observations[0].probes}

    return answers


@pytest.fixture(autouse=True)
def patience(request, monkeypatch):
    """A busy machine must not turn an alert into silence. In TLS 1.2 every alert comes in the handshake."""
    if "TLSv1.3" in request.node.name:
        monkeypatch.setattr(let_in, "LEAST_WAIT", 2.0)


@contextmanager
def running(command, port, **options) -> Iterator[None]:
    """A server that listens on `port`."""
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    process = subprocess.Popen(command, **streams, **options)
    try:
        wait_until_it_listens(process, port)
        yield
    finally:
        process.terminate()
        process.wait(10)


def wait_until_it_listens(process, port) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            pytest.fail(f"the server ended at once, with the code {process.returncode}")
        time.sleep(0.02)
    pytest.fail("the server does not listen")


def program(name: str) -> str:
    found = which(name) or which(name, path="/usr/sbin:/usr/local/sbin:/usr/local/go/bin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="session")
def nginx(clients):
    """Ports of one nginx, by what `ssl_verify_client` says and the TLS version."""
    ports = {key: free_port() for key in product(("on", "optional", "optional_no_ca"), VERSIONS)}
    servers = "".join(
        f"""server {{ listen 127.0.0.1:{port} ssl; server_name {name}; ssl_protocols {version};
            ssl_certificate {clients.path("server.pem")}; ssl_certificate_key {clients.path("server.key")};
            ssl_verify_client {way}; ssl_client_certificate {clients.path("clients.pem")};
            return 200; }}
        """
        for (way, version), port in ports.items()
        for name in (NAME, OTHER)
    )
    home = clients.home
    temporary = "".join(f"{kind}_temp_path {home}/{kind}; " for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    config = clients.path("nginx.conf")
    config.write_text(
        f"""daemon off; worker_processes 1; pid {home}/nginx.pid; events {{ worker_connections 64; }}
        http {{ access_log off; client_body_temp_path {home}/body; {temporary} {servers} }}"""
    )
    with running([program("nginx"), "-p", home, "-c", config, "-e", home / "error.log"], list(ports.values())[-1]):
        yield ports


@pytest.fixture(scope="session")
def haproxy(clients):
    """Ports of one haproxy, by mode, by what it verifies, and by the TLS version."""
    ways = {
        "required": "verify required",
        "optional": "verify optional",
        "ignoring": "verify optional crt-ignore-err all ca-ignore-err all",
    }
    modes = {"http": "http-request return status 200", "tcp": "tcp-request content accept\n    default_backend echo"}
    ports = {key: free_port() for key in product(modes, ways, VERSIONS)}
    frontends = "".join(
        f"""
frontend {mode}-{way}-{version}
    mode {mode}
    bind 127.0.0.1:{port} ssl crt {clients.path("server.both")} ca-file {clients.path("clients.pem")} {ways[way]} ssl-min-ver {version} ssl-max-ver {version}
    {modes[mode]}
"""
        for (mode, way, version), port in ports.items()
    )
    config = clients.path("haproxy.cfg")
    config.write_text(
        f"""
global
    maxconn 64
defaults
    timeout client 5s
    timeout server 5s
    timeout connect 5s
{frontends}
backend echo
    mode tcp
    server silent 127.0.0.1:{next(iter(ports.values()))}
"""
    )
    with running([program("haproxy"), "-q", "-db", "-f", config], list(ports.values())[-1]):
        yield ports


@pytest.fixture(scope="session")
def s_server(clients):
    """Ports of `openssl s_server -Verify`, by the TLS version; with "RSA" those of one that takes such keys alone."""
    with ExitStack() as stack:
        ports = {}
        for version, option in zip(VERSIONS, ("-tls1_2", "-tls1_3"), strict=True):
            port = free_port()
            ports[version] = port
            command = [program("openssl"), "s_server", "-quiet", "-www", "-accept", f"127.0.0.1:{port}", option]
            command += ["-cert", clients.path("server.pem"), "-key", clients.path("server.key"), "-no-CApath"]
            command += ["-Verify", "1", "-verify_return_error", "-CAfile", clients.path("clients.pem")]
            stack.enter_context(running(command, port))
            port = free_port()
            ports[version, "RSA"] = port
            command[command.index("-accept") + 1] = f"127.0.0.1:{port}"
            command.remove("-verify_return_error")
            stack.enter_context(running([*command, "-client_sigalgs", "RSA-PSS+SHA256:RSA+SHA256"], port))
        yield ports


@pytest.fixture(scope="session")
def go(clients, tmp_path_factory):
    """Ports of one Go server, by what it asks for, and by the TLS version; built once."""
    built = tmp_path_factory.mktemp("go") / "server"
    subprocess.run([program("go"), "build", "-o", built, GO_SERVER], check=True, timeout=300, cwd=built.parent)
    ways = ("Request", "RequireAny", "VerifyIfGiven", "RequireAndVerify", "RequireAndVerify without ClientCAs")
    ports = {key: free_port() for key in product(ways, VERSIONS)}
    words = [f"{port} {version} {way}" for (way, version), port in ports.items()]
    files = [clients.path(name) for name in ("server.pem", "server.key", "clients.pem")]
    with running([built, *files, *words], list(ports.values())[-1]):
        yield ports


@pytest.fixture(scope="session")
def cluster(clients):
    """A PostgreSQL that wants client certificates, and the command that runs it."""
    home = Path(tempfile.mkdtemp(prefix="certgate-"))
    try:
        own(home).chmod(0o755)
        port = free_port()
        at = Place(home, port, tls=True)
        at.chain.write_bytes(clients.path("server.pem").read_bytes())
        at.key.write_bytes(clients.path("server.key").read_bytes())
        own(at.key).chmod(0o600)
        command = (newer_postgres if NPM_POSTGRES.exists() else older_postgres)(at)
        ca = at.write("clients.pem", clients.path("clients.pem").read_text())
        (home / "data/pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 trust clientcert=verify-ca\n")
        yield at, [*command, "-c", f"ssl_ca_file={ca}"]
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=VERSIONS)
def postgres(request, cluster):
    """The TLS version of a PostgreSQL, and its port."""
    at, command = cluster
    versions = [f"ssl_{end}_protocol_version={request.param}" for end in ("min", "max")]
    words = [word for version in versions for word in ("-c", version)]
    with running([*command, *words], at.port, cwd=at.home, start_new_session=True, **AS_USER):
        yield request.param, at.port
