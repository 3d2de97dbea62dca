"""Rules that a policy server decides, asked over HTTP: by a stand-in on loopback, and by a real Open Policy Agent."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest

from certgate.cli import main as cli
from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK, issue, pem
from certgate.lab.scenarios import all_scenarios
from certgate.net import policy_server
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
POLICY = """\
name: decided
rules:
  - rule: validity.expired
  - id: acme.decided
    opa: {{url: "{url}", path: acme/tls/violations}}
    message: the policy server refuses this certificate
"""


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, self.headers["Content-Type"], json.loads(body)))
        self.server.tokens.append(self.headers["Authorization"])
        self.server.answer(self)

    def log_message(self, *_):
        pass


def answering(content, status=200, **headers):
    def answer(handler):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def stand_in_for(context=None):
    """A stand-in, within TLS if a context is given."""
    stand_in = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.requests, stand_in.answer, stand_in.held = [], answering({"result": []}), threading.Event()
    stand_in.tokens = []
    stand_in.handle_error = lambda *_: None
    stand_in.url = f"http://127.0.0.1:{stand_in.server_port}"
    if context:
        stand_in.socket = context.wrap_socket(stand_in.socket, server_side=True, do_handshake_on_connect=False)
        stand_in.url = f"https://127.0.0.1:{stand_in.server_port}"
    threading.Thread(target=stand_in.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return stand_in


def ended(stand_in):
    stand_in.held.set()
    stand_in.shutdown()
    stand_in.server_close()


@pytest.fixture
def server():
    """A stand-in whose `answer` tests choose; it remembers its `requests`."""
    stand_in = stand_in_for()
    yield stand_in
    ended(stand_in)


@pytest.fixture
def guarded(tmp_path):
    """A stand-in within TLS by a CA of its own, which demands a client certificate of that CA."""
    ca = issue("Acme CA", ca=True, days=36500)
    shown = issue("127.0.0.1", issuer=ca, sans=["127.0.0.1"], days=36500)
    client = issue("certgate", issuer=ca, ekus=["1.3.6.1.5.5.7.3.2"], days=36500)
    (tmp_path / "policies").mkdir()
    for name, content in {
        "ca.pem": pem(ca), "server.pem": pem(shown) + shown.key_pem, "both.pem": pem(client) + client.key_pem,
        "client.pem": pem(client), "client.key": client.key_pem, "token": b"s3cret\n",
    }.items():  # fmt: skip
        (tmp_path / "policies" / name).write_bytes(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "policies" / "server.pem")
    context.load_verify_locations(tmp_path / "policies" / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    stand_in = stand_in_for(context)
    yield stand_in
    ended(stand_in)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = issue("Root", ca=True, days=3650)
    Path("root.pem").write_bytes(pem(root))
    for name in ("a.acme.example", "b.other.example"):
        Path(f"{name[0]}.pem").write_bytes(pem(issue(name, issuer=root, sans=[name])))


def check(url, *options, files=("a.pem",)):
    """The exit code, and what became of the rule that is decided elsewhere, by target."""
    Path("team.yaml").write_text(POLICY.format(url=url))
    trust = ["--trust", "root.pem"] if files[0].endswith(".pem") else []
    at = [] if "--at" in options else ["--at", CLOCK.isoformat()]
    arguments = ["check", *files, *trust, "--policy", "team.yaml", *at, "--report", "json=r.json", *options]
    return cli.run(arguments), findings()


def findings():
    report = json.loads(Path("r.json").read_text())
    return [
        (finding["outcome"], finding["message"])
        for target in report["targets"]
        for finding in target["findings"]
        if finding["rule"] == "acme.decided"
    ]


def test_the_server_hears_the_view_and_decides(server):
    assert check(server.url) == (0, [])
    ((path, kind, asked),) = server.requests
    assert (path, kind) == ("/v1/data/acme/tls/violations", "application/json")
    assert asked["input"]["leaf"]["dns_names"] == ["a.acme.example"]
    assert asked["input"]["now"] == "2026-06-15T12:00:00Z"
    server.answer = answering({"result": False})
    assert check(server.url) == (1, [("fail", "the policy server refuses this certificate")])
    server.answer = answering({"result": [{"message": "a"}, {"message": "b", "severity": "info"}]})
    assert check(server.url) == (1, [("fail", "a"), ("fail", "b")])


ACCESS = ("ca: ca.pem", "client_certificate: client.pem", "client_key: client.key", "token_env: OPA_TOKEN")


def check_guarded(url, *access, overriding=False):
    """Like `check`, by a policy in another folder; `overriding` says of its access in an entry of its own."""
    server = f"url: {url!r}, path: acme/tls/violations"
    text = f"rules:\n  - rule: validity.expired\n  - id: acme.decided\n    opa: {{{', '.join([server, *access])}}}\n"
    if overriding:
        text = text.replace(", ".join([server, *access]), "url: 'http://127.0.0.1:1', path: nowhere")
        Path("policies/base.yaml").write_text(text)
        text = f"extends: base.yaml\nrules: [{{rule: acme.decided, opa: {{{', '.join([server, *access])}}}}}]\n"
    Path("policies/team.yaml").write_text(text)
    trust = ["--trust", "root.pem", "--at", CLOCK.isoformat(), "--report", "json=r.json"]
    return cli.run(["check", "a.pem", "--policy", "policies/team.yaml", *trust])


@pytest.mark.parametrize("overriding", [False, True])
@pytest.mark.parametrize(
    "access",
    [ACCESS, ("ca: ca.pem", "client_certificate: both.pem", "token_file: token")],
)
def test_a_server_is_reached_by_its_ca_with_a_client_certificate_and_a_token(guarded, monkeypatch, access, overriding):
    monkeypatch.setenv("OPA_TOKEN", "s3cret")
    assert check_guarded(guarded.url, *access, overriding=overriding) == 0
    assert guarded.tokens == ["Bearer s3cret"]
    assert "s3cret" not in Path("r.json").read_text()


@pytest.mark.parametrize(
    ("access", "told"),
    [(ACCESS[1:], "its certificate is not trusted"), (ACCESS[:1], "gave no decision: ")],
)
def test_without_what_the_server_demands_or_is_verified_by_the_target_is_incomplete(guarded, monkeypatch, access, told):
    monkeypatch.setenv("OPA_TOKEN", "s3cret")
    assert check_guarded(guarded.url, *access) == 3
    ((outcome, message),) = findings()
    assert (outcome, guarded.requests) == ("not-checked", [])
    assert told in message


@pytest.mark.parametrize(
    ("access", "place", "told"),
    [
        ("ca: nothing.pem", "4:66", "policies/nothing.pem: no CA certificates in PEM"),
        (
            "client_certificate: client.pem",
            "4:66",
            "policies/client.pem: no client certificate in PEM with its own key",
        ),
        ("token_env: OPA_TOKEN", "4:66", "the environment variable OPA_TOKEN is not set"),
        ("token_file: ca.pem", "4:66", "policies/ca.pem holds no token"),
        ("ca: ca.pem, token_file: nothing", "4:78", "policies/nothing: "),
    ],
)
def test_access_that_cannot_be_used_ends_the_run_before_anything_is_observed(
    guarded, monkeypatch, capsys, access, place, told
):
    monkeypatch.delenv("OPA_TOKEN", raising=False)
    assert check_guarded("https://127.0.0.1:1", access) == 2
    assert f"policies/team.yaml:{place}: acme.decided: {told}" in capsys.readouterr().err
    arguments = ["--policy", "policies/team.yaml", "--trust", "root.pem", "--at", CLOCK.isoformat()]
    assert cli.run(["check", "a.pem", *arguments, "--ignore", "acme.decided"]) == 0


def hanging(handler):
    handler.server.held.wait(20)


def dripping(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    while not handler.server.held.wait(0.05):
        try:
            handler.wfile.write(b" ")
        except OSError:
            return


def hanging_up(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (hanging, "did not answer in time"),
        (dripping, "did not answer in time"),
        (hanging_up, "it was closed without an answer"),
        (answering({"result": []}, 500), "answered with status 500"),
        (answering({"result": []}, 403), "answered with status 403"),
        (answering(b"", 307, Location="http://127.0.0.1:1/"), "redirects a POST"),
        (answering(b" " * (policy_server.MAX_BYTES + 1)), "answered with more than 1048576 bytes"),
        (answering(b"<html>"), "its answer is not JSON (line 1, column 1)"),
        (answering({"code": "undefined"}), "it reports an error"),
        (answering({"warning": "undefined"}), "the policy is not there, or is undefined for these facts"),
        (answering({"result": "yes"}), "its result is neither true, nor false, nor a list of problems"),
    ],
)
def test_time_outs_refusals_and_answers_that_make_no_sense_leave_the_target_incomplete(
    server, monkeypatch, answer, told
):
    monkeypatch.setattr(policy_server, "SECONDS", 1.0 if told == "did not answer in time" else 20.0)
    server.answer = answer
    code, ((outcome, message),) = check(server.url)
    assert (code, outcome) == (3, "not-checked")
    assert message.startswith(f"{server.url}/v1/data/acme/tls/violations gave no decision: ")
    assert told in message


def test_an_answer_of_just_the_largest_size_counts(server):
    body = json.dumps({"result": []}).encode()
    server.answer = answering(body + b" " * (policy_server.MAX_BYTES - len(body)))
    assert check(server.url) == (0, [])


def test_a_server_that_is_not_there_leaves_the_target_incomplete():
    code, ((outcome, message),) = check(f"http://127.0.0.1:{free_port()}")
    assert (code, outcome) == (3, "not-checked")
    assert "127.0.0.1 cannot be reached at 127.0.0.1" in message


def test_proxies_of_the_environment_are_not_used(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert check(server.url) == (0, [])


def test_the_server_is_asked_once_for_each_target_and_not_at_all_where_the_rule_is_off(server):
    assert check(server.url, files=["a.pem", "b.pem"])[0] == 0
    assert len(server.requests) == 2
    assert check(server.url, "--ignore", "acme.decided")[0] == 0
    off = "extends: team.yaml\nrules:\n  - rule: acme.decided\n    disabled: later\n    when: {WHEN}\n"
    for when in ("target: a.pem", "key_type: EC", "issuer: CN=Root"):
        Path("off.yaml").write_text(off.replace("WHEN", when))
        arguments = ["check", "a.pem", "--trust", "root.pem", "--policy", "off.yaml", "--at", CLOCK.isoformat()]
        assert cli.run(arguments) == 0
    assert len(server.requests) == 2


def test_an_answer_is_saved_with_the_observation_and_judged_again_without_the_server(server):
    server.answer = answering({"result": ["no"]})
    assert check(server.url, "--save", "seen.jsonl") == (1, [("fail", "no")])
    server.shutdown()
    server.server_close()
    assert check(server.url, files=["seen.jsonl"]) == (1, [("fail", "no")])
    server.shutdown = server.server_close = lambda: None


def test_another_time_is_another_question(server):
    check(server.url, "--save", "seen.jsonl")
    check(server.url, "--at", "2026-06-16", files=["seen.jsonl"])
    assert [asked["input"]["now"][:10] for _, _, asked in server.requests] == ["2026-06-15", "2026-06-16"]


def test_endpoints_are_decided_too_with_their_handshake(server):
    Path("team.yaml").write_text(POLICY.format(url=server.url))
    server.answer = answering({"result": ["never"]})
    with Lab([all_scenarios()["good-ecdsa"]]) as lab:
        arguments = ["--config", str(lab.config_file), "--at", CLOCK.isoformat(), "--report", "json=r.json"]
        text = lab.config_file.read_text()
        lab.config_file.write_text(text.replace("policy: webpki-public", f"policy: {Path('team.yaml').resolve()}"))
        assert cli.run(["scan", *arguments]) == 1
    ((_, _, asked),) = server.requests
    assert asked["input"]["handshake"]["version"] == "TLSv1.3"
    assert findings() == [("fail", "never")]


@pytest.fixture(scope="session")
def opa():
    """The real server, built once into build/; it takes a minute where nothing was downloaded yet."""
    if not shutil.which("go"):
        pytest.skip("go, which builds the Open Policy Agent, is not on this machine")
    folder = ROOT / "build" / "opa-v1.22.2"
    program = folder / "opa"
    if not program.exists():
        environment = os.environ | {"GOBIN": str(folder), "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"}
        command = ["go", "install", "github.com/open-policy-agent/opa@v1.22.2"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=840)
        assert done.returncode == 0, done.stderr[-2000:]
    return str(program)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_real_open_policy_agent_decides_by_the_policy_of_the_page(opa):
    page = (ROOT / "docs" / "guides" / "own-rules.md").read_text()
    rego = page.partition("<!-- tested: acme.rego -->\n```rego\n")[2].partition("```")[0]
    Path("acme.rego").write_text(rego + "\nallowed := false\n\nbroken := 1 / (count(input.chain) - 1)\n")
    port = free_port()
    command = [opa, "run", "--server", "--disable-telemetry", "--addr", f"127.0.0.1:{port}", "acme.rego"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(f"{url}/health")
            assert check(url) == (0, [])
            assert check(url, files=["b.pem"]) == (1, [("fail", "b.other.example is not ours")])
            for path, code, told in (
                ("acme/tls/allowed", 1, "the policy server refuses this certificate"),
                ("acme/tls/broken", 3, "the policy is not there, or is undefined for these facts"),
                ("acme/tls/nothing", 3, "the policy is not there, or is undefined for these facts"),
                ("acme/tls", 3, "its result is neither true, nor false, nor a list of problems"),
            ):
                text = POLICY.format(url=url).replace("acme/tls/violations", path)
                Path("other.yaml").write_text(text)
                arguments = ["--trust", "root.pem", "--at", CLOCK.isoformat(), "--report", "json=r.json"]
                assert cli.run(["check", "a.pem", "--policy", "other.yaml", *arguments]) == code
                ((_, message),) = findings()
                assert told in message
        finally:
            running.terminate()


def wait_for(url):
    end = time.monotonic() + 30
    while True:
        try:
            with urlopen(url, timeout=1) as answer:
                assert answer.status == 200
                return
        except OSError:
            assert time.monotonic() < end, f"{url} does not answer"
            time.sleep(0.05)
