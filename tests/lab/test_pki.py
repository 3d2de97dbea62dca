"""`issue` gives what was asked for, and faults are really in the bytes."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from certgate.lab.pki import CLOCK, issue, key_id, make_key, pem
from certgate.x509.certificate import parse_certificate
from certgate.x509.general_names import GeneralName


@pytest.fixture(scope="module")
def issuer():
    return issue("Issuer", ca=True)


def test_the_usual_leaf_is_a_good_public_one(issuer):
    leaf = issue("a.example", issuer=issuer, sans=["a.example"])

    certificate = leaf.native
    certificate.verify_directly_issued_by(issuer.native)
    assert certificate.version is x509.Version.v3
    assert certificate.not_valid_before_utc == CLOCK - timedelta(days=30)
    assert certificate.not_valid_after_utc == CLOCK + timedelta(days=60) - timedelta(seconds=1)
    assert parse_certificate(leaf.der).lifetime == timedelta(days=90)
    assert 2**64 < certificate.serial_number < 2**159
    assert [(type(e.value).__name__, e.critical) for e in certificate.extensions] == [
        ("BasicConstraints", True),
        ("KeyUsage", True),
        ("ExtendedKeyUsage", False),
        ("AuthorityKeyIdentifier", False),
        ("SubjectAlternativeName", False),
        ("CertificatePolicies", False),
        ("CRLDistributionPoints", False),
    ]
    facts = parse_certificate(leaf.der)
    assert facts.key_usage == {"digitalSignature"}
    assert facts.ekus == {ExtendedKeyUsageOID.SERVER_AUTH.dotted_string}
    assert facts.policies == ("2.23.140.1.2.1",)
    assert facts.aki.key_identifier == parse_certificate(issuer.der).ski == key_id(issuer.key)


def test_the_usual_ca_may_sign_and_is_its_own_issuer(issuer):
    facts = parse_certificate(issuer.der)

    issuer.native.verify_directly_issued_by(issuer.native)
    assert facts.is_ca
    assert facts.key_usage == {"keyCertSign", "cRLSign"}
    assert (facts.ekus, facts.policies, facts.crl_urls) == (None, None, ())


@pytest.mark.parametrize("kind", ["P-224", "P-256", "P-384", "P-521", "Ed25519", "Ed448", "RSA-2048"])
def test_every_kind_of_key_issues_and_is_issued(kind):
    root = issue("Root", ca=True, key=kind)

    leaf = issue("a.example", issuer=root, key=kind)

    leaf.native.verify_directly_issued_by(root.native)
    loaded = load_pem_private_key(leaf.key_pem, None)
    assert loaded.public_key() == leaf.key.public_key() == leaf.native.public_key()


def test_rsa_keys_are_made_once_and_others_each_time():
    assert make_key("RSA-1024") is make_key("RSA-1024")
    assert make_key("RSA-1024-3").public_key().public_numbers().e == 3
    assert make_key() != make_key()


def test_names_become_what_they_look_like():
    uri, address, dns = "spiffe://corp.example/db", "192.0.2.1", "a.example"

    leaf = issue(sans=[uri, address, dns])

    assert parse_certificate(leaf.der).san == (
        GeneralName("URI", uri),
        GeneralName("IP", ip_address(address)),
        GeneralName("DNS", dns),
    )
    assert parse_certificate(leaf.der).san_critical


def test_arguments_replace_and_drop_extensions(issuer):
    changes = {
        x509.BasicConstraints: (x509.BasicConstraints(True, None), False),
        x509.AuthorityKeyIdentifier: None,
    }

    leaf = issue("a.example", issuer=issuer, extensions=changes, ekus=[], policies=[], key_usage=[])

    assert [(e.oid, e.critical) for e in parse_certificate(leaf.der).extensions] == [
        (ExtensionOID.CRL_DISTRIBUTION_POINTS.dotted_string, False),
        (ExtensionOID.BASIC_CONSTRAINTS.dotted_string, False),
    ]


def test_an_extension_can_stand_twice():
    oid = "1.3.6.1.4.1.99999.1"

    facts = parse_certificate(issue("a.example", raw_extensions=[(oid, True, b"\x05\x00")] * 2).der)

    assert [(e.oid, e.critical, e.value) for e in facts.extensions[-2:]] == [(oid, True, b"\x05\x00")] * 2


@pytest.mark.parametrize(("kind", "hash_name"), [("RSA-2048", "md5"), ("RSA-2048", "sha1"), ("P-256", "sha1")])
def test_broken_hashes_are_really_used(kind, hash_name):
    facts = parse_certificate(issue("a.example", key=kind, hash_name=hash_name).der)

    assert facts.signature_hash == hash_name


def test_a_version_1_certificate_has_no_extensions():
    facts = parse_certificate(issue("a.example", version=1).der)

    assert (facts.version, facts.extensions) == (1, ())


@pytest.mark.parametrize("serial", [-1, 0, 2**160])
def test_serials_are_as_asked(serial):
    assert parse_certificate(issue("a.example", serial=serial).der).serial == serial


def test_links_can_be_broken(issuer):
    other = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Other")])

    misnamed = issue("a.example", issuer=issuer, issuer_name=other)
    forged = issue("a.example", issuer=issuer, signing_key=make_key())

    assert misnamed.native.issuer == other
    assert forged.native.issuer == issuer.native.subject
    with pytest.raises(ValueError, match="does not match certificate issuer"):
        misnamed.native.verify_directly_issued_by(issuer.native)
    assert parse_certificate(forged.der).aki.key_identifier == key_id(issuer.key)
    with pytest.raises(InvalidSignature):
        forged.native.verify_directly_issued_by(issuer.native)


def test_dates_after_2049_are_readable():
    end = datetime(2050, 1, 1, tzinfo=UTC)

    assert issue("Root", ca=True, not_after=end).native.not_valid_after_utc == end


def test_an_unknown_key_usage_is_refused():
    with pytest.raises(ValueError, match="no such key usage: sign"):
        issue("a.example", key_usage=["sign"])


def test_pem_holds_the_certificates_in_this_order(issuer):
    leaf = issue("a.example", issuer=issuer)

    assert x509.load_pem_x509_certificates(pem(leaf, issuer.der)) == [leaf.native, issuer.native]
