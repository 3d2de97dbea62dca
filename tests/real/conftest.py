"""nginx, haproxy and openssl s_server on loopback, each with the same sites."""

import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pytest

from certgate.lab.pki import Credential, pem
from tests.ports import free_port


@dataclass(frozen=True)
class Site:
    """One certificate of a server: for which name it is sent, and with what."""

    name: str
    leaf: Credential
    others: tuple[Credential, ...] = ()
    staple: bytes | None = None

    def write(self, home: Path) -> None:
        (home / f"{self.name}.chain").write_bytes(pem(self.leaf, *self.others))
        (home / f"{self.name}.leaf").write_bytes(pem(self.leaf))
        (home / f"{self.name}.others").write_bytes(pem(*self.others))
        (home / f"{self.name}.key").write_bytes(self.leaf.key_pem)
        (home / f"{self.name}.all").write_bytes(pem(self.leaf, *self.others) + self.leaf.key_pem)
        if self.staple:
            (home / f"{self.name}.all.ocsp").write_bytes(self.staple)


ACCEPTS = {
    "old": ("ALL:@SECLEVEL=0", "X25519:P-256:P-384:P-521", "TLSv1.0"),
    "strict": ("ECDHE+AESGCM", "P-256:P-384", "TLSv1.2"),
}
"""Suites, groups, and the oldest version."""


def nginx(program, home, port, sites, tls_1_2, client_ca, accepts):
    versions = "TLSv1.2" if tls_1_2 else "TLSv1.2 TLSv1.3"
    if accepts:
        suites, groups, oldest = ACCEPTS[accepts]
        older = "TLSv1 TLSv1.1 " if oldest == "TLSv1.0" else ""
        versions = f"{older}{versions}; ssl_ciphers {suites}; ssl_ecdh_curve {groups}"
    servers = "".join(
        f"""
        server {{
            listen 127.0.0.1:{port} ssl;
            server_name {site.name};
            ssl_certificate {home}/{site.name}.chain;
            ssl_certificate_key {home}/{site.name}.key;
            ssl_protocols {versions};
            {f"ssl_verify_client on; ssl_client_certificate {client_ca};" if client_ca else ""}
            {f"ssl_stapling on; ssl_stapling_file {home}/{site.name}.all.ocsp;" if site.staple else ""}
        }}"""
        for site in sites
    )
    temporary = "".join(f"{kind}_temp_path {home}/{kind}; " for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (home / "nginx.conf").write_text(
        f"""daemon off; worker_processes 1; pid {home}/nginx.pid;
        events {{ worker_connections 64; }}
        http {{ access_log off; client_body_temp_path {home}/body; {temporary} {servers} }}"""
    )
    return [program, "-p", home, "-c", home / "nginx.conf", "-e", home / "error.log"]


def haproxy(program, home, port, sites, tls_1_2, client_ca, accepts):
    suites, groups, oldest = ACCEPTS.get(accepts, ("", "", ""))
    tls = f"ciphers {suites} curves {groups} ssl-min-ver {oldest}" if accepts else ""
    certificates = " ".join(f"crt {home}/{site.name}.all" for site in sites)
    (home / "haproxy.cfg").write_text(
        f"""
global
    maxconn 64
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
frontend tls
    bind 127.0.0.1:{port} ssl {certificates} {tls} {"ssl-max-ver TLSv1.2" if tls_1_2 else ""} {f"verify required ca-file {client_ca}" if client_ca else ""}
    http-request return status 200
"""
    )
    return [program, "-q", "-db", "-f", home / "haproxy.cfg"]


def s_server(program, home, port, sites, tls_1_2, client_ca, accepts):
    first, *more = sites
    command = [program, "s_server", "-quiet", "-www", "-no-CAfile", "-no-CApath", "-accept", f"127.0.0.1:{port}"]
    command += ["-cert", home / f"{first.name}.leaf", "-key", home / f"{first.name}.key"]
    if accepts:
        suites, groups, oldest = ACCEPTS[accepts]
        command += ["-cipher", suites, "-groups", groups, "-min_protocol", oldest.removesuffix(".0")]
    if first.others:
        command += ["-cert_chain", home / f"{first.name}.others"]
    if first.staple:
        command += ["-status_file", home / f"{first.name}.all.ocsp"]
    for site in more:
        command += ["-servername", site.name, "-cert2", home / f"{site.name}.leaf", "-key2", home / f"{site.name}.key"]
    command += ["-Verify", "1", "-verify_return_error", "-CAfile", client_ca] if client_ca else []
    return command + (["-tls1_2"] if tls_1_2 else [])


@pytest.fixture
def site():
    """`site(name, leaf, others, staple)` is one certificate of a server, and what is sent with it."""
    return Site


SERVERS = {"nginx": nginx, "haproxy": haproxy, "openssl": s_server}


@pytest.fixture
def launch():
    """`launch(command, port)` runs a server, and returns once it listens on the port."""
    running = []

    def run(command, port):
        running.append(
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        )
        _wait_until_it_listens(running[-1], port)

    yield run
    for process in running:
        process.terminate()
        process.communicate(timeout=10)


def program_named(name):
    """The path of a server's program; skips the test if it is not installed."""
    program = which(name) or which(name, path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip(f"{name} is not installed")
    return program


@pytest.fixture(params=SERVERS)
def start(request, launch, tmp_path):
    """`start(*sites)` runs a server with these sites, the first being its default, and gives its port."""
    program = program_named(request.param)

    def run(*sites, tls_1_2=False, client_ca=None, accepts=""):
        for site in sites:
            site.write(tmp_path)
        port = free_port()
        if client_ca:
            (tmp_path / "client-ca.pem").write_bytes(pem(client_ca))
        ca_file = tmp_path / "client-ca.pem" if client_ca else None
        launch(SERVERS[request.param](program, tmp_path, port, sites, tls_1_2, ca_file, accepts), port)
        return port

    return run


def _wait_until_it_listens(process, port):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            said, _ = process.communicate(timeout=0.02)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(f"the server ended at once: {said.decode()}")
    pytest.fail("the server does not listen")
