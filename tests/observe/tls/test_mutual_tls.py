"""A client certificate is shown to servers that ask for one, and the observation says so."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import SSL

from certgate.lab.pki import issue
from certgate.model.observation import FailureKind
from certgate.model.target import ClientFiles, Endpoint, Probe, Target, Visit
from certgate.observe.tls.client_certificate import ClientCertificate
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions

CLIENT_CA = issue("Client CA", ca=True)
CLIENT = issue("robot", issuer=CLIENT_CA)
FILES = ClientFiles("robot.pem", "robot.key")


def shown(credential, *others):
    key = credential.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return ClientCertificate((credential.der, *(other.der for other in others)), key)


@pytest.fixture
def observe():
    def run(server, certificate=None, **options):
        visit = Visit(client=FILES if certificate else None)
        target = Target(id="t", ordinal=0, source=Endpoint(server.address, server.port, "db.corp.example", "", visit))
        certificates = {FILES: certificate} if certificate else {}
        (observed,) = observe_endpoints([target], ObserveOptions(client_certificates=certificates, **options))
        return observed.observations[0]

    return run


def demanding(*accepted, tls_1_2=False, names=(), seen=None):
    """A server's context that wants a certificate, one of `accepted`."""

    def verify(connection, certificate, _error, depth, _ok):
        if seen is not None:
            seen.append(certificate.to_cryptography().public_bytes(Encoding.DER))
        return certificate.to_cryptography().public_bytes(Encoding.DER) in {one.der for one in accepted}

    def configure(context):
        if tls_1_2:
            context.set_max_proto_version(SSL.TLS1_2_VERSION)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, verify)
        for name in names:
            context.add_client_ca(name.native)

    return configure


@pytest.mark.parametrize("tls_1_2", [True, False], ids=["TLS 1.2", "TLS 1.3"])
@pytest.mark.parametrize("names", [(), (CLIENT_CA,)], ids=["no CA names", "CA names"])
def test_a_server_that_asks_is_shown_the_whole_chain(serve, tls, observe, pki, tls_1_2, names):
    seen = []
    server = serve(tls(configure=demanding(CLIENT, CLIENT_CA, tls_1_2=tls_1_2, names=names, seen=seen)))

    observation = observe(server, shown(CLIENT, CLIENT_CA))
    server.close()

    assert observation.failure is None
    assert observation.client_certificate == shown(CLIENT).sha256
    assert observation.presented == (pki[0].der, pki[1].der)
    assert set(seen) == {CLIENT.der, CLIENT_CA.der}


def test_a_server_that_does_not_ask_is_shown_none(serve, tls, observe):
    observation = observe(serve(tls()), shown(CLIENT))

    assert (observation.failure, observation.client_certificate) == (None, "")


def test_without_one_nothing_is_shown(serve, tls, observe):
    observation = observe(serve(tls(configure=demanding(tls_1_2=True))))

    assert observation.failure.kind is FailureKind.CLIENT_CERTIFICATE_REQUIRED
    assert observation.client_certificate == ""
    assert "it was shown" not in observation.failure.detail


def test_a_tls_1_2_server_that_refuses_it_gives_its_chain_and_what_was_negotiated(serve, tls, observe, pki):
    observation = observe(serve(tls(configure=demanding(tls_1_2=True))), shown(CLIENT))

    assert observation.failure.kind is FailureKind.CLIENT_CERTIFICATE_REQUIRED
    assert observation.failure.detail.endswith(f"; it was shown the one with sha256 {shown(CLIENT).sha256}")
    assert observation.presented == (pki[0].der, pki[1].der)
    assert observation.handshake.version == "TLSv1.2"
    assert observation.handshake.cipher.startswith("ECDHE-ECDSA-")


def test_each_connection_shows_its_own_certificate(serve, tls, observe):
    other = issue("other", issuer=CLIENT_CA)
    server = serve(tls(configure=demanding(CLIENT, other, CLIENT_CA)))

    assert observe(server, shown(CLIENT)).client_certificate == shown(CLIENT).sha256
    assert observe(server, shown(other)).client_certificate == shown(other).sha256
    assert observe(serve(tls(configure=demanding(other, CLIENT_CA))), shown(other)).failure is None


def test_further_looks_show_none(serve, tls):
    server = serve(tls(configure=demanding(CLIENT, CLIENT_CA)))
    visit = Visit(client=FILES, also=("b.example",), probes=(Probe.NO_SNI,))
    target = Target(id="t", ordinal=0, source=Endpoint(server.address, server.port, "db.corp.example", "", visit))

    (observed,) = observe_endpoints([target], ObserveOptions(client_certificates={FILES: shown(CLIENT)}))

    seen = {(one.vantage.server_name, one.vantage.probe): one.client_certificate for one in observed.observations}
    own = shown(CLIENT).sha256
    assert seen == {("db.corp.example", ""): own, ("b.example", ""): own, (None, "no-sni"): ""}
