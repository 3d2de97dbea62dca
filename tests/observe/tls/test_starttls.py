"""TLS that begins after words in the clear, over a connection."""

import socket
import struct
import threading

import pytest
from OpenSSL import SSL

from certgate.model.observation import FailureKind, HandshakeFacts, Note, Phase, PreludeFacts
from certgate.model.target import Endpoint, Target, Visit
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions

NAME = "db.corp.example"


@pytest.fixture
def smtp(tls):
    """`smtp(…)` is a conversation that comes to TLS over SMTP; `go_ahead` is what it says before, `tls` how it goes on."""

    def conversation(*, go_ahead=b"220 go\r\n", over=None, **options):
        answer = over or tls(**options)

        def talk(client):
            client.sendall(b"220-mx\r\n220 mx ESMTP\r\n")
            line(client)
            client.sendall(b"250-mx\r\n250 STARTTLS\r\n")
            line(client)
            client.sendall(go_ahead)
            answer(client)

        return talk

    return conversation


def line(client):
    found = b""
    while not found.endswith(b"\n"):
        received = client.recv(1)
        if not received:
            raise ConnectionResetError
        found += received
    return found


@pytest.fixture
def observe():
    def run(server, *, protocol="smtp", alpn=(), **options):
        source = Endpoint(server.address, server.port, NAME, protocol, Visit(alpn=alpn))
        target = Target(id="t", ordinal=0, source=source)
        (observed,) = observe_endpoints([target], ObserveOptions(**options))
        return observed.observations[0]

    return run


def test_the_chain_is_seen_after_the_words(serve, smtp, observe, pki):
    leaf, middle, _ = pki
    server = serve(smtp())

    observation = observe(server)

    assert observation.failure is None
    assert observation.presented == (leaf.der, middle.der)
    assert observation.prelude == PreludeFacts("smtp")
    assert observation.handshake == HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", "X25519MLKEM768", None)
    assert set(observation.timings) == {"resolve", "connect", "prelude", "handshake"}
    assert server.clients == 1


@pytest.mark.parametrize(("alpn", "asked"), [((), []), (("postgresql", "x"), [b"postgresql", b"x"]), (("none",), [])])
def test_no_application_protocol_is_offered_but_those_that_the_target_names(serve, smtp, observe, alpn, asked):
    offers = []

    def choose(_, offered):
        offers.extend(offered)
        return offered[0]

    server = serve(smtp(configure=lambda context: context.set_alpn_select_callback(choose)))

    assert observe(server, alpn=alpn).failure is None
    assert offers == asked


def test_what_comes_between_the_go_ahead_and_tls_is_kept_and_no_part_of_tls(serve, smtp, observe, pki):
    leaf, middle, _ = pki
    server = serve(smtp(go_ahead=b"220 go\r\n250 \x1b[31minjected\r\n"))

    observation = observe(server)

    assert observation.failure is None
    assert observation.presented == (leaf.der, middle.der)
    assert observation.prelude == PreludeFacts("smtp", injected=r"250 \x1b[31minjected\x0d\x0a")


def test_an_injection_that_any_attempt_met_is_not_forgotten(serve, smtp, observe):
    good = smtp()
    bad = smtp(go_ahead=b"220 go\r\nx", over=closes)

    def first_bad(client):
        talk = bad if server.clients == 1 else good
        talk(client)

    server = serve(first_bad)

    observation = observe(server)

    assert observation.failure is None
    assert observation.prelude == PreludeFacts("smtp", injected="x")
    assert observation.notes == (Note.CLASSICAL_RETRY,)


def closes(client):
    client.recv(65536)


def test_a_server_that_speaks_tls_at_once_is_told_as_that(serve, tls, observe):
    server = serve(tls())

    failure = observe(server, timeout=1).failure

    assert (failure.kind, failure.phase) == (FailureKind.GREETING_MISSING, Phase.PRELUDE)
    assert failure.detail.endswith("; perhaps it speaks TLS at once: remove STARTTLS from this target")
    assert server.clients == 1


@pytest.mark.slow
def test_a_greeting_may_take_all_the_time_there_is(serve, smtp, observe, silence):
    """Half of the time is for attempts after which a retry may help; the greeting is none of them."""
    late = threading.Event()
    talk = smtp()

    def slow(client):
        late.wait(2.2)
        talk(client)

    assert observe(serve(slow), timeout=4, retries=1).failure is None


def test_a_server_that_goes_away_is_asked_again(serve, smtp, observe):
    talk = smtp()
    server = serve(lambda client: talk(client) if server.clients > 1 else None)

    observation = observe(server)

    assert observation.failure is None
    assert observation.notes == (Note.RETRIED,)


def test_a_reset_among_the_words_is_a_reset(serve, observe):
    def resets(client):
        client.sendall(b"220 mx\r\n")
        client.recv(65536)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    failure = observe(serve(resets), retries=0).failure

    assert (failure.kind, failure.phase) == (FailureKind.RESET, Phase.PRELUDE)


def test_a_no_is_final(serve, observe):
    def refuses(client):
        client.sendall(b"554 no\r\n")
        client.recv(65536)

    server = serve(refuses)

    failure = observe(server).failure

    assert failure.kind is FailureKind.STARTTLS_REFUSED
    assert server.clients == 1


def test_plain_words_after_the_go_ahead_are_no_tls(serve, smtp, observe):
    def says_more(client):
        client.recv(65536)
        client.sendall(b"500 what?\r\n")
        client.recv(65536)

    observation = observe(serve(smtp(over=says_more)))

    assert observation.failure.kind is FailureKind.NOT_TLS
    assert observation.prelude == PreludeFacts("smtp")


def test_an_alpn_that_the_target_names_and_the_server_refuses_is_a_failure(serve, smtp, observe):
    def refuse(_, offered):
        raise SSL.Error("none")

    server = serve(smtp(configure=lambda context: context.set_alpn_select_callback(refuse)))

    assert observe(server, alpn=("tds/8.0",)).failure.kind is FailureKind.ALERT
    assert server.clients == 1
