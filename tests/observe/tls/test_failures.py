"""What is said of endpoints that cannot be observed."""

import errno
import socket
import struct
import threading
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from OpenSSL import SSL

from certgate.lab.pki import issue
from certgate.model.observation import Failure, FailureKind, HandshakeFacts, Phase
from certgate.observe.tls.failures import from_tls_error
from certgate.observe.tls.handshake import MAX_HANDSHAKE_BYTES

HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"


def says(answer, *, first=False):
    """A conversation: the answer after the ClientHello (or before it), then silence."""

    def talk(client):
        if first:
            client.sendall(answer)
        client.recv(65536)
        if not first:
            client.sendall(answer)
        while client.recv(65536):
            pass

    return talk


def for_ever(answer):
    def talk(client):
        client.recv(65536)
        while True:
            client.sendall(answer)

    return talk


def closes(client):
    client.recv(65536)


def resets(client):
    client.recv(65536)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_name_that_does_not_exist_is_not_resolved_and_not_tried_again(serve, observe, silence, name_server):
    asked = []

    def answer():
        asked.append(1)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    name_server["nowhere.example"] = answer

    observation = observe(serve(silence), "nowhere.example")

    assert asked == [1]
    detail = "nowhere.example was not resolved: there is no such name, or it has no address"
    assert observation.failure == Failure(FailureKind.NAME_NOT_RESOLVED, Phase.RESOLVE, detail)
    assert set(observation.timings) == {"resolve"}


def test_a_silent_name_server_is_asked_again(serve, tls, observe, name_server):
    answers = iter([socket.gaierror(socket.EAI_AGAIN, "try again"), ["127.0.0.1"]])

    def answer():
        now = next(answers)
        if isinstance(now, Exception):
            raise now
        return now

    name_server["db.corp.example"] = answer

    assert observe(serve(tls()), "db.corp.example").failure is None


def test_a_look_up_that_hangs_times_out(serve, observe, silence, name_server):
    hangs = threading.Event()
    name_server["db.corp.example"] = hangs.wait

    observation = observe(serve(silence), "db.corp.example", timeout=0.1)
    hangs.set()

    detail = "db.corp.example was not resolved within 0.1 s"
    assert observation.failure == Failure(FailureKind.TIMED_OUT, Phase.RESOLVE, detail)


def test_a_host_name_that_is_none_is_not_resolved(serve, observe, silence):
    for host in ("caf\u00e9.example", "nul\0.example", "x" * 300):
        assert observe(serve(silence), host).failure.kind is FailureKind.NAME_NOT_RESOLVED


def test_a_closed_port_refuses(serve, observe, silence):
    server = serve(silence)
    server.close()

    failure = observe(server, retries=0).failure

    assert (failure.kind, failure.phase) == (FailureKind.REFUSED, Phase.CONNECT)
    assert (
        failure.detail
        == f"127.0.0.1:{server.port} refused the connection: nothing listens there, or a firewall rejects it"
    )


@pytest.mark.parametrize("options", [{"timeout": 0.3}, {"connect_timeout": 0.3, "timeout": 60, "retries": 0}])
def test_a_connection_that_is_never_made_times_out(observe, options):
    with ExitStack() as stack:  # a listener whose queue is full does not answer
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address, port = full.getsockname()
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, port))

        observation = observe(SimpleNamespace(address=address, port=port), **options)
        failure = observation.failure

    assert (failure.kind, failure.phase) == (FailureKind.TIMED_OUT, Phase.CONNECT)
    assert f"{address}:{port} did not answer the attempt to connect for" in failure.detail
    assert observation.timings["connect"] < 10


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.ENETUNREACH, FailureKind.UNREACHABLE, "could not be reached: Network is unreachable"),
        (errno.EHOSTUNREACH, FailureKind.UNREACHABLE, "could not be reached: No route to host"),
        (errno.ETIMEDOUT, FailureKind.TIMED_OUT, "did not answer the attempt to connect"),
        (errno.EMFILE, FailureKind.LIMIT, "too many open files: lower --concurrency or raise the limit (ulimit -n)"),
    ],
)
def test_what_the_system_says_of_a_connection_is_told(serve, observe, silence, monkeypatch, number, kind, words):
    def fail(*_):
        raise OSError(number, {errno.ENETUNREACH: "Network is unreachable"}.get(number, "No route to host"))

    monkeypatch.setattr(socket.socket, "connect", fail)

    failure = observe(serve(silence), retries=0).failure

    assert (failure.kind, failure.phase) == (kind, Phase.CONNECT)
    assert failure.detail.endswith(words)


def test_a_server_that_says_nothing_times_out_in_the_handshake(serve, observe, silence):
    failure = observe(serve(silence), timeout=1).failure

    assert (failure.kind, failure.phase) == (FailureKind.TIMED_OUT, Phase.HANDSHAKE)
    assert "accepted the connection, then sent nothing for" in failure.detail


def test_a_server_that_dribbles_meets_the_deadline(serve, observe):
    gone = threading.Event()

    def dribble(client):
        client.recv(65536)
        for byte in b"\x16\x03\x03\x20\x00" + bytes(100):
            client.sendall(bytes([byte]))
            gone.wait(0.03)

    failure = observe(serve(dribble), timeout=1).failure

    assert (failure.kind, failure.phase) == (FailureKind.DEADLINE, Phase.HANDSHAKE)
    assert "did not complete the handshake: it sent" in failure.detail


def test_a_reset_in_the_handshake_is_told(serve, observe):
    server = serve(resets)

    failure = observe(server, retries=0).failure

    assert failure == Failure(FailureKind.RESET, Phase.HANDSHAKE, f"127.0.0.1:{server.port} reset the connection")


def test_an_end_in_the_middle_of_the_handshake_is_a_reset(serve, observe):
    def talk(client):
        client.recv(65536)
        client.sendall(b"\x16\x03\x03\x00\x50\x02\x00")

    server = serve(talk)

    failure = observe(server, retries=0).failure

    detail = f"127.0.0.1:{server.port} closed the connection in the middle of the handshake, after 7 bytes"
    assert failure == Failure(FailureKind.RESET, Phase.HANDSHAKE, detail)


def test_a_server_that_closes_without_a_word_spoke_nothing(serve, observe):
    failure = observe(serve(closes), retries=0).failure

    assert failure.kind is FailureKind.NOT_TLS
    assert "closed the connection without an answer to the ClientHello" in failure.detail


@pytest.mark.parametrize(
    ("talk", "protocol"),
    [
        (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "HTTP: it sent 'HTTP/1.1 400 Bad Request'"),
        (says(b"SSH-2.0-lab\r\n", first=True), "SSH: it sent 'SSH-2.0-lab'"),
        (says(b"220 mail.corp.example ESMTP\r\n", first=True), "SMTP: it sent '220 mail.corp.example ESMTP'"),
        (says(b"220-FTP server ready\r\n", first=True), "FTP: it sent '220-FTP server ready'"),
        (says(b"\xff\x1b[31m\x07boo"), r"an unknown protocol: it sent '\xff\x1b[31m\x07boo'"),
        (says(b"\x00" * 100), "an unknown protocol: it sent '" + r"\x00" * 60 + "…'"),
    ],
)
def test_another_protocol_is_named_and_its_words_are_harmless(serve, observe, talk, protocol):
    server = serve(talk)

    failure = observe(server).failure

    detail = f"127.0.0.1:{server.port} does not speak TLS here but {protocol}"
    assert failure == Failure(FailureKind.NOT_TLS, Phase.HANDSHAKE, detail)
    assert server.clients == 1


@pytest.mark.parametrize(
    ("sent", "alert"),
    [
        (b"\x15\x03\x03\x00\x02\x02\x46", "protocol version"),
        (b"\x15\x03\x03\x00\x02\x02\x70", "unrecognized name"),
        (b"\x15\x03\x03\x00\x02\x01\x00", "close notify"),
    ],
)
def test_an_alert_is_named_and_nothing_is_tried_again(serve, observe, sent, alert):
    server = serve(says(sent))

    failure = observe(server).failure

    detail = f"127.0.0.1:{server.port} ended the handshake with the alert '{alert}'"
    assert failure == Failure(FailureKind.ALERT, Phase.HANDSHAKE, detail)
    assert server.clients == 1


def test_a_server_that_refuses_every_group_is_asked_with_each_brainpool_curve_and_then_told(serve, observe):
    server = serve(says(HANDSHAKE_FAILURE))

    observation = observe(server)

    detail = f"127.0.0.1:{server.port} ended the handshake with the alert 'handshake failure'"
    assert observation.failure == Failure(FailureKind.ALERT, Phase.HANDSHAKE, detail)
    assert (observation.notes, server.clients) == ((), 4)


def test_a_server_that_refuses_the_protocols_offered_is_tried_without_them_once_and_then_told(serve, observe):
    server = serve(says(b"\x15\x03\x03\x00\x02\x02\x78"))

    failure = observe(server).failure

    detail = f"127.0.0.1:{server.port} ended the handshake with the alert 'no application protocol'"
    assert failure == Failure(FailureKind.ALERT, Phase.HANDSHAKE, detail)
    assert server.clients == 2


def test_nonsense_in_tls_records_is_a_failed_handshake(serve, observe):
    server = serve(says(b"\x16\x03\x03\x00\x50" + b"\xff" * 0x50))

    failure = observe(server).failure

    assert (failure.kind, failure.phase) == (FailureKind.HANDSHAKE_FAILED, Phase.HANDSHAKE)
    assert server.clients == 1


def test_a_flood_of_messages_ends_at_the_limit(serve, observe):
    hello_requests = b"\x16\x03\x03\x00\x04\x00\x00\x00\x00" * 1000

    failure = observe(serve(for_ever(hello_requests))).failure

    assert failure.kind is FailureKind.LIMIT
    assert f"{MAX_HANDSHAKE_BYTES // 1024} KiB" in failure.detail


def test_a_chain_that_is_too_long_for_the_library_names_the_limit(serve, tls, observe, pki):
    leaf, middle, _ = pki

    failure = observe(serve(tls(chain=(leaf, *[middle] * 300)))).failure

    assert failure.kind is FailureKind.LIMIT


def demand_a_client_certificate(context):
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)


def with_tls_1_2(context, ciphers=b"DEFAULT:@SECLEVEL=0"):
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(ciphers)
    demand_a_client_certificate(context)


def test_a_tls_1_2_server_that_demands_a_client_certificate_has_shown_its_chain(serve, tls, observe, pki):
    leaf, middle, _ = pki

    def configure(context):
        with_tls_1_2(context)
        context.set_alpn_select_callback(lambda _connection, _offered: b"h2")

    server = serve(tls(configure=configure))

    observation = observe(server)

    assert observation.failure.kind is FailureKind.CLIENT_CERTIFICATE_REQUIRED
    assert "requires a client certificate" in observation.failure.detail
    assert observation.presented == (leaf.der, middle.der)
    assert observation.handshake == HandshakeFacts("TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384", "x25519", "h2")
    assert server.clients == 1


def test_without_a_proof_of_the_key_a_refusal_is_an_alert_like_any_other(serve, tls, observe):
    leaf = issue("", key="RSA-2048", sans=["db.corp.example"])
    talk = tls(chain=(leaf,), key=leaf.key, configure=lambda c: with_tls_1_2(c, b"AES128-SHA256:@SECLEVEL=0"))

    observation = observe(serve(talk))

    assert observation.failure.kind is FailureKind.ALERT


def test_a_tls_1_3_server_that_demands_a_client_certificate_is_observed_whole(serve, tls, observe, pki):
    leaf, middle, _ = pki

    observation = observe(serve(tls(configure=demand_a_client_certificate)))

    assert observation.failure is None
    assert observation.presented == (leaf.der, middle.der)


def test_a_bug_at_one_target_is_told_as_such(serve, observe, silence, monkeypatch):
    monkeypatch.setattr("certgate.observe.tls.attempt.new_connection", lambda *_: 1 / 0)

    failure = observe(serve(silence)).failure

    assert (failure.kind, failure.phase) == (FailureKind.INTERNAL, Phase.HANDSHAKE)
    assert failure.detail == (
        "a bug in certgate: ZeroDivisionError in observing; please report it, run again with --traceback to see where"
    )


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (SSL.Error([("SSL routines", "", "sslv3 alert bad certificate")]), FailureKind.ALERT),
        (SSL.Error([("SSL routines", "", "tlsv13 alert certificate required")]), FailureKind.ALERT),
        (SSL.Error([("SSL routines", "", "tlsv1 bad certificate status response")]), FailureKind.HANDSHAKE_FAILED),
        (SSL.Error([]), FailureKind.HANDSHAKE_FAILED),
        (SSL.SysCallError(-1, "Unexpected EOF"), FailureKind.HANDSHAKE_FAILED),
    ],
)
def test_every_error_of_the_tls_library_has_a_kind(error, kind):
    assert from_tls_error("192.0.2.1:443", error, b"").failure.kind is kind
