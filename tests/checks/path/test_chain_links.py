"""What is said about signatures, names and key identifiers."""

from certgate.checks.framework.registry import NotChecked
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.path.chain_links import self_signed_leaf
from certgate.lab.pki import Credential, issue
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate


def as_server(credential: Credential) -> CertificateInRole:
    return CertificateInRole(parse_certificate(credential.der), "leaf", frozenset({Role.SERVER}))


def test_a_self_issued_leaf_with_an_unusable_key_is_not_checked():
    from certgate.x509.key import Key

    leaf = as_server(issue("leaf", days=33))
    leaf.certificate.key = Key(algorithm="EC", sha256="", problem="no such curve")

    assert list(self_signed_leaf(leaf)) == [NotChecked("the key cannot be used: no such curve")]
