"""The proxies and load balancers that people run, on loopback, without privileges."""

import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest
from OpenSSL import SSL

from certgate.lab.pki import issue, pem
from tests.observe.conftest import Server
from tests.observe.proxies import read_until
from tests.ports import free_port
from tests.real.starttls.daemons import AS_USER, USER, own, which

NAME = "db.corp.example"


def squid(home, port, *, allowed, logged_in):
    """Connects to one port."""
    users = own_file(home / "users", f"me:{apr1('hush')}\n")
    helper = which("basic_ncsa_auth", "/usr/lib/squid:/usr/lib64/squid:/usr/libexec/squid")
    login = f"auth_param basic program {helper} {users}\nacl known proxy_auth REQUIRED\n" if logged_in else ""
    config = own_file(
        home / "squid.conf",
        f"""http_port 127.0.0.1:{port}
{login}acl good port {allowed}
http_access allow CONNECT good {"known" if logged_in else ""}
http_access deny all
pid_filename {home}/squid.pid
cache_log {home}/cache.log
access_log none
cache deny all
coredump_dir {home}
shutdown_lifetime 0 seconds
connect_timeout 3 seconds
""",
    )
    return [which("squid"), "-N", "-f", config]


def dante(home, port, *, allowed, logged_in):
    """Connects to one port."""
    config = own_file(
        home / "danted.conf",
        f"""logoutput: stderr
internal: 127.0.0.1 port = {port}
external: 127.0.0.1
clientmethod: none
socksmethod: {"username" if logged_in else "none"}
user.unprivileged: {USER}
client pass {{ from: 127.0.0.1/32 to: 0.0.0.0/0 }}
socks pass {{ from: 127.0.0.1/32 to: 0.0.0.0/0 port = {allowed} }}
socks block {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
""",
    )
    return ["env", f"TMPDIR={home}", which("danted"), "-f", config]


def haproxy(home, port, *, tls):
    """Accepts no connection without a header of the PROXY protocol."""
    config = own_file(
        home / "haproxy.cfg",
        f"""defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
frontend tls
    bind 127.0.0.1:{port} accept-proxy ssl crt {tls}
    http-request return status 200
""",
    )
    return [which("haproxy"), "-q", "-db", "-f", config]


def haproxy_tcp(home, port, *, backend):
    """The same in front of a server that speaks anything."""
    config = own_file(
        home / "haproxy.cfg",
        f"""defaults
    mode tcp
    timeout client 5s
    timeout server 5s
    timeout connect 5s
listen mail
    bind 127.0.0.1:{port} accept-proxy
    server one 127.0.0.1:{backend}
""",
    )
    return [which("haproxy"), "-q", "-db", "-f", config]


def nginx(home, port, *, tls):
    """The same."""
    temporary = "".join(f"{kind}_temp_path {home}/{kind}; " for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    config = own_file(
        home / "nginx.conf",
        f"""daemon off; worker_processes 1; pid {home}/nginx.pid;
events {{ worker_connections 64; }}
http {{
    access_log off; client_body_temp_path {home}/body; {temporary}
    server {{
        listen 127.0.0.1:{port} ssl proxy_protocol; ssl_certificate {tls}; ssl_certificate_key {tls};
    }}
}}""",
    )
    return [which("nginx"), "-p", home, "-c", config, "-e", home / "error.log"]


def own_file(path, text):
    path.write_text(text)
    return own(path)


def apr1(password):
    """The password as `htpasswd` keeps it."""
    command = [which("openssl"), "passwd", "-apr1", password]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="session")
def root():
    return issue("Root", ca=True)


@pytest.fixture(scope="session")
def leaf(root):
    return issue("", issuer=root, sans=[NAME])


@pytest.fixture
def tls(leaf, tmp_path):
    """A conversation in TLS that shows the leaf."""
    (tmp_path / "leaf.pem").write_bytes(pem(leaf))
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file(str(tmp_path / "leaf.pem"))
    context.use_privatekey(leaf.key)

    def talk(client):
        connection = SSL.Connection(context, client)
        connection.set_accept_state()
        connection.do_handshake()
        while client.recv(65536):
            pass

    return talk


@pytest.fixture
def target(tls):
    """A TLS server on loopback."""
    running = Server(tls)
    yield running
    running.close()


@pytest.fixture
def mail_server(tls):
    """The same with STARTTLS, for a client that waits for its greeting."""

    def talk(client):
        client.sendall(b"220 mx ESMTP\r\n")
        read_until(client, b"\n")
        client.sendall(b"250-mx\r\n250 STARTTLS\r\n")
        read_until(client, b"\n")
        client.sendall(b"220 go\r\n")
        tls(client)

    running = Server(talk)
    yield running
    running.close()


@pytest.fixture
def start(leaf):
    """`start(prepare, …)` runs what `prepare` names, and gives its port."""
    running = []

    def run(prepare, **said):
        home = Path(tempfile.mkdtemp(prefix="certgate-"))
        running.append((home, None))
        own(home).chmod(0o755)
        port = free_port()
        if prepare in {haproxy, nginx}:
            said["tls"] = own_file(home / "all.pem", (pem(leaf) + leaf.key_pem).decode())
        command = prepare(home, port, **said)
        with (home / "output").open("wb") as output:
            process = subprocess.Popen(
                command, cwd=home, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **AS_USER
            )
        running[-1] = (home, process)
        _wait_until_it_listens(process, port, home)
        return port

    yield run
    for home, process in running:
        if process:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()
            process.wait()
        shutil.rmtree(home, ignore_errors=True)


def _wait_until_it_listens(process, port, home):
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
    pytest.fail(f"it does not listen: {(home / 'output').read_text(errors='replace')[-2000:]}")
