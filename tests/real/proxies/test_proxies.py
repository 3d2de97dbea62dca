"""certgate through the proxies that people run, and to servers that expect the PROXY protocol."""

import json
import socket

import pytest

from certgate.cli.main import run
from certgate.lab.pki import CLOCK, pem
from tests.real.proxies.conftest import NAME, dante, haproxy, haproxy_tcp, nginx, squid

SCHEMES = {squid: "http", dante: "socks5h"}
pytestmark = pytest.mark.slow


@pytest.fixture
def scan(tmp_path, root, monkeypatch):
    """`scan(entry, *words)` is the exit code, and the observation of the one target that the entry declares."""

    def gate(entry, *words):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "root.pem").write_bytes(pem(root))
        (tmp_path / "auth").write_text("me:hush\n")
        (tmp_path / "wrong").write_text("me:rush\n")
        (tmp_path / "p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: name.host-match}]")
        (tmp_path / "certgate.yaml").write_text(f"targets: [{{name: {NAME}, {entry}}}]")
        usual = ["--policy", "p.yaml", "--trust", "root.pem", "--at", CLOCK.isoformat(), "--report", "json=r.json"]
        code = run(["scan", "--config", "certgate.yaml", *usual, *words])
        (found,) = json.loads((tmp_path / "r.json").read_text())["targets"]
        return code, found["observations"][0]

    return gate


@pytest.fixture(params=SCHEMES, ids=lambda proxy: proxy.__name__)
def proxy(request, start, target):
    """`proxy()` is the URL of one that connects to the target alone."""

    def run(*, logged_in=False):
        port = start(request.param, allowed=target.port, logged_in=logged_in)
        return f"{SCHEMES[request.param]}://127.0.0.1:{port}"

    return run


def test_the_target_is_seen_through_it_by_the_name_that_it_resolves(scan, proxy, target):
    url = proxy()

    code, observation = scan(f"host: 'localhost:{target.port}', proxy: '{url}'")

    assert (code, observation["failure"]) == (0, None)
    assert (observation["proxy"], observation["address"]) == (url, "")


def test_it_says_that_the_target_refuses(scan, start, target):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        for kind, scheme in SCHEMES.items():
            url = f"{scheme}://127.0.0.1:{start(kind, allowed=port, logged_in=False)}"
            code, observation = scan(f"host: '127.0.0.1:{port}', proxy: '{url}'")
            assert (code, observation["failure"]["kind"]) == (3, "proxy-failed"), observation


def test_it_does_not_connect_where_it_must_not(scan, proxy):
    code, observation = scan(f"host: '127.0.0.1:9', proxy: '{proxy()}'")

    assert (code, observation["failure"]["kind"]) == (3, "proxy-refused"), observation


def test_it_may_want_to_know_who_asks(scan, proxy, target):
    code, observation = scan(f"host: '127.0.0.1:{target.port}', proxy: '{proxy(logged_in=True)}'")

    assert (code, observation["failure"]["kind"]) == (3, "proxy-auth"), observation


def test_squid_takes_the_right_password_alone(scan, start, target):
    entry = f"host: '127.0.0.1:{target.port}'"
    words = ["--proxy", f"http://127.0.0.1:{start(squid, allowed=target.port, logged_in=True)}", "--proxy-auth-file"]

    assert scan(entry, *words, "auth")[0] == 0
    code, observation = scan(entry, *words, "wrong")
    assert (code, observation["failure"]["kind"]) == (3, "proxy-auth")
    assert "refuses the user name or the password" in observation["failure"]["detail"]


@pytest.mark.parametrize("server", [haproxy, nginx], ids=["haproxy", "nginx"])
def test_a_server_that_expects_the_proxy_protocol_accepts_both_versions_and_nothing_else(scan, start, server):
    host = f"host: '127.0.0.1:{start(server)}'"

    for version in ("v1", "v2"):
        code, observation = scan(f"{host}, proxy_protocol: {version}")
        assert (code, observation["failure"]) == (0, None)
    assert scan(host)[0] == 3


def test_the_header_comes_before_the_greeting_of_a_mail_server(scan, start, mail_server):
    host = f"host: '127.0.0.1:{start(haproxy_tcp, backend=mail_server.port)}', starttls: smtp"

    for version in ("v1", "v2"):
        code, observation = scan(f"{host}, proxy_protocol: {version}")
        assert (code, observation["failure"]) == (0, None)
    code, observation = scan(host, "--timeout", "2")
    assert (code, observation["failure"]["kind"]) == (3, "greeting-missing")
