"""How CA certificates map and limit policies."""

import pytest
from cryptography import x509
from cryptography.hazmat import asn1

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.model.target import Role
from certgate.x509.der import encoded

ANY = "2.5.29.32.0"
NO_MAPPINGS = NotApplicable("no policyMappings")


def oid(dotted):
    return asn1.encode_der(x509.ObjectIdentifier(dotted))


def sequence(*parts):
    return encoded(b"\x30", b"".join(parts))


def mapping(*pairs, policies=(), critical=True):
    value = sequence(*(sequence(oid(a), oid(b)) for a, b in pairs))
    return issue("a", ca=True, policies=policies, raw_extensions=[("2.5.29.33", critical, value)])


@pytest.mark.parametrize("pair", [(ANY, "1.2.3"), ("1.2.3", ANY)])
def test_every_policy_is_not_one_policy(ask, pair):
    assert ask("policy.mapping-any", mapping(("1.2.4", "1.2.5"), pair), Role.CA) == [
        Problem("policyMappings has anyPolicy (2.5.29.32.0)")
    ]
    assert ask("policy.mapping-any", mapping(("1.2.4", "1.2.5")), Role.CA) == []


@pytest.mark.parametrize("policies", [("1.2.3",), (ANY,), ("1.2.9", "1.2.3")])
def test_what_is_mapped_is_asserted(ask, policies):
    assert ask("policy.mapping-asserted", mapping(("1.2.3", "1.2.4"), policies=policies), Role.ISSUER) == []


def test_a_mapping_of_another_policy_is_found(ask):
    assert ask("policy.mapping-asserted", mapping(("1.2.3", "1.2.4"), policies=("1.2.4",)), Role.ISSUER) == [
        Problem("mapped but not asserted: 1.2.3")
    ]


def test_mappings_are_critical(ask):
    assert ask("policy.mapping-critical", mapping(("1.2.3", "1.2.4")), Role.ISSUER) == []
    assert ask("policy.mapping-critical", mapping(("1.2.3", "1.2.4"), critical=False), Role.ISSUER) == [
        Problem("policyMappings is not critical")
    ]


@pytest.mark.parametrize("rule", ["any", "asserted", "critical"])
def test_most_cas_map_nothing(ask, rule):
    assert ask(f"policy.mapping-{rule}", issue("a", ca=True), Role.ISSUER) == [NO_MAPPINGS]


@pytest.mark.parametrize("id", ["2.5.29.33", "2.5.29.36", "2.5.29.54"])
def test_a_leaf_limits_nothing(ask, id):
    (problem,) = ask("policy.limits-leaf", issue("a", raw_extensions=[(id, True, b"\x30\x00")]))
    assert problem.key == id
    assert ask("policy.limits-leaf", issue("a")) == []


@pytest.mark.parametrize(
    ("policy", "qualifier", "answers"),
    [
        (ANY, "1.2.3.4", [Problem("anyPolicy has the qualifier 1.2.3.4", cause="policy.qualifiers")]),
        (ANY, "1.3.6.1.5.5.7.2.2", []),
        ("1.2.3", "1.2.3.4", [NotApplicable("anyPolicy is not asserted")]),
    ],
)
def test_every_policy_has_known_qualifiers(ask, policy, qualifier, answers):
    value = sequence(sequence(oid(policy), sequence(sequence(oid(qualifier), sequence()))))
    assert (
        ask("policy.any-qualifiers", issue("a", policies=(), raw_extensions=[("2.5.29.32", False, value)])) == answers
    )


def test_a_root_has_no_policies(ask):
    root, below = issue("a", ca=True), issue("b", issuer=issue("a", ca=True), ca=True, policies=(ANY,))
    assert ask("policy.root", root, Role.CA) == []
    assert ask("policy.root", issue("a", ca=True, policies=(ANY,)), Role.CA) == [
        Problem("certificatePolicies is present")
    ]
    assert ask("policy.root", below, Role.CA) == [NotApplicable("the certificate is not a root")]
