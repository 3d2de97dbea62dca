"""`--rate`: connections a second, whatever they are for, however many processes make them."""

import json
import socket
import time
from pathlib import Path
from threading import Thread

import pytest

from certgate.cli import main as cli


@pytest.fixture
def closing(tmp_path, monkeypatch):
    """A server on two loopback addresses that closes every connection; gives its port and the times of connections."""
    monkeypatch.chdir(tmp_path)
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}]\n")
    times: list[float] = []
    with socket.create_server(("0.0.0.0", 0)) as server:

        def serve():
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                times.append(time.monotonic())
                with client:
                    client.recv(65536)

        Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], times
        server.shutdown(socket.SHUT_RDWR)


def scan(*arguments):
    assert cli.run(["scan", *arguments, "--policy", "p.yaml", "--report", "json=r.json"]) == 3
    return json.loads(Path("r.json").read_text())


def test_every_connection_keeps_to_the_rate_and_the_wait_for_it_costs_no_target_its_time(closing):
    port, times = closing
    report = scan(f"127.0.0.0/29:{port}", "--rate", "5", "--timeout", "1", "--concurrency", "8")
    assert report["summary"]["connections"] == len(times) > 8
    assert {t["observations"][0]["failure"]["kind"] for t in report["targets"]} == {"not-tls"}
    assert times[-1] - times[0] > 0.9 * (len(times) - 1) / 5


@pytest.mark.slow
def test_the_rate_is_that_of_all_workers(closing):
    port, times = closing
    scan(f"127.0.0.0/29:{port}", "--rate", "5", "--retries", "0", "--workers", "2")
    assert len(times) >= 8
    assert times[-1] - times[0] > 0.8 * (len(times) - 2) / 5
