"""Each server, seen by a client that verifies nothing."""

import socket
import threading
import time
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass

import pytest
from OpenSSL import SSL, crypto

from certgate.lab import service
from certgate.lab.lab import Lab, LabEndpoint
from certgate.lab.scenario import Behaviour, Scenario
from certgate.lab.scenarios import all_scenarios
from certgate.x509.certificate import parse_certificate

SCENARIOS = all_scenarios()
SHOWING = [
    name
    for name, s in SCENARIOS.items()
    if s.behaviour is Behaviour.TLS and not s.opening and name != "handshake-refused"
]
OLDER = {
    "good-tls-1.2": "TLSv1.2",
    "wrong-order-tls-1.2": "TLSv1.2",
    "modern-tls-1.2": "TLSv1.2",
    "old-cipher": "TLSv1.2",
    "tls-1.1": "TLSv1.1",
}


@dataclass(frozen=True)
class Seen:
    chain: tuple[bytes, ...]
    staple: bytes
    version: str


def connect(endpoint: LabEndpoint) -> socket.socket:
    return socket.create_connection((endpoint.host, endpoint.port), timeout=10)


def read_to_the_end(client: socket.socket) -> bool:
    with suppress(ConnectionResetError):
        while client.recv(65536):
            pass
    return True


def handshake(endpoint: LabEndpoint) -> Seen:
    staples = []
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
    context.set_ocsp_client_callback(lambda _connection, staple, _data: staples.append(staple) or True)
    with connect(endpoint) as raw:
        raw.setblocking(True)
        connection = SSL.Connection(context, raw)
        connection.set_connect_state()
        connection.set_tlsext_host_name(endpoint.scenario.host.encode())
        connection.request_ocsp()
        connection.do_handshake()
        chain = connection.get_peer_cert_chain()
        ders = tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate) for certificate in chain)
        return Seen(ders, b"".join(staples), connection.get_protocol_version_name())


@pytest.fixture(scope="module")
def lab():
    with Lab() as running:
        yield running


@pytest.fixture
def endpoint(lab, request):
    return next(e for e in lab.endpoints if e.scenario.name == request.param)


def read_pem(path):
    blocks = path.read_text(encoding="ascii").split("\n-----END CERTIFICATE-----\n")[:-1]
    return tuple(b64decode(block.removeprefix("-----BEGIN CERTIFICATE-----")) for block in blocks)


@pytest.mark.parametrize("endpoint", SHOWING, indirect=True)
def test_the_chain_is_sent_exactly_as_the_scenario_says(lab, endpoint):
    scenario = endpoint.scenario

    seen = handshake(endpoint)

    labels = scenario.sent or ("leaf", *(f"issuer {n}" for n in range(1, len(scenario.issuers) + 1)))
    assert seen.chain == read_pem(lab.folder / f"{scenario.name}.pem")
    assert len(seen.chain) == len(labels)
    assert bool(seen.staple) == (scenario.staple is not None)
    assert seen.version == OLDER.get(scenario.name, "TLSv1.3")


@pytest.mark.parametrize("endpoint", ["wrong-order"], indirect=True)
def test_a_wrong_order_is_on_the_wire(endpoint):
    leaf, second, first = (parse_certificate(der) for der in handshake(endpoint).chain)

    assert leaf.issuer == first.subject
    assert first.issuer == second.subject


@pytest.mark.parametrize("endpoint", ["plain-http"], indirect=True)
def test_plain_http_answers_in_http(endpoint):
    with connect(endpoint) as client:
        client.sendall(b"\x16\x03\x01")

        assert client.makefile("rb").read().startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("endpoint", ["ssh"], indirect=True)
def test_ssh_speaks_first(endpoint):
    with connect(endpoint) as client:
        assert client.recv(100) == b"SSH-2.0-lab\r\n"


@pytest.mark.parametrize("endpoint", ["silence"], indirect=True)
def test_silence_says_nothing(endpoint):
    with connect(endpoint) as client:
        client.sendall(b"\x16\x03\x01")
        client.settimeout(0.1)

        with pytest.raises(TimeoutError):
            client.recv(1)


@pytest.mark.parametrize("endpoint", ["reset"], indirect=True)
def test_reset_comes_after_the_client_has_spoken(endpoint):
    with connect(endpoint) as client:
        client.sendall(b"\x16\x03\x01")

        with pytest.raises(ConnectionResetError):
            client.recv(1)


@pytest.mark.parametrize("endpoint", ["refused"], indirect=True)
def test_refused_does_not_listen(endpoint):
    with pytest.raises(ConnectionRefusedError):
        connect(endpoint)


@pytest.mark.parametrize("endpoint", ["handshake-refused"], indirect=True)
def test_a_refused_handshake_ends_with_an_alert(endpoint):
    with pytest.raises(SSL.Error, match="alert handshake failure"):
        handshake(endpoint)


@pytest.mark.parametrize("endpoint", ["one-byte-per-second"], indirect=True)
def test_the_dripping_server_sends_its_handshake_byte_by_byte(endpoint, monkeypatch):
    monkeypatch.setattr(service, "DRIP_SECONDS", 0.01)

    with connect(endpoint) as client:
        client.sendall(client_hello())
        began = time.monotonic()
        received = b"".join(client.recv(1) for _ in range(20))

    assert received[:3] == b"\x16\x03\x03"
    assert time.monotonic() - began >= 19 * 0.01


def client_hello() -> bytes:
    connection = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None)
    connection.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        connection.do_handshake()
    return connection.bio_read(65536)


def test_a_server_outlives_clients_that_misbehave():
    scenario = Scenario(name="plain", title="A good server")
    with Lab([scenario]) as lab:
        (endpoint,) = lab.endpoints
        for bytes_sent in (b"", b"\x00", b"GET / HTTP/1.0\r\n\r\n", client_hello()):
            with connect(endpoint) as client:
                client.sendall(bytes_sent)

        assert len(handshake(endpoint).chain) == 2


@pytest.mark.parametrize("name", ["silence", "one-byte-per-second", "good-ecdsa"])
def test_stopping_ends_open_conversations_threads_and_sockets(name):
    threads = set(threading.enumerate())

    with Lab([SCENARIOS[name]]) as lab:
        client = connect(lab.endpoints[0])
        client.sendall(client_hello())

    with client:
        assert read_to_the_end(client)
    assert set(threading.enumerate()) <= threads
    with pytest.raises(ConnectionRefusedError):
        connect(lab.endpoints[0])
