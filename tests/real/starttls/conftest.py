"""Daemons that run for a test."""

import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

from certgate.lab.pki import pem
from tests.ports import free_port
from tests.real.starttls.daemons import AS_USER, DAEMONS, Place, as_root, own


@pytest.fixture(params=DAEMONS)
def kind(request):
    """Every daemon in turn."""
    return DAEMONS[request.param]


@pytest.fixture
def start(pki):
    """`start(kind)` runs a daemon, or the one of that name, and gives its port; `tls=False`: without a certificate."""
    running = []

    def run(kind, *, tls=True):
        kind = DAEMONS.get(kind, kind)
        home = Path(tempfile.mkdtemp(prefix="certgate-"))
        running.append((home, None, kind))
        own(home).chmod(0o755)
        at = Place(home, free_port(), tls)
        chain = pem(pki.leaf, pki.middle)
        at.chain.write_bytes(chain)
        for path, content in ((at.key, pki.leaf.key_pem), (at.both, pki.leaf.key_pem + chain)):
            path.write_bytes(content)
            own(path).chmod(0o600)
        command, log = kind.prepare(at), home / "output"
        with log.open("wb") as output:
            streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
            process = subprocess.Popen(
                command, cwd=home, start_new_session=True, **streams, **({} if kind.is_root else AS_USER)
            )
        running[-1] = (home, process, kind)
        _wait_until_it_listens(process, at.port, log)
        return at.port

    yield run
    for home, process, kind in running:
        if process:
            _end(process, kind)
        shutil.rmtree(home, ignore_errors=True)


def _end(process, kind):
    """Stop the daemon and what it started, by their process group."""
    for signal in ("TERM", "KILL"):
        if process.poll() is None:
            command = ["kill", "-s", signal, "--", f"-{process.pid}"]
            subprocess.run([*(as_root() if kind.is_root else ()), *command], check=True)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)


def _wait_until_it_listens(process, port, log):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail(f"the daemon does not listen: {log.read_text(errors='replace')[-2000:]}")
