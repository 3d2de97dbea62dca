"""Criticality, and what extensions say together."""

import pytest
from cryptography import x509

from certgate.checks.framework.registry import Problem
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role

KEY_ID = x509.SubjectKeyIdentifier(b"1234")
NAMES = x509.NameConstraints([x509.DNSName("a.example")], None)


@pytest.mark.parametrize(
    ("value", "critical", "problem"),
    [
        (KEY_ID, False, None),
        (KEY_ID, True, "subjectKeyIdentifier (2.5.29.14) is critical"),
        (NAMES, True, None),
        (NAMES, False, "nameConstraints (2.5.29.30) is not critical"),
        (x509.InhibitAnyPolicy(0), False, "inhibitAnyPolicy (2.5.29.54) is not critical"),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"), True, None),
    ],
)
def test_criticality_is_as_rfc_5280_fixes_it(ask, value, critical, problem):
    found = ask("ext.criticality", issue("a", ca=True, extensions={type(value): (value, critical)}), Role.ISSUER)
    assert [p.message for p in found] == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("oid", "problem"),
    [
        ("2.5.29.9", "is critical"),
        ("2.5.29.14", "is critical"),
        ("2.5.29.30", "is not critical"),
        ("2.5.29.35", "is critical"),
        ("2.5.29.36", "is not critical"),
        ("2.5.29.46", "is critical"),
        ("2.5.29.54", "is not critical"),
        ("1.3.6.1.5.5.7.1.1", "is critical"),
        ("1.3.6.1.5.5.7.1.11", "is critical"),
    ],
)
def test_each_extension_has_the_criticality_that_rfc_5280_requires(ask, oid, problem):
    without = {
        x509.SubjectKeyIdentifier: None,
        x509.AuthorityKeyIdentifier: None,
        x509.AuthorityInformationAccess: None,
    }
    for critical in (False, True):
        ca = issue("a", ca=True, extensions=without, raw_extensions=[(oid, critical, b"\x05\x00")])
        wrong = critical is (problem == "is critical")
        assert [problem in found.message for found in ask("ext.criticality", ca, Role.ISSUER)] == [True] * wrong


@pytest.mark.parametrize(
    ("value", "severity"), [(NAMES, Severity.WARNING), (x509.InhibitAnyPolicy(0), None)], ids=["names", "policies"]
)
def test_a_policy_can_tolerate_name_constraints_alone_that_are_not_critical(ask, value, severity):
    ca = issue("a", ca=True, extensions={type(value): (value, False)})
    [problem] = ask("ext.criticality", ca, Role.ISSUER, name_constraints=False)
    assert problem.severity is severity


def test_a_ca_that_says_so_everywhere_is_consistent(ask):
    assert ask("ext.ca-consistency", issue("a", ca=True, path_length=0), Role.ISSUER) == []
    assert ask("ext.ca-consistency", issue("a", ca=True, path_length=0, key_usage=[]), Role.ISSUER) == []
    assert ask("ext.ca-consistency", issue("a")) == []


def test_keycertsign_without_ca_is_a_contradiction(ask):
    problem = Problem("keyUsage has keyCertSign, but the certificate is not a CA", key="keyCertSign")
    assert ask("ext.ca-consistency", issue("a", key_usage=["key_cert_sign"])) == [problem]


def test_a_path_length_without_keycertsign_is_a_contradiction(ask):
    problem = Problem("path length without the right to sign certificates", key="path length")
    found = ask("ext.ca-consistency", issue("a", ca=True, path_length=0, key_usage=["crl_sign"]), Role.ISSUER)
    assert found == [problem]
