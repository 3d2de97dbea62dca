"""What a server says where it has no certificate for another type of key, and what is no answer at all."""

import socket
import struct
import threading

import pytest
from OpenSSL import SSL

from certgate.model.observation import FailureKind
from certgate.model.probe import ProbeOutcome
from certgate.system.stop import Stop


def alert(number):
    """A fatal alert."""
    return bytes([21, 3, 3, 0, 2, 2, number])


REFUSAL = alert(40)
RESET = struct.pack("ii", 1, 0)


def after_the_first(answer, then):
    """The conversation of a server that answers one client by `answer`, and all others by `then`."""
    clients = []

    def talk(client):
        clients.append(client)
        (answer if len(clients) == 1 else then)(client)

    return talk


def in_handshakes(answer, then):
    """As `after_the_first`, but it closes the second connection, so that only further handshakes can tell."""
    return after_the_first(answer, after_the_first(says(b""), then))


def says(data):
    """The conversation of a server that answers a ClientHello by these bytes."""

    def talk(client):
        client.recv(65536)
        client.sendall(data)

    return talk


def test_silence_is_no_answer(serve, several, look, silence):
    (only,) = look(serve(in_handshakes(several("P-256"), silence)), timeout=2)

    assert [answer.outcome for answer in only.probes] == [ProbeOutcome.SILENT]
    assert "sent nothing" in only.probes[0].detail
    assert only.failure is None


def test_a_server_that_dies_in_between_is_no_answer(serve, several, look):
    def reset(client):
        client.recv(65536)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    (only,) = look(serve(after_the_first(several("P-256"), reset)))

    assert [answer.outcome for answer in only.probes] == [ProbeOutcome.FAILED]
    assert only.probes[0].detail.endswith("reset the connection, and then did not answer the first ClientHello again")


@pytest.mark.parametrize(("said", "alert"), [(b"", None), (alert(80), 80), (alert(49), 49)])
def test_a_server_that_refuses_in_doubtful_words_and_then_answers_again_has_refused(serve, several, look, said, alert):
    clients = []
    answer = several("P-256")

    def talk(client):
        clients.append(client)
        if len(clients) in {2, 3, 4}:
            client.recv(65536)
            client.sendall(said)
        else:
            answer(client)

    server = serve(talk)

    (only,) = look(server)

    assert [(answer.outcome, answer.alert) for answer in only.probes] == [(ProbeOutcome.REFUSED, alert)]
    assert only.connections == server.clients == 5


def test_an_alert_with_another_reason_is_no_answer(serve, several, look):
    (only,) = look(serve(after_the_first(several("P-256"), says(alert(50)))))

    assert [answer.outcome for answer in only.probes] == [ProbeOutcome.FAILED]


def test_a_server_that_sends_an_internal_error_to_everyone_is_no_answer(serve, several, look):
    (only,) = look(serve(after_the_first(several("P-256"), says(alert(80)))))

    assert [answer.outcome for answer in only.probes] == [ProbeOutcome.FAILED]
    assert only.probes[0].detail.endswith(
        "with the alert 'internal error', and then did not answer the first ClientHello again"
    )


def test_a_port_that_closes_in_between_is_no_answer(serve, several, look):
    answer = several("P-256")
    server = serve(lambda client: (server.close_listener(), answer(client)))

    (only,) = look(server)

    assert [one.outcome for one in only.probes] == [ProbeOutcome.FAILED]
    assert "refused the connection" in only.probes[0].detail


def test_other_words_than_tls_are_no_answer(serve, several, look):
    (only,) = look(serve(after_the_first(several("P-256"), says(b"HTTP/1.1 400 Bad Request\r\n\r\n"))))

    assert [answer.outcome for answer in only.probes] == [ProbeOutcome.FAILED]


def test_a_server_that_shows_its_certificate_whatever_it_is_offered_has_one(serve, several, look):
    """It signs with an algorithm that the client did not offer."""
    answer = several("P-256", configure=lambda context: context.set_max_proto_version(SSL.TLS1_2_VERSION))
    flights = []
    clients = []

    def talk(client):
        clients.append(client)
        if len(clients) == 1:
            answer(Recording(client, flights))
            return
        client.recv(65536)
        client.sendall(REFUSAL if len(clients) in {2, 4} else flights[0])
        client.recv(65536)

    (only,) = look(serve(talk))

    assert [answer.outcome for answer in only.probes] == [ProbeOutcome.REFUSED]
    assert len(clients) == 5


class Recording:
    """A socket that keeps what is sent."""

    def __init__(self, sock, kept):
        self._sock = sock
        self._kept = kept

    def sendall(self, data):
        self._kept.append(data)
        self._sock.sendall(data)

    def recv(self, *arguments):
        return self._sock.recv(*arguments)


def test_the_limit_on_connections_is_named(serve, several, look):
    (only,) = look(serve(several("P-256")), max_connections=2)

    assert [answer.outcome for answer in only.probes] == [ProbeOutcome.FAILED]
    assert only.probes[0].detail == "--max-connections limits the connections to a target to 2"


def test_an_interrupted_question_leaves_what_was_seen_and_no_answer(serve, several, look, silence):
    stop, reached = Stop(), threading.Event()

    def waits(client):
        reached.set()
        stop.want()
        silence(client)

    (only,) = look(serve(in_handshakes(several("P-256"), waits)), stop=stop)

    assert reached.is_set()
    assert only.presented
    assert only.probes == ()
    assert only.failure.kind is FailureKind.INTERRUPTED


def test_nothing_is_asked_where_nothing_was_seen(serve, look):
    server = serve(lambda client: (client.recv(65536), client.sendall(REFUSAL)))

    (only,) = look(server)

    assert only.probes == ()
