"""`--workers`: the same reports whatever the number, and no secret where other users can see it."""

import json
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from OpenSSL import SSL

from certgate.cli import main as cli
from certgate.gate import planning
from certgate.lab.pki import CLOCK, issue, pem
from certgate.model.finding import Severity
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.target import Endpoint, Target
from certgate.model.verdict import RunHeader, RunSummary, Verdict
from certgate.observe.saved import SavedObservations
from tests.observe.conftest import Server

NAME = "db.corp.example"
ROOT = issue("Root", ca=True, days=3650)
MIDDLE = issue("Middle", ca=True, issuer=ROOT, days=1800)
LEAVES = [
    issue("", issuer=issuer, sans=[NAME], days=days, serial=serial)
    for serial, (issuer, days) in enumerate([(ROOT, 40), (MIDDLE, 40), (MIDDLE, 900), (ROOT, 1), (None, 40)], 1)
]
POLICY = """
extends: [internal-pki]
waivers:
  - {rule: validity.max-lifetime, target: "n1*", reason: moving, owner: pki, expires: 2099-01-01}
"""
FORMATS = ("json", "jsonl", "junit", "sarif", "csv", "markdown", "html", "inventory", "openmetrics", "text")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(planning, "utc_now", lambda: CLOCK)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("p.yaml").write_text(POLICY)


def save(path, observed):
    observed = list(observed)
    header = RunHeader(version="1", started_at=CLOCK, fail_on=Severity.ERROR, policies=(), rules={})
    with Path(path).open("w") as stream:
        saving = SavedObservations(stream)
        saving.begin(header)
        for one in observed:
            saving.observed(one)
        saving.end(RunSummary(verdict=Verdict.COMPLIANT, targets={Verdict.COMPLIANT: len(observed)}))


def some_observations(seed, count):
    """Of chains that are complete or not, old or new, and of some failures."""
    chance = random.Random(seed)
    for n in range(count):
        target = Target(id=f"n{n}.example:443", ordinal=n, source=Endpoint(f"n{n}.example", 443), names=(NAME,))
        leaf = chance.choice(LEAVES)
        chain = [leaf.der, *([MIDDLE.der] if chance.random() < 0.6 else [])]
        kind = chance.choice([None] * 6 + [FailureKind.REFUSED, FailureKind.TIMED_OUT, FailureKind.ALERT])
        failure = Failure(kind, Phase.CONNECT, "nothing") if kind else None
        seen = Observation(observed_at=CLOCK + timedelta(seconds=n), presented=() if kind else tuple(chain))
        yield Observed(target, (replace(seen, failure=failure),))


def check(*words):
    usual = ["--policy", "p.yaml", "--trust", "root.pem", "--at", (CLOCK + timedelta(hours=1)).isoformat()]
    return cli.run(["check", *usual, "--color", "never", *words])


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_reports_are_the_same_bytes_whatever_the_number_of_workers(capsys, seed):
    save("seen.jsonl", some_observations(seed, 150))
    assert check("seen.jsonl", "--write-baseline", "known.json") == 1
    known = json.loads(Path("known.json").read_text())
    known["violations"] = known["violations"][::2]
    Path("known.json").write_text(json.dumps(known))
    capsys.readouterr()
    found = []
    for count in (1, 2, 3):
        reports = [f"--report={name}=r.{name}" for name in FORMATS]
        more = ["--baseline=known.json", "--history=h", "--write-baseline=b.json", "--trust-matrix=mozilla"]
        shutil.rmtree("h", ignore_errors=True)
        code = check("seen.jsonl", f"--workers={count}", *reports, *more)
        written = [Path(f"r.{name}").read_bytes() for name in FORMATS] + [Path("b.json").read_bytes()]
        found.append((code, written, capsys.readouterr().out))
    assert found[0] == found[1] == found[2]
    assert json.loads(found[0][1][0])["summary"]["targets"]["violated"]


@pytest.mark.slow
def test_files_pipes_and_manifests_are_checked_by_workers_as_by_one_process(capsys, tmp_path):
    for number, leaf in enumerate(LEAVES):
        Path(f"c{number}.pem").write_bytes(pem(leaf, MIDDLE))
    os.mkfifo("pipe.pem")
    found = []
    for count in (1, 2):
        with subprocess.Popen(["sh", "-c", "cat c1.pem > pipe.pem"]):
            code = check("pipe.pem", *(f"c{n}.pem" for n in range(5)), f"--workers={count}", "--report=csv=r.csv")
        found.append((code, Path("r.csv").read_bytes(), capsys.readouterr().out))
    assert found[0] == found[1]
    assert b"pipe.pem" in found[0][1]


@pytest.mark.slow
def test_a_forecast_is_the_same_whatever_the_number_of_workers(capsys):
    save("seen.jsonl", some_observations(3, 30))
    words = ["forecast", "seen.jsonl", "--policy", "p.yaml", "--trust", "root.pem", "--at", CLOCK.isoformat()]
    found = [(cli.run([*words, "--format=json", f"--workers={n}"]), capsys.readouterr().out) for n in (1, 2)]
    assert found[0] == found[1]
    assert found[0][0] == 3


def test_a_number_of_workers_that_is_none_is_refused(capsys):
    Path("c.pem").write_bytes(pem(LEAVES[0]))
    assert check("c.pem", "--workers", "many") == 2
    assert 'certgate: --workers "many" is neither auto nor a number from 1 to 256' in capsys.readouterr().err


def children():
    return {int(path.name): path for path in Path("/proc").glob("[0-9]*") if is_child(path)}


def is_child(path):
    """Whether this is a child that runs; any process may end while it is looked at."""
    try:
        state, parent, *_ = stat(path)
    except OSError:
        return False
    return state != "Z" and int(parent) == os.getpid()


def stat(path):
    return (path / "stat").read_text().rpartition(")")[2].split()


@pytest.fixture
def curious():
    """A server that asks for a client certificate, and reads the arguments and environment of this one's children."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    Path("leaf.pem").write_bytes(pem(LEAVES[0]))
    context.use_certificate_chain_file("leaf.pem")
    context.use_privatekey(LEAVES[0].key)
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)

    def talk(client):
        for path in children().values():
            with suppress(OSError):
                running.public += [(path / name).read_bytes() for name in ("cmdline", "environ")]
        connection = SSL.Connection(context, client)
        connection.set_accept_state()
        connection.do_handshake()
        while client.recv(65536):
            pass

    running = Server(talk)
    running.public = []
    yield running
    running.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_show_client_certificates_whose_pass_phrase_is_in_no_argument_and_no_environment(curious, capsys):
    before = children()
    robot = issue("robot", issuer=ROOT)
    locked = robot.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hushhush"))
    Path("robot.pem").write_bytes(pem(robot) + locked)
    Path("phrase").write_text("hushhush\n")
    targets = [f"127.0.0.1:{curious.port}#n{n}.example" for n in range(4)]
    words = ["--cert=robot.pem", "--password-file=phrase", "--workers=2", "--trust=root.pem", "--policy=spiffe-svid"]
    cli.run(["scan", *targets, *words, "--report=json=r.json", "--select=trust.anchor", "--at", CLOCK.isoformat()])
    report = json.loads(Path("r.json").read_text())
    shown = {seen["client_certificate"] for target in report["targets"] for seen in target["observations"]}
    assert shown == {report["targets"][0]["observations"][0]["client_certificate"]} != {""}
    assert any(b"serving" in text for text in curious.public)
    assert not any(b"hushhush" in text for text in curious.public)
    assert children().keys() <= before.keys()


@pytest.mark.slow
def test_a_journal_that_workers_filled_goes_on_with_workers(curious, capsys):
    robot = issue("robot", issuer=ROOT)
    Path("robot.pem").write_bytes(pem(robot) + robot.key_pem)
    targets = [f"127.0.0.1:{curious.port}#n{n}.example" for n in range(20)]
    words = ["--workers=2", "--trust=root.pem", "--select=trust.anchor", "--report=csv=r.csv", "--cert=robot.pem"]
    command = ["scan", *targets, *words, "--at", CLOCK.isoformat(), "--journal=j", "--resume"]
    undisturbed = cli.run(command), Path("r.csv").read_bytes()
    journal = Path("j/journal.jsonl")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:11]) + lines[11][:50])
    before = curious.clients
    assert (cli.run(command), Path("r.csv").read_bytes()) == undisturbed
    assert curious.clients - before == 10
    assert journal.read_bytes().startswith(b"".join(lines[:11]))


@pytest.mark.slow
def test_targets_that_do_not_answer_are_tried_once_more_and_the_time_limit_holds(capsys):
    def talk(client):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # so that closing resets

    with closing(Server(talk)) as server:
        cli.run(["scan", f"127.0.0.1:{server.port}", f"127.0.0.1:{server.port}#x.example", "--workers=2", "--trust",
                 "root.pem", "--retries=1", "--report=json=r.json", "--quiet"])  # fmt: skip
    details = [one["observations"][0]["failure"]["detail"] for one in json.loads(Path("r.json").read_text())["targets"]]
    assert all("another try at the end of the run failed, too" in detail for detail in details)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_processes_ends_the_run_with_whole_reports(tmp_path, number):
    def talk(client):
        while client.recv(65536):
            pass

    with closing(Server(talk)) as server:
        Path("hosts.txt").write_text("".join(f"127.0.0.1:{server.port} name=n{n}.example\n" for n in range(100)))
        words = ["--targets=hosts.txt", "--trust=root.pem", "--workers=2", "--report=json=r.json", "--timeout=50"]
        command = [sys.executable, "-m", "certgate.cli.main", "scan", *words]
        here = Path(__file__).parents[2]
        with subprocess.Popen(
            command, start_new_session=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(here)},
        ) as process:  # fmt: skip
            while server.clients < 2:
                assert process.poll() is None
                time.sleep(0.02)
            os.killpg(process.pid, number)
            began = time.monotonic()
            out, errors = process.communicate(timeout=10)
            took = time.monotonic() - began
    assert (process.returncode, took < 2) == (3, True), (took, out, errors)
    report = json.loads(Path("r.json").read_text())
    assert len(report["targets"]) == 100
    assert b"Traceback" not in errors
