"""What a probe hears of servers that let clients in, refuse them, or do neither."""

import threading
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import SSL

from certgate.lab.pki import issue
from certgate.model.mutual_tls import ClientFiles, ClientKind, Expect, MutualTls
from certgate.model.probe import ProbeOutcome
from certgate.model.target import Endpoint, Probe, Target, Visit
from certgate.observe.tls.client_certificate import ClientCertificate
from certgate.observe.tls.client_probes import let_in
from certgate.observe.tls.client_probes.client_visit import Asking
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions
from certgate.observe.tls.profile import Profile

CA = issue("Client CA", ca=True)
CLIENT = issue("robot", issuer=CA)
FILES = ClientFiles("robot.pem")
SHOWN = ClientCertificate((CLIENT.der,), CLIENT.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
OLD, NEW = SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION
both_versions = pytest.mark.parametrize("version", [OLD, NEW], ids=["TLS 1.2", "TLS 1.3"])


def asking(version, *accepted, compulsory=False, names=(CA,)):
    """A context that asks for a certificate and takes the accepted ones, or all where there are none."""

    def verify(_connection, certificate, _error, _depth, _ok):
        der = certificate.to_cryptography().public_bytes(Encoding.DER)
        return not accepted or der in {one.der for one in (*accepted, CA)}

    def configure(context):
        context.set_max_proto_version(version)
        context.set_verify(SSL.VERIFY_PEER | (SSL.VERIFY_FAIL_IF_NO_PEER_CERT if compulsory else 0), verify)
        context.set_session_id(b"test")
        for name in names:
            context.add_client_ca(name.native)

    return configure


@pytest.fixture
def server(serve, pki):
    """`server(configure, then)` completes handshakes; then `then` goes on with a connection over a real socket.

    The bytes `before` come first.
    """

    def start(configure, then=lambda connection: connection.recv(1), before=b""):
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.use_certificate(pki[0].native)
        context.use_privatekey(pki[0].key)
        configure(context)

        def talk(client):
            client.sendall(before)
            connection = SSL.Connection(context, client)
            connection.set_accept_state()
            with suppress(SSL.Error):
                connection.do_handshake()
                then(connection)

        return serve(talk)

    return start


@pytest.fixture
def patience(monkeypatch):
    """A busy machine must not turn an answer into silence."""
    monkeypatch.setattr(let_in, "LEAST_WAIT", 1.5)


@pytest.fixture
def answers():
    """`answers(server, …)` are the answers to its probes, by what they show."""

    def probe(server, *, app="none", expect=Expect.REQUIRED, also=(), control=True, timeout=30, **options):
        mtls = MutualTls(expect=expect, control=FILES if control else None, app=app)
        visit = Visit(mtls=mtls, probes=(Probe.MTLS,), also=also)
        source = Endpoint(server.address, server.port, "db.corp.example", "", visit)
        every = ObserveOptions(client_certificates={FILES: SHOWN}, timeout=timeout, **options)
        (observed,) = observe_endpoints([Target(id="t", ordinal=0, source=source)], every)
        probe.connections = observed.observations[0].connections
        return {answer.what.removeprefix("mtls "): answer for answer in observed.observations[0].probes}

    return probe


def outcomes(answers):
    return {kind: answer.outcome.value for kind, answer in answers.items()}


@both_versions
@pytest.mark.usefixtures("patience")
def test_tls_decides_where_the_target_says_so(server, answers, version):
    given = answers(server(asking(version, CLIENT, compulsory=True)))

    refused = "refused" if version is OLD else "refused-after-handshake"
    assert outcomes(given) == {"control": "accepted", "none": refused, "self-signed": refused, "lookalike": refused}
    assert all(answer.requested and answer.ca_names == ("CN=Client CA",) for answer in given.values())
    assert {answer.alert for kind, answer in given.items() if kind != "control"} >= {40 if version is OLD else 116}


@both_versions
def test_without_a_word_on_how_to_ask_silence_is_not_an_answer(server, answers, version):
    given = answers(server(asking(version)), app="")

    assert set(outcomes(given).values()) == {"silent"}


@both_versions
@pytest.mark.usefixtures("patience")
def test_a_server_that_speaks_by_itself_lets_the_client_in(server, answers, version):
    given = answers(server(asking(version), lambda connection: connection.sendall(b"220 hello\r\n")), app="")

    assert set(outcomes(given).values()) == {"accepted"}
    assert {answer.detail for answer in given.values()} == {"the application sends data"}


@pytest.mark.parametrize(
    ("status", "outcome", "version"),
    [(status, "accepted", NEW) for status in (200, 302, 404, 500)]
    + [(status, "refused-by-application", NEW) for status in (400, 401, 403, 495, 496)]
    + [(200, "accepted", OLD), (403, "refused-by-application", OLD)],
)
def test_the_application_decides_by_its_status(server, answers, status, outcome, version):
    def reply(connection):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 %d x\r\n\r\n" % status)

    given = answers(server(asking(version), reply), app="/healthz", control=False)

    assert set(outcomes(given).values()) == {outcome}
    assert {answer.status for answer in given.values()} == {status}


@both_versions
def test_a_close_is_told_as_a_close(server, answers, version):
    def hang_up(connection):
        connection.recv(4096)

    given = answers(server(asking(version), hang_up), app="/")

    assert set(outcomes(given).values()) == {"closed"}


def test_a_warning_is_no_refusal(server, answers):
    """A server that knows the name no better says so with a warning, and hangs up later for its own reasons."""
    unrecognized_name = bytes.fromhex("15030300020170")
    given = answers(server(asking(OLD), lambda connection: connection.recv(4096), unrecognized_name), app="/")

    assert set(outcomes(given).values()) == {"closed"}
    assert {answer.alert for answer in given.values()} == {None}


def test_an_alert_before_the_server_asks_is_no_refusal_of_the_client(serve, server, answers, pki):
    """The first look works; all later clients get an alert at once."""
    good = server(asking(NEW))
    looked = threading.Event()

    def talk(client):
        if looked.is_set():
            client.recv(4096)
            client.sendall(bytes.fromhex("15030300020228"))
            return
        looked.set()
        good.talk(client)

    given = answers(serve(talk))

    assert set(outcomes(given).values()) == {"failed"}
    assert {answer.requested for answer in given.values()} == {None}


def test_a_probe_that_gets_no_answer_is_silent_and_leaves_time_for_the_others(serve, server, answers, silence):
    good = server(asking(NEW))
    looked = threading.Event()

    def talk(client):
        if looked.is_set():
            silence(client)
            return
        looked.set()
        good.talk(client)

    given = answers(serve(talk), timeout=2)

    assert set(outcomes(given)) == {"control", "none", "self-signed", "lookalike"}
    assert set(outcomes(given).values()) == {"silent"}


@pytest.mark.usefixtures("patience")
def test_each_probe_takes_a_connection_of_the_budget(server, answers):
    given = answers(server(asking(NEW)), max_connections=3)

    assert outcomes(given) == {
        "control": "accepted",
        "none": "accepted",
        "self-signed": "failed",
        "lookalike": "failed",
    }
    assert "--max-connections limits" in given["lookalike"].detail
    assert answers.connections == 3


@pytest.mark.usefixtures("patience")
def test_nobody_needs_a_certificate_so_only_a_stranger_is_tried(server, answers):
    assert outcomes(answers(server(asking(NEW)), expect=Expect.NONE, control=False)) == {"none": "accepted"}


@both_versions
@pytest.mark.parametrize("bound", [True, False])
def test_a_session_is_resumed_under_another_name_or_not(request, server, answers, version, bound):
    if version is NEW:  # where a ticket ends the wait
        request.getfixturevalue("patience")

    def configure(context):
        asking(version, CLIENT)(context)
        if bound:
            context.set_options(SSL.OP_NO_TICKET)
            context.set_session_cache_mode(SSL.SESS_CACHE_OFF)

    given = answers(server(configure), also=("other.corp.example",))

    answer = given["resumed under other.corp.example"]
    assert answer.outcome is (ProbeOutcome.REFUSED if bound else ProbeOutcome.ACCEPTED)


def test_without_a_control_that_is_let_in_nothing_is_resumed(server, answers):
    given = answers(server(asking(NEW, issue("other"), compulsory=True)), also=("other.corp.example",))

    assert given[ClientKind.CONTROL.value].outcome is not ProbeOutcome.ACCEPTED
    assert "resumed under other.corp.example" not in given


@pytest.mark.usefixtures("patience")
def test_a_session_is_resumed_without_showing_a_certificate(server, answers):
    shown = set()

    def configure(context):
        def verify(connection, certificate, *_):
            if certificate.to_cryptography().public_bytes(Encoding.DER) == CLIENT.der:
                shown.add(connection.get_servername())
            return True

        context.set_verify(SSL.VERIFY_PEER, verify)
        context.set_session_id(b"test")
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_options(SSL.OP_NO_TICKET)

    answers(server(configure), also=("other.corp.example",))

    assert shown == {b"db.corp.example"}


@pytest.mark.parametrize(
    ("host", "port", "header"),
    [("a.example", 443, "a.example"), ("a.example", 8443, "a.example:8443"), ("2001:db8::1", 443, "[2001:db8::1]")],
)
def test_the_request_names_host_and_port(host, port, header):
    request = Asking("/", port, begins_at_once=True, host=host).request(None)

    assert f"\r\nHost: {header}\r\n".encode() in request


@pytest.mark.parametrize(
    ("app", "port", "alpn", "asks"),
    [
        ("", 443, None, True),
        ("", 8443, None, True),
        ("", 9443, None, False),
        ("", 9443, "http/1.1", True),
        ("none", 443, "http/1.1", False),
        ("/x", 9443, None, True),
    ],
)
def test_http_is_asked_where_target_alpn_or_port_say_so(app, port, alpn, asks):
    assert (Asking(app, port, begins_at_once=True, host="a").request(alpn) is not None) is asks
    assert (Asking("", port, begins_at_once=False, host="a").request(None)) is None


@pytest.mark.parametrize(
    ("app", "offered", "probed"),
    [
        ("", ("h2", "http/1.1"), ("http/1.1",)),
        ("/", ("h2",), ("http/1.1",)),
        ("none", ("h2",), ("h2",)),
        ("", ("postgresql",), ("postgresql",)),
        ("/", (), ()),
    ],
)
def test_http_2_is_never_spoken(app, offered, probed):
    assert Asking(app, 9443, begins_at_once=True).profile(Profile(alpn=offered)).alpn == probed
