"""The certificates that certgate makes for its probes."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from certgate.lab.pki import CLOCK, issue
from certgate.observe.tls.client_certificate import ClientCertificate
from certgate.observe.tls.client_probes.made_certificates import lookalike, self_signed
from certgate.x509.certificate import parse_certificate
from certgate.x509.name import Name

CA, OTHER = issue("Clients", ca=True), issue("Others", ca=True)
CLIENT = issue("robot", issuer=CA, sans=["robot.corp.example"])
CONTROL = ClientCertificate((CLIENT.der,), CLIENT.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def name(credential):
    return Name(parse_certificate(credential.der).subject.der)


def parsed(made):
    return [x509.load_der_x509_certificate(der) for der in made.chain]


def test_a_self_signed_certificate_is_for_clients_and_valid_now():
    (leaf,) = parsed(self_signed(CLOCK))

    leaf.verify_directly_issued_by(leaf)
    assert leaf.not_valid_before_utc < CLOCK < leaf.not_valid_after_utc
    assert leaf.not_valid_after_utc - CLOCK <= timedelta(days=1)
    assert "clientAuth" in str(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def test_no_two_have_the_same_key():
    assert self_signed(CLOCK).key != self_signed(CLOCK).key


def test_a_lookalike_has_the_issuer_and_the_names_of_the_control_and_another_key():
    leaf, ca = parsed(lookalike((), CONTROL, CLOCK))
    model, real = CLIENT.native, CA.native

    leaf.verify_directly_issued_by(ca)
    assert (leaf.issuer, ca.subject, leaf.subject) == (real.subject, real.subject, model.subject)
    assert ca.public_key() != real.public_key()
    for kind in (x509.AuthorityKeyIdentifier, x509.SubjectAlternativeName):
        assert leaf.extensions.get_extension_for_class(kind) == model.extensions.get_extension_for_class(kind)
    identifier = model.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest == identifier


def test_without_a_control_it_has_the_name_of_the_first_ca_that_the_server_accepts():
    leaf, ca = parsed(lookalike((name(OTHER), name(CA)), None, CLOCK))

    assert leaf.issuer == ca.subject == OTHER.native.subject
    leaf.verify_directly_issued_by(ca)


def test_a_control_whose_ca_the_server_does_not_name_is_not_imitated():
    leaf, _ = parsed(lookalike((name(OTHER),), CONTROL, CLOCK))

    assert leaf.issuer == OTHER.native.subject
    assert leaf.subject != CLIENT.native.subject


def test_without_a_name_there_is_none():
    assert lookalike((), None, CLOCK) is None


def test_a_name_that_cannot_be_read_makes_none():
    assert lookalike((Name(b"\x30\x03\x31\x01\x00"),), None, CLOCK) is None
