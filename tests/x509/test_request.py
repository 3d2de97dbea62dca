"""A request is a certificate of which what the CA adds is not there."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certgate.lab.pki import make_key
from certgate.model.observation import IssuancePlan
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed, NotInRequest
from certgate.x509.request import CertificateRequest

KEY = make_key()


def csr(*extensions, key=KEY, name="a.example"):
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)] if name else [])
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


SAN = (x509.SubjectAlternativeName([x509.DNSName("a.example")]), False)
EKU = (x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1")]), False)


def test_subject_key_and_the_extensions_asked_for_are_read_as_of_a_certificate():
    request = CertificateRequest(csr(SAN, EKU))

    assert request.subject.text == "CN=a.example"
    assert request.dns_names == ("a.example",)
    assert request.ekus == {"1.3.6.1.5.5.7.3.1"}
    assert str(request.key) == "EC P-256"
    assert request.signature_algorithm == "1.2.840.10045.4.3.2"


@pytest.mark.parametrize(
    "fact", ["is_self_issued", "lifetime", "key_usage", "is_ca", "policies", "aki", "ski", "crl_urls", "ocsp_urls"]
)
def test_what_nobody_asked_for_is_not_in_a_request(fact):
    with pytest.raises(NotInRequest, match="a request has no "):
        getattr(CertificateRequest(csr(SAN)), fact)


@pytest.mark.parametrize("fact", ["version", "serial", "validity_der", "issuer", "not_before", "not_after", "native"])
def test_a_request_does_not_pretend_to_be_a_certificate(fact):
    request = CertificateRequest(csr(SAN))

    assert not isinstance(request, Certificate)
    assert not hasattr(request, fact)


def test_a_request_to_an_issuer_that_lets_certificates_sign_themselves_is_self_issued():
    assert CertificateRequest(csr(SAN), IssuancePlan(self_signed=True)).is_self_issued


def test_a_request_without_names_asks_for_none():
    assert CertificateRequest(csr()).san is None


def test_what_is_planned_has_a_lifetime_and_no_signature_yet():
    request = CertificateRequest(csr(SAN), IssuancePlan(duration=timedelta(days=90), is_drafted=True))

    assert request.lifetime == timedelta(days=90)
    with pytest.raises(NotInRequest, match="a request has no signature yet"):
        _ = request.signature_algorithm
    with pytest.raises(NotInRequest, match="a request has no signature yet"):
        _ = request.signature_algorithm_der


@pytest.mark.parametrize("der", [b"", b"\x30\x00", csr(SAN)[:-10], csr(SAN) + b"x"])
def test_what_is_no_request_is_malformed(der):
    with pytest.raises(Malformed):
        CertificateRequest(der)


def test_one_damaged_byte_never_raises_anything_but_malformed():
    good = csr(SAN, EKU)
    for position in range(len(good)):
        for flip in (0x01, 0x80):
            damaged = bytearray(good)
            damaged[position] ^= flip
            try:
                request = CertificateRequest(bytes(damaged))
                _ = request.subject.text, request.san, request.ekus, request.key
            except Malformed:
                continue
