"""nginx on loopback as 2,000 TLS endpoints: an ECDSA chain and a staple behind 127.1.0.0/16 addresses."""

import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from shutil import which

from certgate.lab.ocsp import make_staple
from certgate.lab.pki import Credential, issue, pem

HOST = "bench.example"
CONFIG = """
worker_processes 2;
worker_rlimit_nofile 16384;
pid {home}/nginx.pid;
error_log {home}/error.log crit;
daemon off;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
    server {{
        {listen}
        ssl_certificate {home}/chain.pem;
        ssl_certificate_key {home}/key.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;
        ssl_ecdh_curve x25519:prime256v1:secp384r1;
        ssl_stapling on;
        ssl_stapling_file {home}/staple.der;
    }}
    server {{
        listen 127.0.0.1:{distinct} ssl;
        ssl_certificate {home}/leaves/$ssl_server_name.pem;
        ssl_certificate_key {home}/key.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
    }}
}}
"""


@dataclass(frozen=True)
class Farm:
    """Running endpoints: their addresses, all on one port, and the root that they chain to.

    Port `distinct` of 127.0.0.1 serves each of `names` a leaf of its own, all under one intermediate.
    """

    addresses: tuple[str, ...]
    port: int
    root: Path
    distinct: int
    names: tuple[str, ...]
    pid: int
    """The process that starts the servers."""


@contextmanager
def farm(count: int, leaves: int = 0) -> Iterator[Farm]:
    """Run nginx with `count` endpoints of one chain, and `leaves` distinct ones, while the context lasts."""
    nginx = which("nginx") or which("nginx", path="/usr/sbin")
    if nginx is None:
        sys.exit("bench: nginx is not installed")
    _raise_file_limit()
    addresses = tuple(f"127.1.{n // 250}.{n % 250 + 1}" for n in range(count))
    with tempfile.TemporaryDirectory(prefix="certgate-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        port = _free_port(addresses[0])
        names = tuple(f"n{n}.{HOST}" for n in range(leaves))
        _write_credentials(home, names)
        distinct = _free_port("127.0.0.1")
        listen = "\n        ".join(f"listen {address}:{port} ssl;" for address in addresses)
        config = home / "nginx.conf"
        config.write_text(CONFIG.format(home=home, listen=listen, distinct=distinct))
        command = [nginx, "-c", str(config), "-p", str(home), "-e", str(home / "error.log")]
        subprocess.run([*command, "-t"], check=True, capture_output=True)
        with subprocess.Popen(command) as server:
            try:
                _wait_until_it_answers(addresses[-1], port)
                yield Farm(addresses, port, home / "root.pem", distinct, names, server.pid)
            finally:
                server.terminate()


def _write_credentials(home: Path, names: tuple[str, ...]) -> None:
    now = datetime.now(UTC)
    start = now - timedelta(days=5)
    root = issue("Bench Root", ca=True, not_before=start, days=3650)
    middle = issue("Bench CA", ca=True, issuer=root, path_length=0, not_before=start, days=1800)
    leaf: Credential = issue("", issuer=middle, sans=[HOST, f"*.{HOST}"], not_before=start, days=40)
    staple = make_staple(leaf, middle, this_update=now - timedelta(hours=1), next_update=now + timedelta(days=3))
    (home / "root.pem").write_bytes(pem(root))
    (home / "chain.pem").write_bytes(pem(leaf, middle))
    (home / "key.pem").write_bytes(leaf.key_pem)
    (home / "staple.der").write_bytes(staple)
    (home / "leaves").mkdir()
    for name in names:
        own = issue("", issuer=middle, key=leaf.key, sans=[name], not_before=start, days=40, serial=_serial(name))
        (home / "leaves" / f"{name}.pem").write_bytes(pem(own, middle))


def _serial(name: str) -> int:
    return int.from_bytes(b"\x40" + sha256(name.encode()).digest()[:15])


def _raise_file_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _free_port(address: str) -> int:
    with socket.create_server((address, 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_until_it_answers(address: str, port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit(f"bench: nginx does not answer on {address}:{port}")
