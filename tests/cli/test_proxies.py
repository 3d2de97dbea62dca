"""`certgate scan` through a proxy: what is refused beforehand, what reports and saved files say of it."""

import json
from base64 import b64encode
from pathlib import Path

import pytest
from OpenSSL import SSL

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem
from tests.observe.conftest import Server
from tests.observe.proxies import http_proxy
from tests.schemas import report_schema

NAME = "db.corp.example"
ROOT = issue("Root", ca=True)
LEAF = issue("", issuer=ROOT, sans=[NAME])
AT = ["--at", CLOCK.isoformat()]
PAIR = b64encode(b"me:hush, hush")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("stranger.pem").write_bytes(pem(issue("Stranger", ca=True)))
    Path("leaf.pem").write_bytes(pem(LEAF))
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: validity.expired}]")
    Path("auth").write_text("me:hush, hush\n")


@pytest.fixture
def serve():
    servers = []

    def start(talk):
        servers.append(Server(talk))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def target(serve):
    """A TLS server that shows the leaf."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file("leaf.pem")
    context.use_privatekey(LEAF.key)

    def talk(client):
        connection = SSL.Connection(context, client)
        connection.set_accept_state()
        connection.do_handshake()
        while client.recv(65536):
            pass

    return serve(talk)


def scan(*words, trust="root.pem"):
    return cli.run(["scan", "--policy", "p.yaml", "--trust", trust, *AT, "--color", "never", *words])


def refusal(capsys, *words):
    assert scan(*words) == 2
    return capsys.readouterr().err


def write_targets(text):
    Path("certgate.yaml").write_text(f"targets:\n{text}")
    return ["--config", "certgate.yaml"]


def test_reports_and_saved_observations_say_which_proxy(serve, target, capsys):
    heard = []
    proxy = serve(http_proxy((target.address, target.port), heard=heard))
    url = f"http://127.0.0.1:{proxy.port}"
    words = [NAME, "--proxy", url, "--proxy-auth-file", "auth"]

    assert scan(*words, "--report", "json=r.json", "--save", "seen.jsonl") == 0

    report = json.loads(Path("r.json").read_text())
    report_schema().validate(report)
    (observation,) = report["targets"][0]["observations"]
    assert (observation["proxy"], observation["address"]) == (url, "")
    assert report["targets"][0]["source"]["proxy"] == url
    assert b"Proxy-Authorization: Basic " + PAIR in heard[0]
    for written in (Path("r.json").read_text(), Path("seen.jsonl").read_text(), *capsys.readouterr()):
        assert "hush, hush" not in written
        assert PAIR.decode().rstrip("=") not in written
    again = ["check", "seen.jsonl", "--policy", "p.yaml", "--trust", "root.pem", "--report", "json=again.json"]
    assert cli.run([*again, *AT]) == 0
    assert json.loads(Path("again.json").read_text())["targets"][0]["observations"] == [observation]


def test_a_chain_that_ends_at_another_ca_names_the_proxy(serve, target, capsys):
    proxy = serve(http_proxy((target.address, target.port)))

    assert scan(NAME, "--proxy", f"http://127.0.0.1:{proxy.port}", trust="stranger.pem") == 1
    assert f"(seen through proxy http://127.0.0.1:{proxy.port})" in capsys.readouterr().out


def test_a_failure_of_the_proxy_is_incomplete_and_has_its_own_advice(serve, capsys):
    proxy = serve(http_proxy(None, answer=b"HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic\r\n\r\n"))

    assert scan(NAME, "--proxy", f"http://127.0.0.1:{proxy.port}") == 3
    out = " ".join(capsys.readouterr().out.split())
    assert f"the proxy http://127.0.0.1:{proxy.port} asks for a user name and a password" in out
    assert "give the proxy's user:password with --proxy-auth-file or --proxy-auth-env" in out


def test_a_target_may_have_its_own_proxy_or_none(serve, target):
    one, other = (serve(http_proxy((target.address, target.port))) for _ in range(2))
    words = write_targets(
        f"  - host: a.example\n  - {{host: b.example, proxy: 'http://127.0.0.1:{other.port}'}}\n"
        f"  - {{host: '{target.address}:{target.port}', name: {NAME}, proxy: none}}\n"
    )

    assert scan(*words, "--proxy", f"http://127.0.0.1:{one.port}", "--report", "json=r.json") == 0

    seen = [entry["observations"][0].get("proxy", "") for entry in json.loads(Path("r.json").read_text())["targets"]]
    assert seen == [f"http://127.0.0.1:{one.port}", f"http://127.0.0.1:{other.port}", ""]
    assert (one.clients, other.clients, target.clients) == (1, 1, 3)


def test_the_environment_names_no_proxy(serve, target, silence_of_proxies, monkeypatch):
    for name in ("http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{silence_of_proxies.port}")

    assert scan(f"{target.address}:{target.port}#{NAME}") == 0
    assert silence_of_proxies.clients == 0


@pytest.fixture
def silence_of_proxies(serve):
    return serve(lambda client: client.recv(1))


PROXY = ["--proxy", "http://p.example:3128"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--proxy", "https://p.example:3128"], "certgate does not speak TLS to a proxy"),
        ([*PROXY, "--resolve", f"{NAME}:443:192.0.2.1"], f"http://p.example:3128 resolves {NAME}:443; leave out one"),
        ([*PROXY, "--all-addresses"], "all of its addresses cannot be visited"),
        (["--proxy-auth-file", "auth"], "no proxy: name it with --proxy"),
        ([*PROXY, "--proxy-auth-file", "gone"], "--proxy-auth-file: the file with user:password cannot be read"),
        ([*PROXY, "--proxy-auth-env", "UNSET_NAME"], "--proxy-auth-env: the variable is not set"),
        ([*PROXY, "--proxy-auth-env", "X", "--proxy-auth-file", "auth"], "both set the proxy's password"),
    ],
)
def test_what_cannot_be_followed_is_refused_before_anything_is_observed(capsys, words, told):
    assert told in refusal(capsys, NAME, *words)


def test_a_password_is_never_echoed(capsys, monkeypatch):
    monkeypatch.setenv("PAIR", "hush")

    assert "hush" not in refusal(capsys, NAME, "--proxy", "http://me:hush@p.example:1")
    assert "hush" not in refusal(capsys, NAME, *PROXY, "--proxy-auth-env", "PAIR")
    told = refusal(capsys, *write_targets("  - {host: a.example, proxy: 'http://me:hush@p.example:1'}\n"))
    assert "a proxy's URL must not hold a user name or a password" in told
    assert "http://*******@p.example:1" in told
    assert "hush" not in told
    for value in ("me:hush@p.example:1", "http://me:hush", "http://me:hush/x", "https://me:hush", "me:hush"):
        for entry in (f"{{host: a.example, proxy: '{value}'}}", f'{{host: a.example, "proxy":   "{value}"}}'):
            assert "hush" not in refusal(capsys, *write_targets(f"  - {entry}\n"))
        Path("list").write_text(f"a.example proxy={value}\n")
        assert "hush" not in refusal(capsys, "--targets", "list")
    assert "hush" not in refusal(capsys, *write_targets("  - {host: 'me:hush@a.example'}\n"))


def test_a_password_is_for_the_proxy_that_a_list_names(serve, target):
    heard = []
    proxy = serve(http_proxy((target.address, target.port), heard=heard))
    Path("list").write_text(f"{NAME} proxy=http://127.0.0.1:{proxy.port}\n")

    assert scan("--targets", "list", "--proxy-auth-file", "auth") == 0
    assert b"Proxy-Authorization: Basic " + PAIR in heard[0]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("proxy: 'http://p.example:1', addresses: all", "a proxy resolves the name"),
        ("proxy: p.example", "is not a URL"),
        ("proxy_protocol: v3", "must be 'v1' or 'v2'"),
    ],
)
def test_a_target_says_what_can_be_followed(capsys, entry, told):
    assert told in refusal(capsys, *write_targets(f"  - {{host: a.example, {entry}}}\n"))
