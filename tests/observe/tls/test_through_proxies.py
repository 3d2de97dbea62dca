"""Endpoints that are reached through a proxy, and connections that begin with the PROXY protocol."""

import pytest

from certgate.model.observation import FailureKind, Phase
from certgate.model.proxy import Proxy, ProxyCredentials
from certgate.model.target import Endpoint, Target, Visit
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions
from tests.observe.proxies import exactly, http_proxy, read_until, socks_proxy

NAME = "db.corp.example"


@pytest.fixture
def observe():
    """`observe(proxy)` looks at db.corp.example:8443, a name that only a proxy can know."""

    def run(server, scheme="http", *, host="127.0.0.1", protocol="", proxy_protocol="", credentials=None, **options):
        proxy = Proxy(scheme, host, server.port if server else 9)
        visit = Visit(proxy=proxy, proxy_protocol=proxy_protocol)
        target = Target(id="t", ordinal=0, source=Endpoint(NAME, 8443, NAME, protocol, visit))
        known = {proxy: credentials} if credentials else {}
        (observed,) = observe_endpoints([target], ObserveOptions(proxy_credentials=known, **options))
        return observed.observations[0]

    return run


@pytest.fixture
def direct():
    def run(server, *, protocol="", proxy_protocol="", **options):
        visit = Visit(proxy_protocol=proxy_protocol)
        target = Target(id="t", ordinal=0, source=Endpoint(server.address, server.port, NAME, protocol, visit))
        (observed,) = observe_endpoints([target], ObserveOptions(**options))
        return observed.observations[0]

    return run


def place(server):
    return server.address, server.port


def test_the_target_is_seen_through_an_http_proxy(serve, tls, observe, pki):
    heard = []
    proxy = serve(http_proxy(place(serve(tls())), heard=heard))

    observation = observe(proxy)

    assert observation.failure is None
    assert observation.presented == (pki[0].der, pki[1].der)
    assert heard[0].startswith(b"CONNECT db.corp.example:8443 HTTP/1.1\r\n")
    assert observation.vantage.address == ""
    assert observation.vantage.proxy == f"http://127.0.0.1:{proxy.port}"
    assert set(observation.timings) == {"resolve", "connect", "proxy", "handshake"}
    assert observation.unvisited == ()
    assert observation.connections == proxy.clients == 1


def test_the_target_is_seen_through_a_socks_proxy(serve, tls, observe, pki):
    heard = []
    proxy = serve(socks_proxy(place(serve(tls())), heard=heard))

    observation = observe(proxy, "socks5h")

    assert observation.failure is None
    assert observation.presented == (pki[0].der, pki[1].der)
    assert heard == [b"\x05\x01\x00\x03\x0f" + NAME.encode() + (8443).to_bytes(2)]


def test_credentials_are_given_to_their_proxy(serve, tls, observe):
    target, heard = place(serve(tls())), []
    known = ProxyCredentials(b"me", b"pass:word")

    assert observe(serve(http_proxy(target, heard=heard)), credentials=known).failure is None
    assert b"\r\nProxy-Authorization: Basic bWU6cGFzczp3b3Jk\r\n" in heard[0]
    socks = serve(socks_proxy(target, user=b"\x01\x02me\x09pass:word"))
    assert observe(socks, "socks5h", credentials=known).failure is None


def smtp(tls, greeting=b"220 mx\r\n"):
    def talk(client):
        client.sendall(greeting)
        read_until(client, b"\n")
        client.sendall(b"250-mx\r\n250 STARTTLS\r\n")
        read_until(client, b"\n")
        client.sendall(b"220 go\r\n")
        tls(client)

    return talk


@pytest.mark.parametrize("together", [False, True], ids=["apart", "in one piece"])
def test_a_greeting_may_come_with_the_proxys_answer(serve, tls, observe, pki, together):
    proxy = serve(http_proxy(place(serve(smtp(tls()))), together=together))

    observation = observe(proxy, protocol="smtp")

    assert observation.failure is None
    assert observation.presented == (pki[0].der, pki[1].der)
    assert observation.prelude.injected == ""


def test_what_a_target_says_with_the_proxys_answer_is_the_targets(serve, observe):
    ssh = serve(lambda client: client.sendall(b"SSH-2.0-x\r\n"))

    failure = observe(serve(http_proxy(place(ssh), together=True))).failure

    assert failure.kind is FailureKind.NOT_TLS
    assert "but SSH" in failure.detail


@pytest.mark.parametrize(
    ("answer", "kind", "visits"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "proxy-refused", 1),
        (b"HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic\r\n\r\n", "proxy-auth", 1),
        (b"HTTP/1.1 503 Down\r\n\r\n", "proxy-failed", 2),
        (b"HTTP/1.1 200", "proxy-failed", 2),
        (b"", "proxy-failed", 2),
        (b"SSH-2.0-x\r\n", "proxy-failed", 2),
    ],
)
def test_a_proxy_that_does_not_connect_is_a_failure_of_its_own(serve, observe, answer, kind, visits):
    proxy = serve(http_proxy(("192.0.2.1", 1), answer=answer))

    observation = observe(proxy)

    assert (observation.failure.kind.value, observation.failure.phase) == (kind, Phase.PROXY)
    assert observation.failure.detail.startswith(f"the proxy http://127.0.0.1:{proxy.port} ")
    assert observation.connections == visits == proxy.clients
    assert (observation.vantage.address, observation.presented) == ("", ())


def test_a_proxy_that_cannot_be_reached_is_a_failure_of_its_own(serve, silence, observe, name_server):
    gone = serve(silence)
    gone.close_listener()
    refused = observe(gone).failure
    unknown = observe(gone, host="proxy.corp.example").failure
    name_server["proxy.corp.example"] = ["127.0.0.1"]

    assert (refused.kind, refused.phase) == (FailureKind.PROXY_FAILED, Phase.CONNECT)
    assert refused.detail.startswith(f"the proxy http://127.0.0.1:{gone.port} (127.0.0.1:{gone.port}) refused")
    assert (unknown.kind, unknown.phase) == (FailureKind.PROXY_FAILED, Phase.RESOLVE)
    assert unknown.detail.startswith(f"the proxy http://proxy.corp.example:{gone.port}: proxy.corp.example ")


def test_a_silent_proxy_is_given_up(serve, silence, observe):
    failure = observe(serve(silence), timeout=1, retries=0).failure

    assert (failure.kind, failure.phase) == (FailureKind.PROXY_FAILED, Phase.PROXY)
    assert "did not connect to db.corp.example:8443 within " in failure.detail


def test_a_target_behind_a_proxy_that_fails_is_named_with_it(serve, silence, observe):
    behind = serve(lambda client: client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    proxy = serve(http_proxy(place(behind)))

    failure = observe(proxy).failure

    assert failure.kind is FailureKind.NOT_TLS
    assert failure.detail.startswith(f"db.corp.example:8443 via http://127.0.0.1:{proxy.port} does not speak TLS")


HEADERS = {"v1": b"PROXY UNKNOWN\r\n", "v2": b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00"}


def expecting(header, go_on):
    def talk(client):
        if exactly(client, len(header)) == header:
            go_on(client)

    return talk


@pytest.mark.parametrize("version", HEADERS)
def test_a_connection_may_begin_with_the_proxy_protocol(serve, tls, direct, pki, version):
    observation = direct(serve(expecting(HEADERS[version], tls())), proxy_protocol=version)

    assert observation.failure is None
    assert observation.presented == (pki[0].der, pki[1].der)


def test_the_proxy_protocol_comes_before_a_greeting_and_behind_a_proxy(serve, tls, observe, direct):
    server = serve(expecting(HEADERS["v2"], smtp(tls())))

    assert direct(server, protocol="smtp", proxy_protocol="v2").failure is None
    assert observe(serve(http_proxy(place(server))), protocol="smtp", proxy_protocol="v2").failure is None


def test_the_header_is_named_where_a_server_may_not_expect_it(serve, direct):
    def http(client):
        read_until(client, b"\n")
        client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    failure = direct(serve(http), proxy_protocol="v1").failure

    assert failure.kind is FailureKind.NOT_TLS
    assert failure.detail.endswith(
        "; a PROXY protocol header (v1) was sent first: leave out proxy_protocol unless the server expects it"
    )


def test_the_socket_of_a_refused_tunnel_is_closed(serve, observe):
    ended = []

    def talk(client):
        read_until(client, b"\r\n\r\n")
        client.sendall(b"HTTP/1.1 403 no\r\n\r\n")
        ended.append(client.recv(1))

    proxy = serve(talk)
    observe(proxy)
    proxy.close()

    assert ended == [b""]
