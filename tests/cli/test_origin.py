"""`certgate scan` of a target with an origin: rules, reports, and judging saved observations again."""

import csv
import json
from pathlib import Path

import pytest
from OpenSSL import SSL

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem
from tests.observe.conftest import Server
from tests.ports import free_port
from tests.schemas import report_schema

NAME = "db.corp.example"
ROOT, PRIVATE = issue("Root", ca=True), issue("Private root", ca=True)
LEAF = issue("", issuer=ROOT, sans=[NAME])
BEHIND = issue("", issuer=PRIVATE, sans=[NAME])
AT = ["--at", CLOCK.isoformat()]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("private.pem").write_bytes(pem(PRIVATE))
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: validity.expired}]")


@pytest.fixture
def serve():
    servers = []

    def start(leaf):
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.use_certificate(leaf.native)
        context.use_privatekey(leaf.key)

        def talk(client):
            connection = SSL.Connection(context, client)
            connection.set_accept_state()
            connection.do_handshake()
            while client.recv(65536):
                pass

        servers.append(Server(talk))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def pair(serve):
    return serve(LEAF), serve(BEHIND)


def write_target(pair, more="trust: private.pem", *, closed=False):
    edge, origin = pair
    address = f"address: '127.0.0.1:{free_port() if closed else origin.port}'"
    origin_text = ", ".join(filter(None, (address, more)))
    Path("certgate.yaml").write_text(
        f"targets:\n  - {{host: '127.0.0.1:{edge.port}', name: {NAME}, origin: {{{origin_text}}}}}\n"
    )


def scan(*words):
    targets = ["--config", "certgate.yaml", "--policy", "p.yaml", "--trust", "root.pem"]
    return cli.run(["scan", *targets, *AT, "--color", "never", *words])


def outcomes(path="r.json"):
    report = json.loads(Path(path).read_text())
    report_schema().validate(report)
    found = report["targets"][0]["findings"]
    return {f["rule"]: f["outcome"] for f in found if f["rule"].startswith("edge.")}


def test_the_word_alone_switches_the_rules_on_under_any_policy(pair):
    write_target(pair)

    assert scan("--report", "json=r.json", "--verbose") == 0
    assert outcomes() == {
        "edge.expiry": "pass",
        "edge.names": "pass",
        "edge.origin-closed": "not-applicable",
        "edge.origin-trusted": "pass",
        "edge.same": "not-applicable",
        "edge.version": "pass",
    }
    assert pair[1].clients == 1


def test_a_problem_of_the_origin_fails_the_target_as_an_error(pair, capsys):
    write_target(pair, "trust: root.pem, same: [key]")

    assert scan() == 1
    told = capsys.readouterr().out
    assert "error" in told
    assert "edge.same" in told
    assert "edge.origin-trusted" in told


def test_reports_show_the_origin_and_its_certificate(pair, capsys):
    write_target(pair)

    assert scan("--verbose", "--report", "json=r.json", "--report", "inventory=i.csv") == 0

    told, address = capsys.readouterr().out, f"127.0.0.1:{pair[1].port}"
    assert f"address {address}, probe origin, server name {NAME}, TLSv1.3" in told
    assert f"origin leaf at {address}" in told
    target = json.loads(Path("r.json").read_text())["targets"][0]
    assert target["source"]["origin"] == address
    assert target["source"]["origin_trust"] == ["private.pem"]
    assert [(seen["probe"], seen["address"]) for seen in target["observations"]][1] == ("origin", address)
    rows = list(csv.DictReader(Path("i.csv").read_text().splitlines()))
    (row,) = [row for row in rows if row["position"] == "origin leaf"]
    assert (row["address"], row["issuer"], row["protocol"]) == (address, "CN=Private root", "TLSv1.3")
    assert [row["address"] for row in rows if row["position"] == "leaf"] == [f"127.0.0.1:{pair[0].port}"]


def test_saved_observations_are_judged_again_with_the_origin(pair):
    write_target(pair, "trust: root.pem")
    assert scan("--save", "seen.jsonl", "--report", "json=r.json", "--verbose") == 1

    for server in pair:
        server.close()
    again = ["check", "seen.jsonl", *AT, "--report", "json=again.json", "--verbose"]
    assert cli.run(again) == 1
    assert outcomes("again.json") == outcomes()


def test_an_origin_that_does_not_answer_makes_the_target_incomplete(pair):
    write_target(pair, closed=True)

    assert scan("--report", "json=r.json") == 3
    assert set(outcomes().values()) == {"not-checked"}


def test_an_origin_that_refuses_connections_is_closed_and_nothing_else_is_asked_of_it(pair, capsys):
    write_target(pair, "closed: true", closed=True)

    assert scan("--report", "json=r.json", "--verbose", "--save", "seen.jsonl") == 0
    found = outcomes()
    assert found.pop("edge.origin-closed") == "pass"
    assert set(found.values()) == {"not-applicable"}
    assert "origin stranger: refused" in capsys.readouterr().out
    assert cli.run(["check", "seen.jsonl", *AT, "--report", "json=again.json", "--verbose"]) == 0
    assert outcomes("again.json")["edge.origin-closed"] == "pass"


def test_an_origin_that_completes_the_handshake_and_is_silent_is_not_called_closed(pair):
    write_target(pair, "closed: true")

    assert scan("--report", "json=r.json") == 3
    assert outcomes() == {"edge.origin-closed": "not-checked"}
    assert pair[1].clients == 2


def test_without_probes_the_origin_is_not_asked_and_the_target_is_incomplete(pair, capsys):
    write_target(pair)

    assert scan("--no-probes") == 3
    assert "was not asked: probes are switched off" in capsys.readouterr().out
    assert pair[1].clients == 0


def test_rules_that_are_left_out_cost_no_connection(pair):
    write_target(pair)

    assert scan("--ignore", "edge.*") == 0
    assert pair[1].clients == 0


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("trust: missing.pem", "missing.pem"),
        ("cert: {cert: missing.pem}", "certgate.yaml:2:5: the client certificate"),
        ("trst: a", 'unknown key "trst"; did you mean "trust"?'),
    ],
)
def test_a_file_that_is_missing_and_a_wrong_word_stop_the_run_before_it_begins(pair, capsys, more, told):
    write_target(pair, more)

    assert scan() == 2
    assert told in capsys.readouterr().err
    assert pair[0].clients == pair[1].clients == 0
