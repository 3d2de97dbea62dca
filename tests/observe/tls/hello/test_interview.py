"""What servers answer to questions, and what their silence and their refusals are worth."""

import re
import socket
import struct
from itertools import chain, repeat

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from certgate.checks.target.questions import cipher_questions, group_questions, version_questions
from certgate.lab.lab import Lab
from certgate.lab.pki import issue
from certgate.lab.scenarios import chosen
from certgate.model.probe import ProbeOutcome
from certgate.model.target import Endpoint, Probe, Target, Visit
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.hello import interview
from certgate.observe.tls.options import ObserveOptions

NAME = "db.corp.example"
VERSIONS = version_questions(("TLSv1.2", "TLSv1.3"))
CIPHERS = cipher_questions(("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_AES_256_GCM_SHA384"))
GROUPS = group_questions(("secp256r1",))
PROTOCOL_VERSION = b"\x15\x03\x03\x00\x02\x02\x46"
REFUSED, FAILED = ProbeOutcome.REFUSED, ProbeOutcome.FAILED


@pytest.fixture
def ask():
    """`ask(server, questions)` are the observations of the server."""

    def asked(server, questions, *, addresses=("127.0.0.1",), also=(), probes=(), everywhere=False, **options):
        visit = Visit(questions=tuple(questions), also=also, probes=probes, all_addresses=everywhere)
        target = Target(id="t", ordinal=0, source=Endpoint(NAME, server.port, NAME, "", visit))
        given = ObserveOptions(resolve={(NAME, server.port): addresses}, retries=0, **options)
        ((observed),) = observe_endpoints([target], given)
        return observed.observations

    return asked


def answers(seen):
    return {answer.what: (answer.outcome, answer.chosen) for answer in seen.probes}


def strict(context):
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(b"ECDHE-ECDSA-AES128-GCM-SHA256")
    context.set_tls13_ciphersuites(b"TLS_AES_256_GCM_SHA384")
    context.set_tmp_ecdh(ec.SECP256R1())


def test_a_strict_server_refuses_everything_and_answers_the_control(serve, tls, ask):
    server = serve(tls(configure=strict))
    questions = (*VERSIONS, *CIPHERS, *GROUPS)

    (seen,) = ask(server, questions)

    assert [answer.what for answer in seen.probes] == [question.what for question in questions]
    assert {answer.outcome for answer in seen.probes} == {REFUSED}
    assert {answer.alert for answer in seen.probes} <= {40, 70}
    of_the_leaf_s_curve, control = 1, 1
    assert server.clients == seen.connections == 1 + len(questions) + of_the_leaf_s_curve + control


def test_a_server_with_everything_accepts_each_at_the_first_try(serve, tls, ask):
    server = serve(tls(configure=lambda context: context.set_cipher_list(b"ALL:@SECLEVEL=0")))

    (seen,) = ask(server, (*VERSIONS, *CIPHERS, *GROUPS))

    assert [answer.outcome for answer in seen.probes] == [ProbeOutcome.ACCEPTED] * 5
    assert [answer.chosen for answer in seen.probes[::2]] == ["TLSv1.1", "TLS_AES_128_GCM_SHA256", "X25519MLKEM768"]
    assert server.clients == seen.connections == 5


def test_what_the_first_handshake_shows_is_not_asked(serve, tls, ask):
    server = serve(tls(configure=lambda context: context.set_max_proto_version(SSL.TLS1_1_VERSION)))

    (seen,) = ask(server, VERSIONS)

    assert (seen.handshake.version, server.clients) == ("TLSv1.1", 1)
    assert answers(seen) == {VERSIONS[0].what: (ProbeOutcome.ACCEPTED, "TLSv1.1")}


def first_then(good, other, *, good_ones=1):
    """A conversation: `good` for the first clients, then `other`."""
    turns = chain([good] * good_ones, repeat(other))

    def talk(client):
        next(turns)(client)

    return talk


def close(client):
    client.recv(65536)


def reset(client):
    client.recv(65536)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(("ending", "how"), [(close, "it closed the connection"), (reset, "it reset the connection")])
@pytest.mark.parametrize(("good_ones", "connections"), [(1, 1 + 2 + 1), (2, 1 + 1 + 1)])
def test_a_server_that_closes_every_connection_after_some_refuses_nothing(
    serve, tls, ask, ending, how, good_ones, connections
):
    server = serve(first_then(tls(configure=strict), ending, good_ones=good_ones))

    (seen,) = ask(server, VERSIONS)

    (answer,) = seen.probes
    assert answer.outcome is FAILED
    assert answer.detail == f"it refuses this, but no longer answers what it answered before either: {how}"
    assert server.clients == connections


@pytest.mark.parametrize(("alert", "tries"), [(40, 1), (70, 1), (71, 1), (80, 2), (47, 2)])
def test_an_alert_that_names_no_reason_is_asked_for_again(serve, tls, ask, alert, tries):
    def refuse(client):
        client.recv(65536)
        client.sendall(bytes([0x15, 3, 3, 0, 2, 2, alert]))

    server = serve(old_versions_meet(refuse, tls()))

    (seen,) = ask(server, VERSIONS)

    assert (seen.probes[0].outcome, seen.probes[0].alert) == (REFUSED, alert)
    assert server.clients == 1 + tries + 1


def test_a_server_that_sends_alerts_to_everybody_after_the_first_refuses_nothing(serve, tls, ask):
    server = serve(first_then(tls(), lambda client: (client.recv(65536), client.sendall(PROTOCOL_VERSION))))

    (seen,) = ask(server, VERSIONS)

    assert (seen.probes[0].outcome, seen.probes[0].alert) == (FAILED, 70)
    assert seen.probes[0].detail.endswith("it sent the alert 70")


def old_versions_meet(ending, good):
    """A conversation: `ending` for clients that offer TLS 1.1 at most, else `good`."""

    def talk(client):
        hello = client.recv(65536, socket.MSG_PEEK)
        (ending if hello[9:11] == b"\3\2" else good)(client)

    return talk


@pytest.mark.parametrize("ending", [close, reset])
def test_a_server_that_closes_old_connections_alone_refuses_them(serve, tls, ask, ending):
    server = serve(old_versions_meet(ending, tls()))

    (seen,) = ask(server, VERSIONS)

    assert answers(seen) == {VERSIONS[0].what: (REFUSED, "")}


def test_a_server_that_refuses_once_and_accepts_then_accepts(serve, tls, ask):
    server = serve(first_then(first_then(tls(), close), tls(), good_ones=2))

    (seen,) = ask(server, VERSIONS)

    assert answers(seen) == {VERSIONS[0].what: (ProbeOutcome.ACCEPTED, "TLSv1.1")}
    assert server.clients == 3


def test_silence_is_told_after_one_try_and_the_next_question_is_asked(serve, tls, silence, ask, monkeypatch):
    monkeypatch.setattr(interview, "_PATIENCE", 2)
    server = serve(old_versions_meet(silence, tls(configure=strict)))

    (seen,) = ask(server, (*VERSIONS, *CIPHERS))

    assert [answer.outcome for answer in seen.probes] == [ProbeOutcome.SILENT, REFUSED, REFUSED]
    assert re.fullmatch(r"it did not answer within [0-2]\.\d s", seen.probes[0].detail)
    assert server.clients == 1 + 1 + 2 + 1


def test_a_server_that_is_gone_after_the_first_handshake_is_not_known(serve, tls, ask):
    good = tls()

    def talk(client):
        server.close_listener()
        good(client)

    server = serve(talk)
    (seen,) = ask(server, VERSIONS)

    assert answers(seen) == {VERSIONS[0].what: (FAILED, "")}
    assert "refused the connection" in seen.probes[0].detail


@pytest.mark.parametrize(
    ("newest", "suites"), [(SSL.TLS1_3_VERSION, b"DEFAULT"), (SSL.TLS1_2_VERSION, b"AES128-SHA256")]
)
def test_a_server_that_cannot_read_many_suites_is_known_by_what_it_can_read(serve, tls, ask, pki, newest, suites):
    """Its refusal of a long list says nothing; a load balancer answers one with illegal_parameter."""

    def configure(context):
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        context.set_max_proto_version(newest)
        context.set_cipher_list(suites)

    leaf = issue("", issuer=pki[1], sans=[NAME], key="RSA-2048")
    good = tls(chain=(leaf, pki[1]), key=leaf.key, configure=configure)

    def talk(client):
        hello = client.recv(65536, socket.MSG_PEEK)
        at = 44 + hello[43]
        if int.from_bytes(hello[at : at + 2]) > 2 * 128:
            client.recv(65536)
            client.sendall(b"\x15\x03\x03\x00\x02\x02\x2f")
        else:
            good(client)

    old, _ = cipher_questions(("AES128-SHA256",))
    (seen,) = ask(serve(talk), (*VERSIONS, old))

    assert [answer.outcome for answer in seen.probes] == [REFUSED, FAILED]
    assert seen.probes[1].detail.endswith("it sent the alert 47")


def test_an_answer_that_is_not_tls_is_not_known(serve, tls, ask):
    server = serve(first_then(tls(), lambda client: client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")))

    (seen,) = ask(server, VERSIONS)

    assert seen.probes[0].outcome is FAILED
    assert seen.probes[0].detail == "it sent something that is not a TLS record"


def test_a_server_that_never_ends_its_answer_is_stopped(serve, tls, ask):
    flood = b"\x16\x03\x03\x40\x00\x0b\x01\x00\x00" + bytes(0x4000 - 4)

    def talk(client):
        while True:
            client.sendall(flood)

    server = serve(first_then(tls(configure=strict), talk))
    (seen,) = ask(server, GROUPS)

    assert {answer.outcome for answer in seen.probes} == {FAILED}


def test_questions_beyond_the_limit_of_connections_are_not_known(serve, tls, ask):
    server = serve(tls(configure=strict))

    (seen,) = ask(server, CIPHERS, max_connections=2)

    assert {answer.outcome for answer in seen.probes} == {FAILED}
    assert "--max-connections limits the connections to a target to 2" in seen.probes[1].detail
    assert server.clients == seen.connections == 2


def test_every_address_and_every_name_is_asked_and_probes_are_not(serve, tls, ask):
    server = serve(tls())
    serve(tls(configure=strict), address="127.0.0.2", port=server.port)

    seen = ask(
        server,
        VERSIONS,
        addresses=("127.0.0.1", "127.0.0.2"),
        also=("also.corp.example",),
        probes=(Probe.NO_SNI,),
        everywhere=True,
    )

    assert [(one.vantage.server_name, one.vantage.probe, *answers(one).values()) for one in seen] == [
        (NAME, "", (ProbeOutcome.ACCEPTED, "TLSv1.1")),
        ("also.corp.example", "", (ProbeOutcome.ACCEPTED, "TLSv1.1")),
        (None, "no-sni"),
        (NAME, "", (REFUSED, "")),
        ("also.corp.example", "", (REFUSED, "")),
        (None, "no-sni"),
    ]


def test_nothing_is_asked_where_nothing_was_seen(serve, ask):
    server = serve(close)

    (seen,) = ask(server, VERSIONS)

    assert seen.probes == ()


def test_a_group_is_found_although_the_leaf_s_own_curve_must_be_offered(serve, tls, ask, pki):
    """OpenSSL does not use an ECDSA key in TLS 1.2 unless its curve is among the client's groups."""

    def configure(context):
        context.set_max_proto_version(SSL.TLS1_2_VERSION)
        context.set_cipher_list(b"ECDHE-ECDSA-AES128-GCM-SHA256")

    leaf = issue("", issuer=pki[1], sans=[NAME], key="P-384")
    server = serve(tls(chain=(leaf, pki[1]), key=leaf.key, configure=configure))
    old, _ = group_questions(("x25519", "secp384r1"))

    (seen,) = ask(server, [old])

    assert answers(seen)[old.what][0] is ProbeOutcome.ACCEPTED
    assert server.clients == 3


@pytest.mark.parametrize("name", ["good-starttls-mssql", "good-starttls-smtp", "good-starttls-postgres"])
def test_questions_are_asked_on_the_way_on_which_tls_began(name):
    with Lab(chosen([name])) as lab:
        (there,) = lab.endpoints
        visit = Visit(questions=VERSIONS)
        source = Endpoint(there.host, there.port, there.scenario.host, there.scenario.protocol, visit)
        (observed,) = observe_endpoints([Target(id="t", ordinal=0, source=source)], ObserveOptions())

    assert answers(observed.observations[0]) == {VERSIONS[0].what: (REFUSED, "")}
