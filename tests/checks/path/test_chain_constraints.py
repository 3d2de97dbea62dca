"""What is said about what CAs allow below them."""

from cryptography import x509

from certgate.checks.framework.registry import NotChecked, Problem
from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.path.chain_constraints import name_constraints, policy_valid
from certgate.lab.pki import Credential, issue
from certgate.x509.certificate import parse_certificate

NAMES = x509.NameConstraints([x509.DNSName("corp.example")], None)
ROOT = issue("Root", ca=True, extensions={x509.NameConstraints: (NAMES, False)})
CA = issue("CA", issuer=ROOT, ca=True, policies=["1.2.3.1"])


def path(*chain: Credential) -> CertificatePath:
    return CertificatePath(tuple(parse_certificate(c.der) for c in chain), parse_certificate(ROOT.der))


def test_the_anchors_constraints_count_on_request():
    refused = path(issue("", issuer=CA, sans=["b.example"]), CA)
    allowed = path(issue("", issuer=CA, sans=["corp.example"]), CA)
    message = "DNS b.example in leaf violates the name constraints of the root Root: it is outside the permitted names: DNS corp.example"
    assert list(name_constraints(refused, apply_to_root=True)) == [Problem(message, key="leaf DNS b.example")]
    assert list(name_constraints(allowed, apply_to_root=True)) == []


def test_more_policies_than_the_limit_are_not_checked():
    ca = issue("CA", issuer=ROOT, ca=True, policies=[f"1.2.3.{n}" for n in range(10_001)])
    assert list(policy_valid(path(issue("leaf", issuer=ca), ca))) == [
        NotChecked("policies and mappings exceed the limit max-policy-nodes (10000)")
    ]
