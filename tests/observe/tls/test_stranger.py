"""How an origin is asked whether it lets strangers in, and what counts as a refusal."""

import errno
import socket
import struct
from contextlib import ExitStack, suppress
from types import SimpleNamespace

import pytest
from OpenSSL import SSL

from certgate.lab.pki import issue
from certgate.model.observation import FailureKind
from certgate.model.probe import ProbeOutcome
from certgate.model.proxy import Proxy
from certgate.model.stranger import EDGE_STRANGER, ORIGIN_STRANGER
from certgate.model.target import ClientFiles, Endpoint, Origin, Probe, Target, Visit
from certgate.observe.tls.client_probes import stranger_visits
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions
from tests.observe.conftest import NAME
from tests.observe.proxies import http_proxy
from tests.observe.tls.test_origin import EDGE_CLIENT
from tests.observe.tls.test_origin import shown as made

LEAF = issue("", sans=[NAME])
OK, FORBIDDEN = b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 403 Forbidden\r\n\r\n"


def website(answer, heard=None, *, configure=lambda _: None):
    """HTTP over TLS; closes without a word for an empty answer."""

    def talk(client):
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.use_certificate(LEAF.native)
        context.use_privatekey(LEAF.key)
        context.set_alpn_select_callback(lambda _, offered: b"http/1.1" if b"http/1.1" in offered else b"h2")
        configure(context)
        connection = SSL.Connection(context, client)
        connection.set_accept_state()
        connection.do_handshake()
        request = connection.recv(65536)
        if heard is not None:
            heard.append(request)
        if answer:
            connection.sendall(answer)
        connection.shutdown()
        client.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while client.recv(65536):
                pass

    return talk


def demanding(tls_1_2):
    def configure(context):
        if tls_1_2:
            context.set_max_proto_version(SSL.TLS1_2_VERSION)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: False)

    return configure


def reset(client):
    client.recv(65536)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def plain_http(client):
    client.recv(65536)
    client.sendall(FORBIDDEN)


def in_turn(*talks):
    """Each client gets the next conversation."""
    left = iter(talks)

    def talk(client):
        next(left)(client)

    return talk


def ask(edge, origin, *, probes=(Probe.STRANGER,), visit=None, **options):
    there = Origin(host=origin.address, port=origin.port, closed=True)
    how = Visit(origin=there, probes=probes, **(visit or {}))
    target = Target(id="t", ordinal=0, source=Endpoint(edge.address, edge.port, NAME, "", how))
    (observed,) = observe_endpoints([target], ObserveOptions(**options))
    return observed


def answers(edge, origin, **options):
    (observation,) = ask(edge, origin, **options).probed
    assert observation.vantage.probe == Probe.STRANGER
    return {answer.what: answer for answer in observation.probes}


def outcome(edge, origin, **options):
    return answers(edge, origin, **options)[ORIGIN_STRANGER].outcome


@pytest.fixture
def edge(serve):
    return serve(website(OK))


def test_an_origin_that_answers_lets_the_stranger_in(serve, edge):
    heard = []
    origin = serve(website(OK, heard))

    found = answers(edge, origin)

    assert list(found) == [ORIGIN_STRANGER]
    assert (found[ORIGIN_STRANGER].outcome, found[ORIGIN_STRANGER].status) == (ProbeOutcome.ACCEPTED, 200)
    assert heard == [
        f"GET / HTTP/1.1\r\nHost: {NAME}:{edge.port}\r\nUser-Agent: certgate\r\n"
        "Accept: */*\r\nConnection: close\r\n\r\n".encode()
    ]


def test_what_is_seen_is_kept_with_the_origins_address(serve, edge):
    origin = serve(website(OK))
    observed = ask(edge, origin)

    (look,), (answer,) = observed.looks, observed.probed
    assert look.vantage.address == f"127.0.0.1:{edge.port}"
    assert (answer.vantage.address, answer.vantage.server_name) == (f"127.0.0.1:{origin.port}", NAME)
    assert (answer.presented, answer.failure, answer.connections) == ((), None, 1)


def test_a_refusal_by_the_application_is_compared_with_the_edge(serve, edge):
    found = answers(edge, serve(website(FORBIDDEN)))

    assert {what: (answer.outcome, answer.status) for what, answer in found.items()} == {
        ORIGIN_STRANGER: (ProbeOutcome.REFUSED_BY_APPLICATION, 403),
        EDGE_STRANGER: (ProbeOutcome.ACCEPTED, 200),
    }


def test_a_connection_that_is_closed_after_the_handshake_is_compared_with_the_edge(serve, edge):
    found = answers(edge, serve(website(b"")))

    assert {what: answer.outcome for what, answer in found.items()} == {
        ORIGIN_STRANGER: ProbeOutcome.CLOSED,
        EDGE_STRANGER: ProbeOutcome.ACCEPTED,
    }


@pytest.mark.parametrize("tls_1_2", [True, False], ids=["TLS 1.2", "TLS 1.3"])
def test_an_origin_that_demands_a_client_certificate_refuses(serve, edge, tls_1_2):
    found = answers(edge, serve(website(OK, configure=demanding(tls_1_2))))

    expected = ProbeOutcome.REFUSED if tls_1_2 else ProbeOutcome.REFUSED_AFTER_HANDSHAKE
    assert {what: answer.outcome for what, answer in found.items()} == {ORIGIN_STRANGER: expected}


@pytest.mark.parametrize("talk", [reset, lambda _client: None], ids=["reset", "closed"])
def test_a_connection_that_ends_in_the_handshake_is_a_refusal(serve, edge, talk):
    assert outcome(edge, serve(talk)) is ProbeOutcome.REFUSED


def test_a_rejected_connection_is_a_refusal(serve, edge):
    origin = serve(website(OK))
    origin.close()

    assert outcome(edge, origin) is ProbeOutcome.REFUSED


@pytest.mark.parametrize(("enough", "expected"), [(0.1, ProbeOutcome.REFUSED), (60, ProbeOutcome.SILENT)])
def test_no_answer_to_the_attempt_to_connect_is_a_refusal_after_a_while(edge, monkeypatch, enough, expected):
    monkeypatch.setattr(stranger_visits, "LONG_ENOUGH", enough)
    with ExitStack() as stack:  # a listener whose queue is full does not answer
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address, port = full.getsockname()
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, port))

        found = answers(edge, SimpleNamespace(address=address, port=port), timeout=5)

    assert found[ORIGIN_STRANGER].outcome is expected
    assert found[EDGE_STRANGER].outcome is ProbeOutcome.ACCEPTED


def test_silence_after_connecting_is_no_refusal(serve, edge, silence):
    assert outcome(edge, serve(silence), timeout=2) is ProbeOutcome.SILENT


def test_another_protocol_is_no_refusal(serve, edge):
    found = answers(edge, serve(plain_http))[ORIGIN_STRANGER]

    assert found.outcome is ProbeOutcome.FAILED
    assert "does not speak TLS here but HTTP" in found.detail


def test_an_alert_about_what_is_offered_is_no_refusal(serve, edge):
    def old_only(context):
        context.set_cipher_list(b"PSK:@SECLEVEL=0")
        context.set_max_proto_version(SSL.TLS1_2_VERSION)

    found = answers(edge, serve(website(OK, configure=old_only)))[ORIGIN_STRANGER]

    assert (found.outcome, found.alert) == (ProbeOutcome.FAILED, 40)


def test_no_route_is_no_refusal(serve, edge, monkeypatch):
    origin, connect = serve(website(OK)), socket.socket.connect

    def without_route(self, address):
        if address[1] == origin.port:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", without_route)

    assert outcome(edge, origin) is ProbeOutcome.FAILED


@pytest.mark.parametrize(
    "talks",
    [(website(OK), reset), (reset, website(OK)), (plain_http, website(OK))],
    ids=["let in, then refused", "refused, then let in", "not understood, then let in"],
)
def test_whoever_is_let_in_once_is_let_in(serve, edge, talks):
    assert outcome(edge, serve(in_turn(*talks))) is ProbeOutcome.ACCEPTED


def test_a_refusal_that_the_second_attempt_does_not_confirm_is_none(serve, edge):
    assert outcome(edge, serve(in_turn(reset, plain_http))) is ProbeOutcome.FAILED


def test_the_limit_of_connections_is_no_refusal(serve, edge):
    found = answers(edge, origin := serve(reset), max_connections=2)[ORIGIN_STRANGER]

    assert found.outcome is ProbeOutcome.FAILED
    assert "--max-connections" in found.detail
    assert origin.clients == 1


def test_a_proxy_that_cannot_connect_is_no_refusal(serve, edge):
    bad = http_proxy(None, answer=b"HTTP/1.1 502 No\r\n\r\n")
    proxy = serve(in_turn(http_proxy((edge.address, edge.port)), bad, bad))

    assert outcome(edge, edge, visit={"proxy": Proxy("http", proxy.address, proxy.port)}) is ProbeOutcome.FAILED


def test_a_stranger_never_shows_a_client_certificate(serve, edge):
    shown = []

    def asking(context):
        context.set_verify(SSL.VERIFY_PEER, lambda *_: shown.append(1) or True)

    origin = serve(website(OK, configure=asking))
    visit = {"client": ClientFiles("edge.pem")}
    observed = ask(edge, origin, visit=visit, client_certificates={ClientFiles("edge.pem"): made(EDGE_CLIENT)})

    origin.close()
    assert observed.probed[0].probes[0].requested is True
    assert shown == []


def test_nobody_asks_as_a_stranger_without_a_rule(serve, edge):
    origin = serve(website(OK))

    assert ask(edge, origin, probes=()).probed == ()
    assert origin.clients == 0


def test_an_edge_that_was_not_seen_is_no_measure(serve, silence):
    origin = serve(website(OK))
    observed = ask(serve(silence), origin, timeout=0.5)

    assert observed.looks[0].failure.kind is FailureKind.TIMED_OUT
    assert observed.probed == ()
    assert origin.clients == 0
