"""That a server has no certificate with another type of key, as its refusals of ClientHellos alone show."""

import socket
from dataclasses import replace
from itertools import count

import pytest
from OpenSSL import SSL

from certgate.checks.target.questions import cipher_questions
from certgate.model.observation import HandshakeFacts
from certgate.model.probe import ProbeOutcome
from certgate.model.target import Endpoint, Probe, Target, Visit
from certgate.model.tls_names import ECDSA_SUITES, RSA_SUITES, SUITES_OF_TLS_1_2
from certgate.observe.tls.client import probing_connection
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.hello.client_hello import client_hello
from certgate.observe.tls.hello.other_keys import other_key_questions
from certgate.observe.tls.key_types import KEY_TYPES, offers_for
from certgate.observe.tls.options import ObserveOptions
from certgate.observe.tls.profile import Profile

NAME = "db.corp.example"
MODERN = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
OLD_SUITES, _ = cipher_questions((*MODERN.split(":"), "TLS_AES_256_GCM_SHA384"))
ACCEPTED, REFUSED, SILENT = ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED, ProbeOutcome.SILENT
HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"
STATUS_REQUEST = b"\x00\x05\x00\x05\x01\x00\x00\x00\x00"
"""The extension that certgate's own ClientHellos do not have."""


@pytest.fixture
def look():
    """`look(server)` are the observations of a server that is asked for its suites and its certificates."""

    def run(server, *, questions=(OLD_SUITES,), timeout=10.0):
        visit = Visit(questions=questions, probes=(Probe.KEY_TYPES,))
        target = Target(id="t", ordinal=0, source=Endpoint(server.address, server.port, NAME, "", visit))
        (observed,) = observe_endpoints([target], ObserveOptions(timeout=timeout))
        return observed.observations

    return run


def modern(context):
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(MODERN.encode())


def test_one_client_hello_asks_for_old_suites_and_for_suites_of_another_key(serve, several, look):
    server = serve(several("P-256", configure=modern))

    (only,) = look(server)

    assert [answer.outcome for answer in only.probes] == [REFUSED, REFUSED]
    first, both, by_signatures, control = 1, 1, 1, 1
    assert server.clients == only.connections == first + both + by_signatures + control


def test_a_server_that_accepts_an_old_suite_is_asked_for_another_key_alone(serve, several, look):
    server = serve(several("P-256"))

    (only,) = look(server)

    assert [answer.outcome for answer in only.probes] == [ACCEPTED, REFUSED]
    assert server.clients == 5


def test_a_server_that_goes_on_with_the_suite_of_another_key_is_asked_for_old_suites_alone(serve, several, look, leaf):
    first, further = look(serve(several("RSA-2048", "P-256", configure=modern)))

    assert [answer.outcome for answer in first.probes] == [REFUSED, ACCEPTED, REFUSED]
    assert {first.presented[0], further.presented[0]} == {leaf("RSA-2048").der, leaf("P-256").der}


def test_a_server_that_refuses_the_control_is_asked_by_handshakes(serve, several, look, leaf):
    """It refuses every ClientHello of certgate's own."""
    answer = several("RSA-2048", "P-256", configure=modern)

    def talk(client):
        if STATUS_REQUEST in client.recv(65536, socket.MSG_PEEK):
            answer(client)
        else:
            client.recv(65536)
            client.sendall(HANDSHAKE_FAILURE)

    first, further = look(serve(talk), questions=())

    assert [answer.outcome for answer in first.probes] == [ACCEPTED, REFUSED]
    assert {first.presented[0], further.presented[0]} == {leaf("RSA-2048").der, leaf("P-256").der}


def test_suites_that_are_few_alone_are_not_asked_about_among_too_many(serve, several, look):
    """The server refuses more suites than it can read."""
    answer = several("P-256")
    suites = (*ECDSA_SUITES, *(one for one in SUITES_OF_TLS_1_2 if one not in {*ECDSA_SUITES, *RSA_SUITES}))[:100]
    few = replace(OLD_SUITES, suites=suites, wanted=frozenset(suites))

    def talk(client):
        hello = client.recv(65536, socket.MSG_PEEK)
        at = 44 + hello[43]
        if int.from_bytes(hello[at : at + 2]) // 2 <= 127:
            answer(client)
        else:
            client.recv(65536)
            client.sendall(HANDSHAKE_FAILURE)

    (only,) = look(serve(talk), questions=(few,))

    assert [answer.outcome for answer in only.probes] == [ACCEPTED, REFUSED]


@pytest.mark.parametrize("silent_from", [2, 3])
def test_silence_is_not_asked_again(serve, several, look, silence, silent_from):
    answer, number = several("P-256", configure=modern), count(1)

    def talk(client):
        (answer if next(number) < silent_from else silence)(client)

    server = serve(talk)

    (only,) = look(server, questions=(), timeout=2)

    assert [answer.outcome for answer in only.probes] == [SILENT]
    assert only.probes[0].what == "certificate with a key other than EC"
    assert server.clients == silent_from


@pytest.mark.parametrize("key_type", KEY_TYPES)
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_the_signature_algorithms_are_those_of_whole_handshakes(key_type, version):
    _, question = other_key_questions(key_type, HandshakeFacts(version, "", "x25519"))
    _, narrow = offers_for([key_type])
    connection, _ = probing_connection(Profile(narrow=narrow), NAME, None)
    with pytest.raises(SSL.WantReadError):
        connection.do_handshake()

    offered = signatures_in(client_hello(question, server_name=NAME, alpn=(), random=bytes(64)))

    assert offered == signatures_in(connection.bio_read(65536))


def signatures_in(hello):
    """The signature algorithms of a ClientHello in a record."""
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]
    at += 2 + int.from_bytes(hello[at : at + 2])
    at += 1 + hello[at] + 2
    while int.from_bytes(hello[at : at + 2]) != 13:
        at += 4 + int.from_bytes(hello[at + 2 : at + 4])
    listed = hello[at + 6 : at + 4 + int.from_bytes(hello[at + 2 : at + 4])]
    return {int.from_bytes(listed[n : n + 2]) for n in range(0, len(listed), 2)}


def test_a_key_share_is_sent_for_the_group_of_the_first_handshake():
    _, question = other_key_questions("EC", HandshakeFacts("TLSv1.3", "", "secp384r1"))

    assert (question.shares, question.groups[0]) == ((0x18,), 0x18)


def test_a_key_of_an_unknown_type_is_not_asked_about():
    assert other_key_questions("DSA", HandshakeFacts("TLSv1.2", "", "")) == ()
