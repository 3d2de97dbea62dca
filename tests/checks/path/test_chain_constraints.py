"""What is said about what CAs allow below them."""

from cryptography import x509

from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.path.chain_constraints import name_constraints, policy_valid
from certgate.lab.pki import Credential, issue
from certgate.x509.certificate import parse_certificate

NAMES = x509.NameConstraints([x509.DNSName("corp.example")], None)
ROOT = issue("Root", ca=True, extensions={x509.NameConstraints: (NAMES, False)})
CA = issue("CA", issuer=ROOT, ca=True, policies=["1.2.3.1"])
STRICT = issue("CA", issuer=ROOT, ca=True, extensions={x509.NameConstraints: (NAMES, True)})


def path(*chain: Credential) -> CertificatePath:
    return CertificatePath(tuple(parse_certificate(c.der) for c in chain), parse_certificate(ROOT.der))


def test_a_path_without_constraints_is_not_judged():
    answer = [NotApplicable("no CA on the path has name constraints")]
    assert list(name_constraints(path(issue("", issuer=CA, sans=["a.example"]), CA))) == answer


def test_a_refused_name_is_named_with_the_ca_that_refuses_it():
    leaf = issue("", issuer=STRICT, sans=["a.corp.example", "b.example"])
    assert list(name_constraints(path(leaf, STRICT))) == [
        Problem(
            "DNS b.example in leaf violates the name constraints of issuer 1 (CA): it is outside the permitted names: DNS corp.example",
            key="leaf DNS b.example",
        )
    ]


def test_the_anchors_constraints_count_on_request():
    refused = path(issue("", issuer=CA, sans=["b.example"]), CA)
    allowed = path(issue("", issuer=CA, sans=["corp.example"]), CA)
    message = "DNS b.example in leaf violates the name constraints of the root Root: it is outside the permitted names: DNS corp.example"
    assert list(name_constraints(refused, apply_to_root=True)) == [Problem(message, key="leaf DNS b.example")]
    assert list(name_constraints(allowed, apply_to_root=True)) == []


def test_constraints_that_cannot_be_read_are_a_problem():
    odd = issue("CA", issuer=ROOT, ca=True, raw_extensions=[("2.5.29.30", True, b"\x30\x00")])
    assert list(name_constraints(path(issue("", issuer=odd), odd))) == [
        Problem(
            "the name constraints of issuer 1 (CA) cannot be applied to leaf: the name constraints are empty",
            key="issuer 1",
        )
    ]


def test_more_comparisons_than_the_limit_are_not_checked():
    many = x509.NameConstraints([x509.DNSName("corp.example")] * 500, None)
    ca = issue("CA", issuer=ROOT, ca=True, extensions={x509.NameConstraints: (many, True)})
    leaf = issue("", issuer=ca, sans=["corp.example"] * 201)
    assert list(name_constraints(path(leaf, ca))) == [
        NotChecked("names times constraints exceed the limit max-name-comparisons (100000)")
    ]


def test_a_policy_is_demanded_on_request_and_may_be_chosen():
    chain = path(issue("leaf", issuer=CA, policies=["1.2.3.2"]), CA)
    assert list(policy_valid(chain)) == []
    assert list(policy_valid(chain, require_explicit=True)) == [
        Problem("no valid policy at leaf, where an explicit policy is required")
    ]
    good = path(issue("leaf", issuer=CA, policies=["1.2.3.1"]), CA)
    assert list(policy_valid(good, require_explicit=True, initial_policies=("1.2.3.1",))) == []
    assert list(policy_valid(good, require_explicit=True, initial_policies=("1.2.3.2",))) == [
        Problem("no accepted policy holds for the path")
    ]


def test_more_policies_than_the_limit_are_not_checked():
    ca = issue("CA", issuer=ROOT, ca=True, policies=[f"1.2.3.{n}" for n in range(10_001)])
    assert list(policy_valid(path(issue("leaf", issuer=ca), ca))) == [
        NotChecked("policies and mappings exceed the limit max-policy-nodes (10000)")
    ]
