"""A sweep over a range of addresses: what answers is reported, what does not is counted."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import issue, pem
from tests.ports import free_port

ROOT = issue("Root", ca=True, days=3650)
LEAF = issue("a.example", issuer=ROOT, sans=["a.example"])


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("leaf.pem").write_bytes(pem(LEAF) + LEAF.key_pem)
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}]\n")


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a TLS server at 127.0.0.1, which no other loopback address has."""
    with listening() as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain("leaf.pem")

        def serve():
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    with suppress(OSError), context.wrap_socket(client, server_side=True) as shaken:
                        shaken.recv(1)

        Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@contextmanager
def listening(address="127.0.0.1", port=0, **options):
    with socket.create_server((address, port), **options) as server:
        yield server


def scan(*arguments):
    code = cli.run(
        ["scan", *arguments, "--policy", "p.yaml", "--trust", "root.pem", "--at", "2026-07-01", "--report", "json=r.json"]
    )  # fmt: skip
    return code, json.loads(Path("r.json").read_text()) if code != 2 else None


def account(report):
    return {name: number for name, number in report["summary"]["account"].items() if number}


def test_only_what_answers_in_a_range_is_a_row_and_the_rest_is_counted(port, capsys):
    code, report = scan(f"127.0.0.0/29:{port}")
    assert code == 0
    assert [(t["id"], t["range"], t["verdict"]) for t in report["targets"]] == [
        (f"127.0.0.1:{port}", "127.0.0.0/29", "compliant")
    ]
    assert account(report) == {"declared": 8, "observed": 1, "no_endpoint": 7}
    assert report["summary"]["connections"] == 8
    shown = " ".join(capsys.readouterr().out.split())
    assert "1 target: 1 compliant, 0 violated, 0 incomplete; 7 more have no endpoint; exit code 0" in shown


def test_an_endpoint_that_is_declared_itself_is_incomplete_as_ever(port):
    code, report = scan(f"127.0.0.0/29:{port}", f"127.0.0.2:{port}", "--retries", "0")
    assert code == 3
    assert [(t["id"], t["verdict"]) for t in report["targets"]] == [
        (f"127.0.0.1:{port}", "compliant"),
        (f"127.0.0.2:{port}", "incomplete"),
    ]
    assert account(report) == {"declared": 8, "observed": 1, "no_endpoint": 6, "failed": 1}


def test_what_accepts_a_connection_and_says_nothing_is_incomplete(port):
    with listening("127.0.0.2", port):
        code, report = scan(f"127.0.0.0/29:{port}", "--timeout", "2", "--retries", "0")
    assert code == 3
    assert [(t["id"], t["verdict"]) for t in report["targets"]][1:] == [(f"127.0.0.2:{port}", "incomplete")]
    assert account(report) == {"declared": 8, "observed": 1, "no_endpoint": 6, "failed": 1}


def test_a_range_in_which_nothing_answers_is_incomplete(capsys):
    code, report = scan(f"127.0.0.0/30:{free_port()}", "--report", "junit=r.xml")
    assert (code, report["targets"], account(report)) == (3, [], {"declared": 4, "no_endpoint": 4})
    assert "nothing answered: 4 targets of ranges have no endpoint" in " ".join(capsys.readouterr().out.split())
    assert "nothing answered" in Path("r.xml").read_text()


def test_an_address_that_does_not_answer_at_all_has_no_endpoint_once_the_time_to_connect_is_over(port):
    with ExitStack() as stack:
        full = stack.enter_context(listening("127.0.0.2", port, backlog=0))
        for _ in range(3):  # the system drops what its queue cannot hold
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect(full.getsockname())
        code, report = scan(f"127.0.0.0/29:{port}", "--connect-timeout", "1")
    assert (code, account(report)) == (0, {"declared": 8, "observed": 1, "no_endpoint": 7})


def test_what_is_excluded_is_counted_and_never_visited(port):
    with listening("127.0.0.2", port) as guarded:
        code, report = scan(f"127.0.0.0/29:{port}", "--exclude", "127.0.0.2", "--exclude", "127.0.0.4/30")
        guarded.setblocking(False)
        with pytest.raises(BlockingIOError):
            guarded.accept()
    assert (code, account(report)) == (0, {"declared": 8, "observed": 1, "no_endpoint": 2, "left_out": 5})


def test_a_sweep_is_the_same_when_it_is_checked_again_from_its_file(port):
    _, before = scan(f"127.0.0.0/29:{port}", "--save", "seen.jsonl")
    code = cli.run(["check", "seen.jsonl", "--at", "2026-07-01", "--report", "json=r.json"])
    again = json.loads(Path("r.json").read_text())
    assert (code, again["targets"]) == (0, before["targets"])
    assert account(again) == account(before)


def test_a_report_for_each_label_counts_its_own_ranges(port):
    Path("hosts.txt").write_text(f"127.0.0.0/30:{port} label.team=a\n127.0.0.4/30:{port} label.team=b\n")
    code, _ = scan("--targets", "hosts.txt", "--report", "json={label.team}.json")
    one, other = (json.loads(Path(f"{team}.json").read_text()) for team in "ab")
    assert (code, account(one)) == (0, {"declared": 4, "observed": 1, "no_endpoint": 3})
    assert (other["summary"]["verdict"], account(other)) == ("incomplete", {"declared": 4, "no_endpoint": 4})


def test_every_form_of_the_summary_has_the_account(port):
    scan(f"127.0.0.0/29:{port}", "--exclude", "127.0.0.7", "--report", "sarif=r.sarif", "--report", "junit=r.xml",
         "--report", "openmetrics=r.prom", "--report", "markdown=r.md", "--report", "html=r.html")  # fmt: skip
    run = json.loads(Path("r.sarif").read_text())["runs"][0]
    assert run["invocations"][0]["properties"]["account"] == {
        "declared": 8, "observed": 1, "noEndpoint": 6, "failed": 0, "leftOut": 1,
    }  # fmt: skip
    told = "6 more have no endpoint; 1 is left out"
    assert f"8 targets declared: {told}" in Path("r.xml").read_text()
    assert told in Path("r.md").read_text()
    assert told in Path("r.html").read_text()
    assert 'certgate_targets_declared{state="no_endpoint"} 6' in Path("r.prom").read_text()


def test_a_forecast_leaves_out_addresses_without_an_endpoint(port, capsys):
    Path("hosts.txt").write_text(f"127.0.0.0/29:{port}\n")
    code = cli.run(
        ["forecast", "--targets", "hosts.txt", "--policy", "p.yaml", "--trust", "root.pem", "--at", "2026-07-01"]
    )
    assert (code, "127.0.0.2" in capsys.readouterr().out) == (0, False)
