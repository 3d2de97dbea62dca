"""An nginx as edge and others behind it, with and without client certificates and lists of addresses."""

import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from shutil import which

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotChecked, Problem
from certgate.checks.framework.subjects import Vantages
from certgate.lab.pki import issue, pem
from certgate.model.target import ClientFiles, Endpoint, Origin, Probe, Target, Visit
from certgate.observe.tls.client_certificate import load_client_certificate
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions
from tests.ports import free_port

NAME = "www.example.com"
WAYS = {
    "edge": "ssl_protocols TLSv1.2 TLSv1.3; location / { return 200; }",
    "new": "ssl_protocols TLSv1.2 TLSv1.3; location / { return 200; }",
    "open": "location / { return 404; }",
    "mtls": "ssl_verify_client on; ssl_client_certificate {home}/clients.pem; location / { return 200; }",
    "optional": "ssl_verify_client optional; ssl_client_certificate {home}/clients.pem; location / { return 200; }",
    "list": "location / { allow 192.0.2.1; deny all; }",
    "forbidding edge": "location / { return 403; }",
    "mtls under TLS 1.3": (
        "ssl_protocols TLSv1.3; ssl_verify_client on; ssl_client_certificate {home}/clients.pem;"
        " location / { return 200; }"
    ),
    "old": "ssl_protocols TLSv1.2; location / { return 200; }",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("origins")
    now = datetime.now(UTC)
    root = issue("Root", ca=True, not_before=now - timedelta(days=5), days=400)
    leaf = issue("", issuer=root, sans=[NAME], not_before=now - timedelta(days=5))
    client = issue("edge", issuer=root, not_before=now - timedelta(days=5))
    for name, credential in (("server", leaf), ("client", client)):
        (home / f"{name}.pem").write_bytes(pem(credential) + credential.key_pem)
    (home / "clients.pem").write_bytes(pem(root))
    return home


@pytest.fixture(scope="module")
def ports(home):
    """The port of each kind of server."""
    program = which("nginx") or which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    found = {way: free_port() for way in WAYS}
    servers = "".join(
        f"server {{ listen 127.0.0.1:{found[way]} ssl; ssl_certificate {home}/server.pem;"
        f" ssl_certificate_key {home}/server.pem; {text.replace('{home}', str(home))} }}\n"
        for way, text in WAYS.items()
    )
    temporary = "".join(f"{kind}_temp_path {home}/{kind}; " for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    config = home / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {home}/nginx.pid; events {{ worker_connections 64; }}\n"
        f"http {{ access_log off; client_body_temp_path {home}/body; {temporary}\n{servers} }}"
    )
    command = [program, "-p", home, "-c", config, "-e", home / "error.log"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 30
    with socket.socket() as client:
        while client.connect_ex(("127.0.0.1", found["old"])) and time.monotonic() < until:
            time.sleep(0.02)
    yield found
    process.terminate()
    process.wait(10)


def answers(ports, rule, origin, *, edge="edge", client=None, **expected):
    files = ClientFiles(str(client)) if client else None
    there = Origin(host="127.0.0.1", port=ports[origin], client=files, **expected)
    visit = Visit(origin=there, probes=(Probe.STRANGER,) if there.closed else (Probe.ORIGIN,))
    endpoint = Endpoint("127.0.0.1", ports[edge], NAME, "", visit)
    target = Target(id="t", ordinal=0, source=endpoint, names=(NAME,))
    loaded = {files: load_client_certificate(files.certificate, "", None)} if files else {}
    (observed,) = observe_endpoints([target], ObserveOptions(client_certificates=loaded))
    check = all_checks()[rule]
    clock = [datetime.now(UTC)] if check.takes_clock else []
    return list(check.run(Vantages(target, observed.observations), *clock))


@pytest.mark.parametrize("origin", ["open", "optional"])
def test_an_nginx_that_lets_strangers_in_is_no_closed_origin(ports, origin):
    (problem,) = answers(ports, "edge.origin-closed", origin, closed=True)

    assert isinstance(problem, Problem)
    assert "HTTP status" in problem.message


@pytest.mark.parametrize("origin", ["mtls", "mtls under TLS 1.3", "list"])
def test_an_nginx_with_client_certificates_or_a_list_of_addresses_is_closed(ports, origin):
    assert answers(ports, "edge.origin-closed", origin, closed=True) == []


def test_an_edge_that_forbids_the_same_leaves_it_open(ports):
    (answer,) = answers(ports, "edge.origin-closed", "list", edge="forbidding edge", closed=True)

    assert isinstance(answer, NotChecked)
    assert "HTTP status 403" in answer.reason


@pytest.mark.parametrize("rule", ["edge.names", "edge.expiry", "edge.version"])
@pytest.mark.parametrize("origin", ["new", "mtls under TLS 1.3"])
def test_an_nginx_is_compared_with_and_without_client_certificates(ports, home, rule, origin):
    assert answers(ports, rule, origin, client=home / "client.pem") == []


def test_an_nginx_behind_that_speaks_tls_1_2_alone_is_weaker(ports):
    (problem,) = answers(ports, "edge.version", "old")

    assert problem.message == "TLSv1.2 negotiated with the origin, TLSv1.3 with the edge"
