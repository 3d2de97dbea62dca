"""What is said about signatures, names and key identifiers."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import NotChecked, Problem
from certgate.checks.framework.subjects import CertificateInRole, CertificatePath
from certgate.checks.path.chain_links import aki_ski, name_chaining, self_signed_leaf, signature
from certgate.lab.pki import Credential, issue, make_key
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True)
CA = issue("CA", issuer=ROOT, ca=True)
LEAF = issue("leaf", issuer=CA)


def path(*chain: Credential, anchor: Credential | None = ROOT) -> CertificatePath:
    return CertificatePath(tuple(parse_certificate(c.der) for c in chain), anchor and parse_certificate(anchor.der))


def as_server(credential: Credential) -> CertificateInRole:
    return CertificateInRole(parse_certificate(credential.der), "leaf", frozenset({Role.SERVER}))


@pytest.mark.parametrize("check", [signature, name_chaining, aki_ski])
def test_a_good_path_passes(check):
    assert list(check(path(LEAF, CA))) == []


@pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521", "RSA-2048", "Ed25519", "Ed448"])
def test_signatures_of_every_usual_key_verify(kind):
    root = issue("Root", ca=True, key=kind)
    assert list(signature(path(issue("leaf", issuer=root), anchor=root))) == []


@pytest.mark.parametrize("hash_name", ["md5", "sha1"])
def test_a_weak_hash_is_not_a_false_signature(hash_name):
    root = issue("Root", ca=True, key="RSA-2048")
    assert list(signature(path(issue("leaf", issuer=root, hash_name=hash_name), anchor=root))) == []


def test_each_false_signature_is_named():
    forged_ca = issue("CA", issuer=ROOT, ca=True, key=CA.key, signing_key=make_key())
    forged_leaf = issue("leaf", issuer=CA, signing_key=make_key())

    assert list(signature(path(forged_leaf, forged_ca))) == [
        Problem("leaf: the signature does not verify with the signer's key", key="leaf"),
        Problem("issuer 1: the signature does not verify with the signer's key", key="issuer 1"),
    ]


def test_the_anchors_own_signature_does_not_count():
    anchor = issue("Root", ca=True, key=ROOT.key, signing_key=make_key())
    assert list(signature(path(LEAF, CA, anchor=anchor))) == []


def test_a_name_in_another_encoding_is_a_failure_or_a_warning():
    def upper(common_name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])

    leaf = issue("leaf", issuer=CA, issuer_name=upper("ca"))
    message = "the issuer name in leaf differs in encoding from its issuer's subject, CN=CA"

    assert list(name_chaining(path(leaf, CA))) == [Problem(message, key="leaf")]
    assert list(name_chaining(path(leaf, CA), byte_equal=False)) == [
        Problem(message, key="leaf", severity=Severity.WARNING)
    ]


def test_a_key_identifier_of_another_key_is_named():
    other = x509.AuthorityKeyIdentifier(b"another", None, None)
    leaf = issue("leaf", issuer=CA, extensions={x509.AuthorityKeyIdentifier: (other, False)})

    assert list(aki_ski(path(leaf, CA))) == [
        Problem("authorityKeyIdentifier of leaf differs from its issuer's subjectKeyIdentifier", key="leaf")
    ]


def identified(name: str, serial: int | None) -> x509.AuthorityKeyIdentifier:
    names = [x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))] if name else None
    return x509.AuthorityKeyIdentifier(parse_certificate(CA.der).ski, names, serial)


@pytest.mark.parametrize(
    ("name", "beside", "found"),
    [
        ("Root", 0, False),
        ("Root", 1, True),
        ("CA", 0, True),  # the name asked for is that of the issuer's issuer
    ],
)
def test_an_issuer_identified_by_name_and_serial_number_is_that_certificate(name, beside, found):
    serial = parse_certificate(CA.der).serial + beside
    leaf = issue("leaf", issuer=CA, extensions={x509.AuthorityKeyIdentifier: (identified(name, serial), False)})
    text = "authorityKeyIdentifier of leaf names another certificate by issuer and serial number"

    assert list(aki_ski(path(leaf, CA))) == ([Problem(text, key="leaf issuer")] if found else [])


@pytest.mark.parametrize("absent", [x509.AuthorityKeyIdentifier, x509.SubjectKeyIdentifier])
def test_absent_key_identifiers_are_not_compared(absent):
    ca = issue("CA", issuer=ROOT, ca=True, key=CA.key, extensions={absent: None})
    assert list(aki_ski(path(issue("leaf", issuer=ca, extensions={absent: None}), ca))) == []


def test_a_leaf_signed_with_its_own_key_is_self_signed():
    assert list(self_signed_leaf(as_server(issue("leaf")))) == [
        Problem("the leaf is self-signed", denies=Premise.ISSUED)
    ]


def test_a_leaf_of_its_issuers_name_but_another_key_is_not_self_signed():
    assert list(self_signed_leaf(as_server(issue("CA", issuer=CA)))) == []
    assert list(self_signed_leaf(as_server(LEAF))) == []


def test_a_self_issued_leaf_with_an_unusable_key_is_not_checked():
    from certgate.x509.key import Key

    leaf = as_server(issue("leaf", days=33))
    leaf.certificate.key = Key(algorithm="EC", sha256="", problem="no such curve")

    assert list(self_signed_leaf(leaf)) == [NotChecked("the key cannot be used: no such curve")]
