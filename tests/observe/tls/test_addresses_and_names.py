"""Every address of a host, and every name that has to be served there."""

import socket
import threading

import pytest

from certgate.lab.lab import Lab
from certgate.lab.pki import issue
from certgate.lab.scenarios import chosen
from certgate.model.observation import Failure, FailureKind, Note, Phase, Vantage
from certgate.model.target import Endpoint, Probe, Target, Visit
from certgate.observe.tls import routes
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions
from certgate.system.stop import Stop

NAME = "db.corp.example"


def declared(port, **visit):
    return Target(id="t", ordinal=0, source=Endpoint(NAME, port, NAME, "", Visit(**visit)))


@pytest.fixture
def observe():
    def run(port, *, addresses, visit, stop=None, **options):
        given = {(NAME, port): addresses}
        target = declared(port, **visit)
        seen = observe_endpoints([target], ObserveOptions(resolve=given, retries=0, **options), stop=stop)
        return [one for observed in seen for one in observed.observations]

    return run


ALL = {"all_addresses": True}


def test_every_address_is_visited_and_keeps_what_it_shows(serve, tls, observe, pki):
    leaf, middle, _ = pki
    old = issue("", issuer=middle, sans=[NAME])
    first = serve(tls())
    second = serve(tls(chain=(old, middle), key=old.key), address="127.0.0.2", port=first.port)

    seen = observe(first.port, addresses=("127.0.0.1", "127.0.0.2"), visit=ALL)

    assert [one.vantage for one in seen] == [
        Vantage(f"127.0.0.1:{first.port}", NAME),
        Vantage(f"127.0.0.2:{first.port}", NAME),
    ]
    assert [one.presented[0] for one in seen] == [leaf.der, old.der]
    assert [one.connections for one in seen] == [1, 1]
    assert first.clients == second.clients == 1


def test_an_address_that_refuses_is_a_failure_of_its_own(serve, tls, observe):
    server = serve(tls())

    good, bad = observe(server.port, addresses=("127.0.0.1", "127.0.0.2"), visit=ALL)

    assert good.failure is None
    assert (bad.failure.kind, bad.vantage.address) == (FailureKind.REFUSED, f"127.0.0.2:{server.port}")


def test_a_silent_address_takes_no_time_from_the_others(serve, tls, silence, observe):
    silent = serve(silence)
    server = serve(tls(), address="127.0.0.2", port=silent.port)

    bad, good = observe(server.port, addresses=("127.0.0.1", "127.0.0.2"), visit=ALL, timeout=2)

    assert bad.failure.kind is FailureKind.TIMED_OUT
    assert good.failure is None


def test_addresses_beyond_the_limit_are_told_with_its_name(serve, tls, observe):
    server = serve(tls())

    seen = observe(server.port, addresses=("127.0.0.1", "127.0.0.2", "127.0.0.3"), visit=ALL, max_addresses=1)

    assert [one.vantage.address for one in seen] == [f"127.0.0.1:{server.port}", ""]
    assert seen[1].failure == Failure(
        FailureKind.LIMIT, Phase.RESOLVE, f"{NAME} has 3 addresses, and --max-addresses limits the check to 1"
    )
    assert seen[1].unvisited == (f"127.0.0.2:{server.port}", f"127.0.0.3:{server.port}")


def test_a_family_without_a_route_is_not_visited_and_no_failure(serve, tls, observe, monkeypatch):
    server = serve(tls())
    monkeypatch.setattr(routes, "has_route", lambda address: ":" not in address.host)

    (seen,) = observe(server.port, addresses=("2001:db8::1", "127.0.0.1"), visit=ALL)

    assert seen.failure is None
    assert seen.unvisited == (f"[2001:db8::1]:{server.port}",)


def test_without_any_route_the_addresses_are_failures(observe, monkeypatch):
    monkeypatch.setattr(routes, "has_route", lambda _: False)

    (seen,) = observe(9, addresses=("127.0.0.1",), visit=ALL)

    assert seen.failure.kind is FailureKind.REFUSED


def test_a_name_that_does_not_exist_is_told_once(observe, name_server):
    (seen,) = [
        one
        for observed in observe_endpoints([declared(443, **ALL)], ObserveOptions(retries=1))
        for one in observed.observations
    ]

    assert seen.failure.kind is FailureKind.NAME_NOT_RESOLVED


def names_asked(context, asked):
    context.set_tlsext_servername_callback(lambda connection: asked.append(connection.get_servername()))


@pytest.mark.parametrize("everywhere", [False, True])
def test_further_names_are_asked_for_at_the_address_that_answered(serve, tls, observe, everywhere):
    asked = []
    server = serve(tls(configure=lambda context: names_asked(context, asked)), address="127.0.0.2")
    visit = {"also": ("b.example", "c.example"), "all_addresses": everywhere}

    seen = observe(server.port, addresses=("127.0.0.2",) if everywhere else ("127.0.0.1", "127.0.0.2"), visit=visit)

    where = f"127.0.0.2:{server.port}"
    assert [one.vantage for one in seen] == [Vantage(where, name) for name in (NAME, "b.example", "c.example")]
    assert asked == [NAME.encode(), b"b.example", b"c.example"]
    assert server.clients == 3


def test_what_was_seen_before_an_interruption_is_kept(serve, tls, silence, observe):
    stop, reached = Stop(), threading.Event()

    def waits(client):
        reached.set()
        stop.want()
        silence(client)

    good = serve(tls())
    serve(waits, address="127.0.0.2", port=good.port)

    seen = observe(good.port, addresses=("127.0.0.1", "127.0.0.2"), visit=ALL, stop=stop)

    assert reached.is_set()
    assert FailureKind.INTERRUPTED in [one.failure.kind for one in seen if one.failure]


def test_a_probe_is_one_more_connection_with_what_the_first_look_offered_at_last(serve, tls, observe, pki):
    asked = []
    answer = tls(configure=lambda context: names_asked(context, asked))

    def middlebox(client):
        if len(client.recv(65536, socket.MSG_PEEK)) > 1000:  # with post-quantum groups
            client.recv(65536)
        else:
            answer(client)

    server = serve(middlebox)

    first, bare, unknown = observe(
        server.port, addresses=("127.0.0.1",), visit={"probes": (Probe.NO_SNI, Probe.UNKNOWN_SNI)}
    )

    assert first.notes == (Note.CLASSICAL_RETRY,)
    assert asked == [NAME.encode(), None, b"unknown.certgate.invalid"]
    where = f"127.0.0.1:{server.port}"
    assert bare.vantage == Vantage(where, None, "no-sni")
    assert unknown.vantage == Vantage(where, "unknown.certgate.invalid", "unknown-sni")
    assert bare.presented == unknown.presented == first.presented
    assert [one.connections for one in (first, bare, unknown)] == [2, 1, 1]
    assert server.clients == 4


def test_a_probe_that_is_refused_is_not_tried_again_in_other_ways(serve, tls, observe):
    answer = tls()
    refuse = b"\x15\x03\x03\x00\x02\x02\x28"

    def talk(client):
        if NAME.encode() in client.recv(65536, socket.MSG_PEEK):
            answer(client)
        else:
            client.recv(65536)
            client.sendall(refuse)

    server = serve(talk)

    _, bare = observe(server.port, addresses=("127.0.0.1",), visit={"probes": (Probe.NO_SNI,)})

    assert bare.failure.kind is FailureKind.ALERT
    assert server.clients == 2


def test_nothing_is_probed_where_nothing_was_seen(serve, observe):
    server = serve(lambda client: client.recv(65536))

    assert len(observe(server.port, addresses=("127.0.0.1",), visit={"probes": (Probe.NO_SNI,)})) == 1


def test_a_probe_takes_the_way_to_tls_that_the_first_look_found():
    with Lab(chosen(["good-starttls-mssql"])) as lab:
        (there,) = lab.endpoints
        source = Endpoint(there.host, there.port, there.scenario.host, "mssql", Visit(probes=(Probe.NO_SNI,)))
        (observed,) = observe_endpoints([Target(id="t", ordinal=0, source=source)], ObserveOptions())

    assert [one.prelude.way for one in observed.observations] == ["prelogin", "prelogin"]
    assert [one.connections for one in observed.observations] == [2, 1]


def test_what_exceeds_the_connections_to_a_target_is_told_with_the_limit(serve, tls, observe):
    server = serve(tls())

    seen = observe(server.port, addresses=("127.0.0.1",), visit={"also": ("b.example",)}, max_connections=1)

    assert [one.failure and one.failure.kind for one in seen] == [None, FailureKind.LIMIT]
    assert "--max-connections limits the connections to a target to 1" in seen[1].failure.detail
    assert server.clients == 1


def test_a_target_with_probes_or_several_addresses_has_more_time():
    options, given = ObserveOptions(), ObserveOptions(timeout=5)

    assert options.timeout_of(Visit()) == 10
    assert options.timeout_of(Visit(all_addresses=True)) == options.timeout_of(Visit(probes=(Probe.NO_SNI,))) == 30
    assert given.timeout_of(Visit(all_addresses=True)) == 5
