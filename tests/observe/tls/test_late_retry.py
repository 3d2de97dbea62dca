"""Targets that show nothing because of the transport are tried once more, after all others."""

import socket
import struct
from dataclasses import replace

import pytest

from certgate.model.observation import FailureKind, Note
from certgate.model.target import Endpoint, Target
from certgate.observe.tls import late_retry
from certgate.observe.tls.late_retry import observe_with_late_retry
from certgate.observe.tls.options import ObserveOptions
from certgate.system.stop import Stop


def reset(client):
    client.recv(65536)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.fixture
def recovering(serve, tls):
    """`recovering(times)` resets so many connections, and answers from then on."""

    def make(times, then=None, address="127.0.0.1"):
        answer = then or tls()

        def talk(client):
            return reset(client) if server.clients <= times else answer(client)

        server = serve(talk, address=address)
        return server

    return make


@pytest.fixture
def closed():
    """A target on a port at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        yield Target(id=f"127.0.0.1:{port}", ordinal=1, source=Endpoint("127.0.0.1", port))


def run(targets, stop=None, **options):
    return list(observe_with_late_retry(targets, ObserveOptions(**{"retries": 1} | options), stop=stop))


def test_a_target_that_comes_back_comes_last_with_a_note_and_all_connections(recovering, serve, tls, target, pki):
    server, other = recovering(3), serve(tls(), address="127.0.0.2")

    first, last = run([target(server, ordinal=0), target(other, ordinal=1)])

    assert [one.target.ordinal for one in (first, last)] == [1, 0]
    (observation,) = last.observations
    assert (observation.failure, observation.presented[0]) == (None, pki[0].der)
    assert observation.notes == (Note.LATE_RETRY,)
    assert observation.connections == server.clients == 4
    assert first.observations[0].notes == ()


def test_a_target_that_fails_again_has_the_last_failure_and_says_so(closed):
    (seen,) = run([closed])
    (observation,) = seen.observations
    assert observation.failure.kind is FailureKind.REFUSED
    assert observation.failure.detail.endswith("; another try at the end of the run failed, too")
    assert observation.connections == 3


def test_what_the_late_try_learns_is_told_if_it_fails_in_another_way(recovering, target):
    def http(client):
        client.recv(65536)
        client.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

    (seen,) = run([target(recovering(3, http))])
    (observation,) = seen.observations
    assert observation.failure.kind is FailureKind.NOT_TLS
    assert "another try" not in observation.failure.detail


@pytest.mark.parametrize(
    "talk",
    [
        lambda client: client.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n"),
        lambda client: (client.recv(65536), client.sendall(b"\x15\x03\x03\x00\x02\x02\x28")),
    ],
)
def test_a_target_that_answers_anything_is_not_tried_again(serve, target, talk):
    server = serve(talk)
    (seen,) = run([target(server)], retries=0)
    before = server.clients
    (again,) = run([target(server)])
    assert seen.observations[0].failure.kind is again.observations[0].failure.kind
    assert server.clients == 2 * before


def test_the_late_try_has_a_deadline_of_its_own(serve, silence, target, tls):
    answer = tls()

    def talk(client):
        return silence(client) if server.clients <= 2 else answer(client)

    server = serve(talk)
    (seen,) = run([target(server)], timeout=2)
    assert seen.observations[0].notes == (Note.LATE_RETRY,)


def test_connections_of_the_first_try_count_towards_their_limit(recovering, target):
    server = recovering(99)
    (seen,) = run([target(server)], max_connections=4)
    assert server.clients == 4
    assert seen.observations[0].connections == 4
    (seen,) = run([target(recovering(99, address="127.0.0.3"))], max_connections=3)
    assert "another try" not in seen.observations[0].failure.detail


def test_only_so_many_wait_for_the_end(closed, monkeypatch):
    monkeypatch.setattr(late_retry, "MOST_LATE", 2)
    targets = [replace(closed, id=f"{n}", ordinal=n) for n in range(4)]
    seen = run(targets, concurrency=1)
    assert ["another try" in one.observations[0].failure.detail for one in seen] == [False, False, True, True]


def test_once_the_run_is_to_end_what_failed_is_told_as_it_was(closed):
    stop = Stop()

    def targets():
        yield closed
        stop.want()

    (seen,) = run(targets(), stop=stop)
    assert seen.observations[0].failure.kind in {FailureKind.REFUSED, FailureKind.INTERRUPTED}
    assert "another try" not in seen.observations[0].failure.detail


def test_a_late_try_that_is_interrupted_leaves_the_first_failure(serve, target, silence):
    stop = Stop()

    def talk(client):
        if server.clients <= 3:
            return reset(client)
        stop.want()
        return silence(client)

    server = serve(talk)
    (seen,) = run([target(server)], stop=stop)
    (observation,) = seen.observations
    assert observation.failure.kind is FailureKind.RESET
    assert observation.connections == 4


def test_no_late_try_is_begun_once_the_time_of_the_run_is_over(closed):
    clock = [0.0]

    def targets():
        yield closed
        clock[0] = 20.0

    (seen,) = run(targets(), stop=Stop(seconds=10, now=lambda: clock[0]))
    assert seen.observations[0].failure.kind is FailureKind.REFUSED
    assert "another try" not in seen.observations[0].failure.detail
