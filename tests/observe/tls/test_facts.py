"""What is seen of an endpoint that answers."""

import socket
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from OpenSSL import SSL

from certgate.lab.ocsp import make_staple
from certgate.lab.pki import issue
from certgate.model.observation import HandshakeFacts, Note, Observation, Vantage
from certgate.observe.poller import Selectors
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions


def test_everything_that_a_tls_1_3_server_shows_is_a_fact(serve, tls, target, pki):
    leaf, middle, _ = pki
    staple = make_staple(leaf, middle)
    server = serve(tls(staple=staple, configure=lambda c: c.set_alpn_select_callback(lambda _, offered: offered[0])))
    when = datetime(2026, 6, 15, 12, 0, 1, tzinfo=UTC)

    (observed,) = observe_endpoints([target(server)], ObserveOptions(), now=lambda: when)
    (observation,) = observed.observations

    assert set(observation.timings) == {"resolve", "connect", "handshake"}
    assert all(0 <= seconds < 5 for seconds in observation.timings.values())
    assert observation.connections == 1
    assert replace(observation, timings={}, connections=0) == Observation(
        observed_at=when,
        vantage=Vantage(f"127.0.0.1:{server.port}", "db.corp.example"),
        presented=(leaf.der, middle.der),
        staple=staple,
        handshake=HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", "X25519MLKEM768", "h2"),
    )


def test_servers_are_observed_without_epoll_too(serve, tls, observe, monkeypatch):
    monkeypatch.setattr("certgate.observe.event_loop.new_poller", Selectors)

    assert len(observe(serve(tls())).presented) == 2


@pytest.mark.parametrize(
    ("version", "name"),
    [(SSL.TLS1_VERSION, "TLSv1"), (SSL.TLS1_1_VERSION, "TLSv1.1"), (SSL.TLS1_2_VERSION, "TLSv1.2")],
)
def test_old_protocol_versions_are_facts_and_no_failures(serve, tls, observe, version, name):
    server = serve(tls(configure=lambda c: c.set_max_proto_version(version)))

    observation = observe(server)

    assert observation.failure is None
    assert observation.handshake.version == name
    assert len(observation.presented) == 2


def test_the_chain_is_kept_as_it_was_sent_however_rotten(serve, tls, observe, pki):
    leaf, middle, root = pki
    strange = issue("Strange", issuer=middle, serial=-5, version=3, hash_name="sha1", days=-3)

    observation = observe(serve(tls(chain=(leaf, root, strange, middle, middle))))

    assert observation.failure is None
    assert observation.presented == tuple(c.der for c in (leaf, root, strange, middle, middle))


@pytest.mark.parametrize("server_name", [None, "other.corp.example"])
def test_the_server_name_of_the_target_is_sent_and_no_other(serve, tls, observe, server_name):
    asked = []
    configure = lambda c: c.set_tlsext_servername_callback(lambda connection: asked.append(connection.get_servername()))  # noqa: E731

    observation = observe(serve(tls(configure=configure)), server_name=server_name)

    assert asked == [server_name.encode() if server_name else None]
    assert observation.vantage.server_name == server_name


def test_a_server_on_an_ipv6_address_is_written_with_brackets(serve, tls, observe):
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    server = serve(tls(), address="::1")

    observation = observe(server)

    assert (observation.vantage.address, observation.failure) == (f"[::1]:{server.port}", None)


def test_addresses_that_were_not_visited_are_listed(serve, tls, observe, name_server):
    server = serve(tls())
    name_server["db.corp.example"] = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]

    observation = observe(server, "db.corp.example")

    assert observation.vantage.address == f"127.0.0.1:{server.port}"
    assert observation.unvisited == (f"127.0.0.2:{server.port}", f"127.0.0.3:{server.port}")
    assert observation.notes == ()


def test_the_next_address_is_tried_when_one_refuses(serve, tls, observe, name_server):
    server = serve(tls())
    name_server["db.corp.example"] = ["127.0.0.2", "127.0.0.1", "127.0.0.3"]

    observation = observe(server, "db.corp.example")

    assert observation.failure is None
    assert observation.vantage.address == f"127.0.0.1:{server.port}"
    assert observation.unvisited == (f"127.0.0.3:{server.port}",)
    assert observation.notes == (Note.RETRIED,)


def test_an_address_given_for_a_name_is_used_instead_of_a_look_up(serve, tls, observe, name_server):
    server = serve(tls())

    observation = observe(server, "nowhere.example", resolve={("nowhere.example", server.port): ("127.0.0.1",)})

    assert observation.failure is None
    assert observation.vantage.address == f"127.0.0.1:{server.port}"


def test_the_server_is_told_goodbye(serve, observe, pki):
    rest = []

    def talk(client):
        connection = SSL.Connection(context, client)
        connection.set_accept_state()
        connection.do_handshake()
        with pytest.raises(SSL.ZeroReturnError):  # close_notify, not a bare end of the stream
            connection.recv(1)
        rest.append(client.recv(1))

    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)  # in 1.3 the server has more to say, and hears a reset first
    context.use_certificate(pki[0].native)
    context.use_privatekey(pki[0].key)
    server = serve(talk)

    observe(server)
    server.close()

    assert rest == [b""]
