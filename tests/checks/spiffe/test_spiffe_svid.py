"""What a leaf with a SPIFFE ID, and who signs it, may do."""

import pytest
from cryptography import x509

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role

DB = "spiffe://corp.example/db"
BOTH = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]


def svid(*uris, **options):
    return issue(sans=uris, **{"ekus": BOTH, **options})


def signer(*uris, **options):
    return issue("Signer", sans=uris, ca=True, **options)


@pytest.fixture
def ask_svid(ask):
    return lambda rule, certificate, **parameters: ask(rule, certificate, Role.SPIFFE, **parameters)


@pytest.fixture
def ask_signer(ask):
    return lambda rule, certificate: ask(rule, certificate, Role.ISSUER)


def test_an_empty_subject_needs_a_critical_name(ask_svid):
    san = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(DB)])
    assert ask_svid("spiffe.san-critical", svid(extensions={type(san): (san, False)})) == [
        Problem("the subject is empty, but the subjectAltName is not critical")
    ]
    assert ask_svid("spiffe.san-critical", issue("db", sans=[DB])) == [NotApplicable("the subject is not empty")]


def test_a_ca_may_not_authenticate(ask_svid):
    assert ask_svid("spiffe.leaf-not-ca", issue(sans=[DB], ca=True)) == [
        Problem("the leaf is a CA: basicConstraints says CA:TRUE", cause="spiffe.signer-as-leaf", denies=Premise.LEAF)
    ]
    assert ask_svid("spiffe.leaf-not-ca", issue(sans=[DB], extensions={x509.BasicConstraints: None})) == []


def test_a_signing_certificate_is_not_presented(ask_svid):
    assert ask_svid("spiffe.signer-as-leaf", svid(DB)) == []
    assert ask_svid("spiffe.signer-as-leaf", svid(DB, ca=True, key_usage=["crl_sign"])) == []
    assert ask_svid("spiffe.signer-as-leaf", svid(DB, key_usage=["key_cert_sign"])) == []
    assert ask_svid("spiffe.signer-as-leaf", svid(DB, ca=True)) == [
        Problem("the leaf is a signing certificate: CA:TRUE and keyCertSign")
    ]


def usage(*bits, critical=True):
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    value = x509.KeyUsage(**{name: name in bits for name in names})
    return {x509.KeyUsage: (value, critical)}


def test_a_leaf_signs_handshakes_and_nothing_else(ask_svid):
    assert ask_svid("spiffe.leaf-ku", svid(DB, key_usage=[])) == [Problem("no keyUsage", key="absent")]
    wrong = usage("crl_sign", "key_cert_sign", critical=False)
    assert ask_svid("spiffe.leaf-ku", svid(DB, extensions=wrong)) == [
        Problem("keyUsage is not critical", key="critical"),
        Problem("keyUsage lacks digitalSignature", key="digitalSignature"),
        Problem("keyUsage has cRLSign", key="cRLSign"),
        Problem("keyUsage has keyCertSign", key="keyCertSign"),
    ]


def test_further_bits_of_a_leaf_are_noted(ask_svid):
    certificate = svid(DB, extensions=usage("digital_signature", "key_encipherment", "content_commitment"))
    assert ask_svid("spiffe.leaf-ku-extra", certificate) == [
        Problem("keyUsage has nonRepudiation", key="nonRepudiation")
    ]


def test_purposes_of_a_leaf(ask_svid):
    assert ask_svid("spiffe.leaf-eku", svid(DB, ekus=BOTH[:1])) == [
        Problem("extendedKeyUsage lacks clientAuth", key="clientAuth")
    ]
    assert ask_svid("spiffe.leaf-eku", svid(DB, ekus=BOTH[1:])) == [
        Problem("extendedKeyUsage lacks serverAuth", key="serverAuth")
    ]
    assert ask_svid("spiffe.leaf-eku", svid(DB, ekus=[])) == [
        Problem("no extendedKeyUsage", key="absent", severity=Severity.WARNING)
    ]


@pytest.mark.parametrize("rule", ["spiffe.signer-ca", "spiffe.signer-id-no-path", "spiffe.signer-is-svid"])
def test_a_good_signer_passes(ask_signer, rule):
    assert ask_signer(rule, signer("spiffe://corp.example")) == []


def test_a_signer_must_be_a_ca(ask_signer):
    assert ask_signer("spiffe.signer-ca", issue("Signer", key_usage=[])) == [
        Problem("not a CA: basicConstraints does not say CA:TRUE", key="cA", cause="chain.issuer-ca"),
        Problem("no keyUsage", key="absent"),
    ]
    assert ask_signer("spiffe.signer-ca", signer(extensions=usage("crl_sign", critical=False))) == [
        Problem("keyUsage is not critical", key="critical"),
        Problem("keyUsage lacks keyCertSign", key="keyCertSign", cause="chain.issuer-keycertsign"),
    ]


@pytest.mark.parametrize("uri", ["spiffe://corp.example/ca", "spiffe://corp.example/", "SPIFFE://corp.example/ca"])
def test_the_id_of_a_signer_has_no_path(ask_signer, uri):
    assert ask_signer("spiffe.signer-id-no-path", signer(uri)) == [Problem(f"SPIFFE ID {uri} has a path", key=uri)]


def test_a_signer_without_an_id_is_let_be(ask_signer):
    for certificate in (signer(), signer("https://corp.example/ca")):
        assert ask_signer("spiffe.signer-id-no-path", certificate) == [NotApplicable("no SPIFFE ID")]


def test_a_signer_should_have_an_id(ask_signer):
    assert ask_signer("spiffe.signer-is-svid", signer()) == [
        Problem("0 URIs in the subjectAltName, 1 SPIFFE ID required")
    ]
    assert ask_signer("spiffe.signer-is-svid", signer("https://corp.example/ca")) == [
        Problem("https://corp.example/ca has the scheme https, not spiffe")
    ]
