"""When an endpoint is asked again, and what is said about it."""

import socket
import struct
import threading
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from certgate.lab.ocsp import make_staple
from certgate.lab.pki import issue
from certgate.model.observation import FailureKind, Note
from certgate.model.proxy import Proxy
from certgate.model.target import Endpoint, Target, Visit
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions
from tests.observe.proxies import http_proxy

LARGE = 1000
"""Bytes: a ClientHello with post-quantum groups is larger, a classical one smaller."""


def tls_1_2(context):
    context.set_max_proto_version(SSL.TLS1_2_VERSION)


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_staple_that_is_no_der_costs_only_the_staple(serve, tls, observe, pki):
    leaf, middle, _ = pki
    staple = make_staple(leaf, middle)
    server = serve(
        tls(staple=staple, configure=tls_1_2, spoil=lambda sent: sent.replace(staple, b"\xff" * len(staple)))
    )

    observation = observe(server)

    assert observation.failure is None
    assert observation.presented == (leaf.der, middle.der)
    assert observation.staple is None
    assert observation.notes == (Note.STAPLE_UNUSABLE,)
    assert server.clients == 2


def test_a_staple_that_is_too_large_costs_only_the_staple(serve, tls, observe, pki):
    leaf, middle, _ = pki
    staple = make_staple(leaf, middle, extensions=[("1.3.6.1.4.1.99999.1", False, b"\x04\x82\x4e\x20" + bytes(20000))])
    server = serve(tls(staple=staple, configure=tls_1_2))

    observation = observe(server)

    assert observation.failure is None
    assert observation.notes == (Note.STAPLE_UNUSABLE,)
    assert server.clients == 2


def test_a_staple_that_cannot_be_judged_is_still_a_fact(serve, tls, observe):
    unsuccessful = b"\x30\x03\x0a\x01\x03"

    observation = observe(serve(tls(staple=unsuccessful)))

    assert (observation.staple, observation.notes) == (unsuccessful, ())


def stall(client):
    while client.recv(65536):
        pass


@pytest.mark.parametrize("drop", [stall, reset, socket.socket.close])
def test_a_small_client_hello_follows_where_a_large_one_is_dropped(serve, tls, observe, drop):
    answer = tls()

    def middlebox(client):
        if len(client.recv(65536, socket.MSG_PEEK)) > LARGE:
            client.recv(65536)
            drop(client)
        else:
            answer(client)

    server = serve(middlebox)

    observation = observe(server, timeout=4)

    assert observation.failure is None
    assert observation.notes == (Note.CLASSICAL_RETRY,)
    assert observation.handshake.group == "secp256r1"
    assert server.clients == 2


def only_mqtt(_, offered):
    """What the server's library makes an alert of."""
    raise SSL.Error(f"mqtt is not among {offered}")


def test_a_server_with_a_protocol_of_its_own_is_observed_without_alpn(serve, tls, observe, pki):
    leaf, middle, _ = pki
    server = serve(tls(configure=lambda context: context.set_alpn_select_callback(only_mqtt)))

    observation = observe(server)

    assert observation.failure is None
    assert observation.presented == (leaf.der, middle.der)
    assert observation.handshake.alpn is None
    assert observation.notes == (Note.ALPN_REFUSED,)
    assert server.clients == 2


def test_a_server_that_comes_back_is_observed_and_the_retry_is_told(serve, tls, observe):
    answer = tls()

    def flaky(client):
        if server.clients <= 2:  # the default and the small ClientHello of the first attempt
            client.recv(65536)
            reset(client)
        else:
            answer(client)

    server = serve(flaky)

    observation = observe(server)

    assert observation.failure is None
    assert observation.notes == (Note.CLASSICAL_RETRY, Note.RETRIED)


@pytest.mark.parametrize(("retries", "connections"), [(0, 2), (1, 3), (2, 4)])
def test_no_more_attempts_are_made_than_were_asked_for(serve, observe, retries, connections):
    def talk(client):
        client.recv(65536)
        reset(client)

    server = serve(talk)

    observation = observe(server, retries=retries)

    assert observation.failure.kind is FailureKind.RESET
    assert observation.notes == ()
    assert server.clients == connections


def test_no_retry_begins_that_the_deadline_would_cut_short(serve, observe, silence):
    server = serve(silence)

    observe(server, retries=5, timeout=1)

    assert server.clients == 2


def test_a_slow_server_has_the_whole_time_once_it_has_answered(serve, tls, observe):
    flights = []

    def in_two_parts(flight):
        if flights:
            return flight
        flights.append(flight)
        clients[0].sendall(flight[:1])
        pause.wait(2.2)
        return flight[1:]

    answer, clients, pause = tls(spoil=in_two_parts), [], threading.Event()

    def talk(client):
        clients.append(client)
        answer(client)

    server = serve(talk)

    observation = observe(server, timeout=4)

    assert (observation.failure, observation.notes, server.clients) == (None, (), 1)


def breaks_off(talk):
    """The conversation up to the server's first flight; then the connection ends."""

    def cut(client):
        flights = []

        def first_flight_only(flight):
            if flights:
                raise ConnectionAbortedError
            flights.append(flight)
            return flight

        talk(first_flight_only)(client)

    return cut


@pytest.fixture
def wrong():
    """A leaf for another name, self-signed."""
    return issue("", sans=["other.corp.example"])


def test_a_chain_that_an_attempt_showed_is_kept_when_a_later_one_fails_otherwise(serve, tls, observe, pki):
    leaf, middle, _ = pki

    def first_flight(client):
        server.close_listener()
        breaks_off(lambda spoil: tls(configure=tls_1_2, spoil=spoil))(client)

    server = serve(first_flight)

    observation = observe(server)

    assert observation.failure.kind is FailureKind.REFUSED
    assert observation.presented == (leaf.der, middle.der)


@pytest.mark.parametrize("broken", [1, 2])
def test_chains_that_attempts_show_and_that_differ_are_all_judged_and_never_a_pass(
    serve, tls, observe_all, wrong, pki, broken
):
    leaf, middle, _ = pki
    good = tls()
    bad = breaks_off(lambda spoil: tls(chain=(wrong,), key=wrong.key, configure=tls_1_2, spoil=spoil))

    def talk(client):
        (bad if server.clients <= broken else good)(client)

    server = serve(talk)

    observations = observe_all(server, retries=2)

    assert [one.presented for one in observations] == [(wrong.der,), (leaf.der, middle.der)]
    assert {one.failure.kind for one in observations} == {FailureKind.INCONSISTENT}
    for one in (wrong, leaf):
        assert sha256(one.der).hexdigest() in observations[0].failure.detail
    assert [one.connections for one in observations] == [broken + 1, 0]
    assert server.clients == broken + 1


def test_different_chains_behind_a_proxy_name_the_target_and_the_proxy(serve, tls, wrong):
    good = tls()
    bad = breaks_off(lambda spoil: tls(chain=(wrong,), key=wrong.key, configure=tls_1_2, spoil=spoil))

    def talk(client):
        (bad if server.clients == 1 else good)(client)

    server = serve(talk)
    proxy = serve(http_proxy((server.address, server.port)))
    visit = Visit(proxy=Proxy("http", "127.0.0.1", proxy.port))
    target = Target(id="t", ordinal=0, source=Endpoint("db.corp.example", 8443, "db.corp.example", "", visit))

    (observed,) = observe_endpoints([target], ObserveOptions(retries=2))

    detail = observed.observations[0].failure.detail
    assert detail.startswith(f"db.corp.example:8443 via http://127.0.0.1:{proxy.port} showed a chain")


def test_a_chain_between_two_attempts_that_agree_is_not_forgotten(serve, tls, observe_all, wrong, pki):
    leaf, middle, _ = pki
    good = tls()
    good_at_first = breaks_off(lambda spoil: tls(configure=tls_1_2, spoil=spoil))
    bad = breaks_off(lambda spoil: tls(chain=(wrong,), key=wrong.key, configure=tls_1_2, spoil=spoil))

    def talk(client):
        {1: good_at_first, 2: bad}.get(server.clients, good)(client)

    server = serve(talk)

    observations = observe_all(server, retries=2)

    assert [one.presented for one in observations] == [(leaf.der, middle.der), (wrong.der,)]
    assert {one.failure.kind for one in observations} == {FailureKind.INCONSISTENT}
    assert server.clients == 3


def test_the_same_chain_on_the_retry_is_no_contradiction(serve, tls, observe, pki):
    leaf, middle, _ = pki
    good = tls(configure=tls_1_2)
    bad = breaks_off(lambda spoil: tls(configure=tls_1_2, spoil=spoil))

    def talk(client):
        (bad if server.clients == 1 else good)(client)

    server = serve(talk)

    observation = observe(server)

    assert (observation.failure, observation.presented) == (None, (leaf.der, middle.der))
    assert observation.notes == (Note.RETRIED,)


@pytest.mark.parametrize("curve", ["BrainpoolP256R1", "BrainpoolP384R1", "BrainpoolP512R1"])
def test_a_server_with_a_brainpool_curve_alone_is_observed(serve, tls, observe, curve):
    def configure(context):
        tls_1_2(context)
        context.set_cipher_list(b"ECDHE:@SECLEVEL=0")
        context.set_tmp_ecdh(getattr(ec, curve)())

    chain = (issue("", key="RSA-2048", sans=["db.corp.example"]),)
    observation = observe(serve(tls(chain=chain, key=chain[0].key, configure=configure)))

    assert observation.failure is None
    assert observation.handshake.group.lower() == curve.lower()
    assert observation.notes == (Note.BRAINPOOL_RETRY,)
