"""The chains that a server has for other types of keys."""

import socket
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from certgate.lab.pki import CLOCK, pem
from certgate.model.observation import FailureKind, Vantage
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.target import ClientFiles, Visit
from certgate.observe.tls import key_types
from certgate.observe.tls.client_certificate import load_client_certificate
from certgate.x509.certificate import parse_certificate

NAME = "db.corp.example"


def only_1_2(context):
    context.set_max_proto_version(SSL.TLS1_2_VERSION)


def only_1_3(context):
    context.set_min_proto_version(SSL.TLS1_3_VERSION)


def outcomes(observation):
    return [(answer.what, answer.outcome, answer.chosen) for answer in observation.probes]


VERSIONS = pytest.mark.parametrize("versions", [None, only_1_2, only_1_3], ids=["both", "1.2", "1.3"])


@VERSIONS
@pytest.mark.parametrize(
    ("kinds", "types"), [(("RSA-2048", "P-384"), {"RSA", "EC"}), (("P-256", "Ed25519"), {"EC", "Ed25519"})]
)
def test_every_type_of_key_is_seen_whatever_the_version(serve, several, look, leaf, kinds, types, versions):
    server = serve(several(*kinds, configure=versions))

    first, further = look(server)

    assert {first.presented[0], further.presented[0]} == {leaf(kind).der for kind in kinds}
    assert first.vantage.key_type == ""
    (shown,) = types - {further.vantage.key_type}
    both = f"{shown}, {further.vantage.key_type}"
    assert outcomes(first) == [
        (f"certificate with a key other than {shown}", ProbeOutcome.ACCEPTED, further.vantage.key_type),
        (f"certificate with a key other than {both}", ProbeOutcome.REFUSED, ""),
    ]
    assert first.connections + further.connections == server.clients


def test_three_types_of_keys_are_three_chains(serve, several, look, leaf):
    server = serve(several("RSA-2048", "P-256", "Ed448"))

    seen = look(server)

    assert {one.presented[0] for one in seen} == {leaf(kind).der for kind in ("RSA-2048", "P-256", "Ed448")}
    assert seen[0].probes[-1].outcome is ProbeOutcome.REFUSED


def test_a_post_quantum_certificate_is_seen(serve, several, look, tmp_path):
    """Its key signs in TLS 1.3 alone."""
    key = mldsa.MLDSA65PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 5, CLOCK, CLOCK + timedelta(days=5))
    certificate = builder.sign(key, None)
    (tmp_path / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def add(context):
        context.use_certificate_file(str(tmp_path / "certificate.pem"))
        context.use_privatekey_file(str(tmp_path / "key.pem"))

    seen = look(serve(several("RSA-2048", "P-256", configure=add)))

    assert {one.vantage.key_type for one in seen[1:]} | {_type_of(seen[0])} == {"RSA", "EC", "ML-DSA-65"}
    assert seen[0].probes[-1].outcome is ProbeOutcome.REFUSED


def _type_of(seen):
    return parse_certificate(seen.presented[0]).key.algorithm


@VERSIONS
@pytest.mark.parametrize("kind", ["RSA-2048", "P-256", "Ed25519"])
def test_a_server_with_one_certificate_refuses_twice_and_answers_the_control(serve, several, look, kind, versions):
    """The suites of TLS 1.2 cannot tell EC from Ed25519: then whole handshakes follow."""
    server = serve(several(kind, configure=versions))
    is_told_by_alerts = versions is only_1_3 or kind != "Ed25519"

    (only,) = look(server)

    (answer,) = only.probes
    assert answer.outcome is ProbeOutcome.REFUSED
    assert answer.alert in {40, 70}
    assert only.connections == server.clients == (4 if is_told_by_alerts else 5)


def test_a_certificate_that_the_suites_of_tls_1_2_hide_is_seen_in_tls_1_3(serve, several, look, leaf):
    def suites(context):
        context.set_cipher_list(b"ECDHE-ECDSA-AES128-GCM-SHA256")

    server = serve(several("RSA-2048", "P-256", configure=suites))

    _, further = look(server)

    assert further.presented[0] == leaf("RSA-2048").der
    assert further.handshake.version == "TLSv1.3"


def test_a_server_with_the_rsa_key_exchange_alone_is_asked(serve, several, look, leaf):
    def configure(context):
        only_1_2(context)
        context.set_cipher_list(b"ECDHE-ECDSA-AES128-GCM-SHA256:AES128-SHA")

    _, further = look(serve(several("RSA-2048", "P-256", configure=configure)))

    assert further.presented[0] == leaf("RSA-2048").der


def test_a_key_on_another_curve_is_seen_after_a_small_client_hello(serve, several, look, leaf):
    answer = several("RSA-2048", "P-384", configure=only_1_2)

    def middlebox(client):
        if len(client.recv(65536, socket.MSG_PEEK)) > 1000:
            client.recv(65536)
        else:
            answer(client)

    seen = look(serve(middlebox))

    assert {one.presented[0] for one in seen} == {leaf("RSA-2048").der, leaf("P-384").der}


def test_each_name_is_asked(serve, several, look):
    server = serve(several("RSA-2048", "P-256"))

    seen = look(server, visit=Visit(also=("b.example",)))

    assert [(one.vantage.server_name, bool(one.vantage.key_type)) for one in seen] == [
        (NAME, False),
        (NAME, True),
        ("b.example", False),
        ("b.example", True),
    ]


def test_each_address_is_asked(serve, several, look):
    seen = look(serve(several("RSA-2048", "P-256")), visit=Visit(all_addresses=True))

    assert [bool(one.vantage.key_type) for one in seen] == [False, True]


def test_a_client_certificate_is_shown_there_too(serve, several, look, pki, tmp_path):
    (tmp_path / "client.pem").write_bytes(pem(*pki[:2]) + pki[0].key_pem)
    files = ClientFiles(str(tmp_path / "client.pem"))

    def ask(context):
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)

    certificates = {files: load_client_certificate(files.certificate, "", None)}

    seen = look(
        serve(several("RSA-2048", "P-256", configure=ask)), visit=Visit(client=files), client_certificates=certificates
    )

    assert [one.client_certificate for one in seen] == [certificates[files].sha256] * 2
    assert [one.failure for one in seen] == [None, None]


def test_a_chain_that_a_refusal_follows_is_kept(serve, several, look, leaf):
    def ask(context):
        only_1_2(context)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)

    first, further = look(serve(several("RSA-2048", "P-256", configure=ask)))

    assert {first.presented[0], further.presented[0]} == {leaf("RSA-2048").der, leaf("P-256").der}
    assert {one.failure.kind for one in (first, further)} == {FailureKind.CLIENT_CERTIFICATE_REQUIRED}


def test_each_chain_has_its_staple(serve, several, look):
    seen = look(serve(several("RSA-2048", "P-256", staple=b"\x30\x03\x0a\x01\x06")))

    assert [one.staple for one in seen] == [b"\x30\x03\x0a\x01\x06"] * 2


def test_a_staple_that_breaks_the_handshake_costs_no_chain(serve, several, look):
    seen = look(serve(several("RSA-2048", "P-256", staple=b"no DER", configure=only_1_2)))

    assert len(seen) == 2
    assert [one.failure for one in seen] == [None, None]


@pytest.mark.parametrize("versions", [None, only_1_2], ids=["both", "1.2"])
def test_without_a_choice_of_signatures_what_suites_show_is_kept_and_the_rest_unknown(
    serve, several, look, leaf, monkeypatch, versions
):
    monkeypatch.setattr(key_types, "_BINDINGS", None)

    first, further = look(serve(several("RSA-2048", "P-256", configure=versions)))

    assert {first.presented[0], further.presented[0]} == {leaf("RSA-2048").der, leaf("P-256").der}
    assert [answer.outcome for answer in first.probes] == [ProbeOutcome.ACCEPTED, ProbeOutcome.FAILED]
    assert first.probes[1] == ProbeAnswer(
        what=first.probes[1].what,
        outcome=ProbeOutcome.FAILED,
        detail="the TLS library cannot choose the signature algorithms that a client offers",
    )


def test_without_a_choice_of_signatures_a_server_of_tls_1_3_alone_is_unknown(serve, several, look, monkeypatch):
    monkeypatch.setattr(key_types, "_BINDINGS", None)

    (only,) = look(serve(several("RSA-2048", "P-256", configure=only_1_3)))

    assert [answer.outcome for answer in only.probes] == [ProbeOutcome.FAILED]


def test_this_library_can_choose_signatures():
    assert key_types.can_choose_signatures()
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    for one in key_types.KEY_TYPES:
        key_types.Narrow((one,), by_suites=False).use_in(context)


def test_the_plain_look_is_what_it_is_without_the_question(serve, several, look, observe):
    server = serve(several("RSA-2048", "P-256"))

    plain, (first, _) = observe(server), look(server)

    assert (first.presented, first.handshake, first.vantage) == (plain.presented, plain.handshake, plain.vantage)
    assert first.vantage == Vantage(f"127.0.0.1:{server.port}", NAME)
