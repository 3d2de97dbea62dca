"""What a key may do: keyUsage."""

import pytest
from cryptography import x509

from certgate.checks.certificate.ku import tls13_signature
from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.checks.framework.subjects import Handshake
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.observation import HandshakeFacts
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate

SERVER, CLIENT = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
NO_KU = [NotApplicable("no keyUsage")]


def leaf(*ekus, **options):
    return issue("a.example", sans=["a.example"], ekus=ekus, **options)


def usage(*bits, critical=True):
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    value = x509.KeyUsage(**{name: name in bits for name in names})
    return {x509.KeyUsage: (value, critical)}


def test_key_usage_is_present_and_critical(ask):
    assert ask("ku.present", issue("a.example")) == []
    assert ask("ku.present", issue("a.example", key_usage=[])) == [Problem("no keyUsage")]
    lax = issue("a.example", extensions=usage("digital_signature", critical=False))
    assert ask("ku.present", lax) == [Problem("keyUsage is not critical")]


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (("digital_signature",), []),
        (("digital_signature", "key_encipherment"), []),
        (("key_encipherment",), [("digitalSignature", Severity.WARNING)]),
        (("digital_signature", "data_encipherment"), [("dataEncipherment", Severity.WARNING)]),
        (("digital_signature", "content_commitment", "key_cert_sign"), [("keyCertSign", None), ("nonRepudiation", None)]),
        (("digital_signature", "key_agreement", "decipher_only"), [("decipherOnly", None), ("keyAgreement", None)]),
        ((), [("empty", None)]),
    ],
)  # fmt: skip
def test_bits_of_an_rsa_leaf(ask, bits, expected):
    found = ask("ku.rsa-leaf", issue("a.example", key="RSA-2048", extensions=usage(*bits)))
    assert [(p.key, p.severity) for p in found] == expected


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (("digital_signature",), []),
        (("digital_signature", "key_agreement"), [("keyAgreement", Severity.WARNING)]),
        (("digital_signature", "key_encipherment", "crl_sign"), [("cRLSign", None), ("keyEncipherment", None)]),
        (("key_agreement",), [("digitalSignature", None), ("keyAgreement", Severity.WARNING)]),
        ((), [("digitalSignature", None)]),
    ],
)
def test_bits_of_an_ec_leaf(ask, bits, expected):
    found = ask("ku.ec-leaf", issue("a.example", extensions=usage(*bits)))
    assert [(p.key, p.severity) for p in found] == expected


def test_the_bits_of_a_leaf_depend_on_its_key(ask):
    assert ask("ku.rsa-leaf", issue("a.example")) == [NotApplicable("the key type is EC")]
    assert ask("ku.ec-leaf", issue("a.example", key="RSA-2048")) == [NotApplicable("the key type is RSA")]
    assert ask("ku.rsa-leaf", issue("a.example", key="RSA-2048", key_usage=[])) == NO_KU
    assert ask("ku.ec-leaf", issue("a.example", key_usage=[])) == NO_KU


@pytest.mark.parametrize(
    ("version", "bits", "expected"),
    [
        ("TLSv1.3", ["digital_signature"], []),
        ("TLSv1.3", [], []),
        ("TLSv1.3", ["key_encipherment"], [Problem("the leaf's keyUsage lacks digitalSignature")]),
        ("TLSv1.2", ["key_encipherment"], [NotApplicable("TLSv1.2 was negotiated")]),
    ],
)
def test_a_tls_1_3_server_must_be_able_to_sign(version, bits, expected):
    certificate = parse_certificate(issue("a.example", key="RSA-2048", key_usage=bits).der)
    handshake = Handshake(HandshakeFacts(version, "TLS_AES_128_GCM_SHA256"), certificate)
    assert list(tls13_signature(handshake)) == expected


def test_a_ca_signs_certificates_and_crls(ask):
    assert ask("ku.ca", issue("Root", ca=True), Role.ISSUER) == []
    assert ask("ku.ca", issue("Root", ca=True, key_usage=[]), Role.CA) == [Problem("no keyUsage", key="absent")]
    lax = issue("Root", ca=True, extensions=usage("digital_signature", critical=False))
    assert ask("ku.ca", lax, Role.ISSUER) == [
        Problem("keyUsage is not critical", key="critical"),
        Problem("keyUsage lacks keyCertSign", key="keyCertSign", cause="chain.issuer-keycertsign"),
        Problem("keyUsage lacks cRLSign", key="cRLSign"),
    ]


def test_a_ca_without_crls_can_be_a_warning(ask):
    certificate = issue("Root", ca=True, key_usage=["key_cert_sign"])
    assert ask("ku.ca", certificate, Role.ISSUER, crl_sign=False) == [
        Problem("keyUsage lacks cRLSign", key="cRLSign", severity=Severity.WARNING)
    ]


@pytest.mark.parametrize(
    ("usages", "server", "client"),
    [
        ([], None, None),
        (["digital_signature"], True, True),
        (["key_agreement"], True, True),
        (["key_encipherment"], True, False),
        (["crl_sign", "digital_signature"], True, True),
        (["crl_sign"], False, False),
        (["data_encipherment", "content_commitment"], False, False),
    ],
)
def test_a_key_usage_leaves_something_that_tls_needs(ask, usages, server, client):
    certificate = leaf(SERVER, CLIENT, key_usage=usages)
    for role, fits in ((Role.SERVER, server), (Role.CLIENT, client)):
        problem = Problem(f"keyUsage has no bit that a {role.value} uses in TLS", key=role.value)
        assert ask("ku.handshake", certificate, role) == (NO_KU if fits is None else [] if fits else [problem])
