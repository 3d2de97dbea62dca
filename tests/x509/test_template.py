"""What certificates have in common is read once for all of them, and is that of each."""

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from certgate.lab.pki import issue, make_key
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.extension import read_key_identifier, read_key_usage
from certgate.x509.form import extension_flaws

CA = issue("CA", ca=True)
SKI = "2.5.29.14"
SCTS = "1.3.6.1.4.1.11129.2.4.2"
FACTS = (
    "basic_constraints",
    "is_ca",
    "key_usage",
    "ekus",
    "aki",
    "policy_information",
    "policies",
    "access_descriptions",
    "ocsp_urls",
    "ca_issuer_urls",
    "crl_urls",
    "must_staple",
)


def read(**changes):
    usual = {"subject": "a.example", "sans": ["a.example"], "issuer": CA}
    return parse_certificate(issue(**(usual | changes)).der)


def identified(octet: bytes):
    return {
        "extensions": {x509.SubjectKeyIdentifier: (x509.SubjectKeyIdentifier(octet * 20), False)},
        "raw_extensions": [(SCTS, False, b"\x04\x01" + octet)],
    }


def test_certificates_that_differ_in_what_is_their_own_have_one_template():
    one, other = read(**identified(b"\1")), read(subject="b.example", sans=["b.example"], days=9, **identified(b"\2"))

    assert one.template is other.template


@pytest.mark.parametrize(
    "changes",
    [
        {"sans": []},
        {"ekus": []},
        {"policies": ["1.2.3"]},
        {"key_usage": ["key_agreement"]},
        {"key": make_key("P-384")},
        {"raw_extensions": [(SKI, False, b"\4\1\1")]},
        {"raw_extensions": [(SCTS, True, b"\4\1\1")]},
        {"raw_extensions": [("1.2.3", False, b"")]},
        {"extensions": {x509.BasicConstraints: (x509.BasicConstraints(False, None), False)}},
    ],
)
def test_any_other_difference_makes_another_template(changes):
    assert read(**changes).template is not read().template


@pytest.mark.parametrize(
    "certificate",
    [
        read(),
        read(ca=True, path_length=1),
        read(raw_extensions=[("2.5.29.15", True, b"\3\1\0")], key_usage=[]),
        parse_certificate(CA.der),
    ],
)
def test_the_template_has_the_facts_of_the_certificate(certificate):
    template = certificate.template

    assert all(getattr(template, fact) == getattr(certificate, fact) for fact in FACTS)
    assert template.key == certificate.key.kind
    assert str(template.key) == str(certificate.key)
    assert [(e.oid, e.critical, e.problem) for e in template.extensions] == [
        (e.oid, e.critical, e.problem) for e in certificate.extensions
    ]


def test_what_cannot_be_read_of_one_cannot_be_read_of_any():
    for name in ("a.example", "b.example"):
        certificate = read(sans=[name], key_usage=[], raw_extensions=[("2.5.29.15", True, b"\5\0")])
        for _ in range(2):
            with pytest.raises(Malformed, match=r"the extension keyUsage .* cannot be read"):
                _ = certificate.key_usage
        assert [flaw.part for flaw in extension_flaws(certificate)] == ["2.5.29.15"]


@pytest.mark.parametrize("oid", [SKI, SCTS, ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string])
def test_the_template_withholds_what_is_of_one_certificate_alone(oid):
    certificate = read(**identified(b"\1"))
    entry = certificate.template.extension(oid)

    assert entry is not None
    assert not entry.critical
    with pytest.raises(TypeError, match="is withheld"):
        _ = entry.value
    with pytest.raises(TypeError, match="is withheld"):
        certificate.template.value(oid, read_key_identifier)
    assert certificate.extension(oid).value
    assert not hasattr(certificate.template, "san")
    assert not hasattr(certificate.template.key, "sha256")


def test_values_by_readers_that_are_made_anew_are_not_kept_for_ever():
    template = read().template

    assert all(template.value("2.5.29.15", lambda value, n=n: (n, read_key_usage(value)))[0] == n for n in range(200))
    assert len(template._values) < 100
