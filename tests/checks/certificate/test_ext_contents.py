"""The contents of extensions."""

from ipaddress import ip_network

import pytest
from cryptography import x509

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role

EMPTY = b"\x30\x00"
NO_CONSTRAINTS = NotApplicable("no nameConstraints")
LISTS = {
    "2.5.29.17": "name.san-present", "2.5.29.18": "", "2.5.29.37": "eku.server-auth", "2.5.29.32": "policy.reserved-oid",
    "2.5.29.33": "", "2.5.29.36": "", "2.5.29.31": "", "2.5.29.46": "", "1.3.6.1.5.5.7.1.1": "", "1.3.6.1.5.5.7.1.11": "",
    "2.5.29.9": "",
}  # fmt: skip


def holding(*extensions):
    return issue("a", ekus=(), policies=(), raw_extensions=extensions)


@pytest.mark.parametrize("oid", LISTS)
def test_a_list_has_an_entry(ask, oid):
    (problem,) = ask("ext.empty", holding((oid, False, EMPTY)))
    assert (problem.key, problem.cause) == (oid, LISTS[oid])
    assert problem.message.endswith("is an empty list")


@pytest.mark.parametrize("oid", ["2.5.29.35", "1.2.3"])
def test_other_extensions_may_be_empty(ask, oid):
    assert ask("ext.empty", holding((oid, False, EMPTY))) == []


@pytest.mark.parametrize("oid", ["2.5.29.31", "1.3.6.1.4.1.11129.2.4.2"])
def test_pointers_and_scts_are_not_critical(ask, oid):
    (problem,) = ask("ext.not-critical", holding((oid, True, EMPTY)))
    assert (problem.key, problem.severity) == (oid, None)
    assert ask("ext.not-critical", holding((oid, False, EMPTY))) == []


def test_critical_names_of_the_issuer_are_a_warning(ask):
    assert ask("ext.not-critical", holding(("2.5.29.18", True, EMPTY))) == [
        Problem("issuerAltName (2.5.29.18) is critical", key="2.5.29.18", severity=Severity.WARNING)
    ]
    assert ask("ext.not-critical", holding(("1.2.3", True, EMPTY))) == []


def constrained(permitted, excluded=None):
    value = x509.NameConstraints(permitted, excluded)
    return issue("a", ca=True, extensions={x509.NameConstraints: (value, True)})


REGISTERED = x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))
ADDRESS = x509.RFC822Name("a.example")


@pytest.mark.parametrize("lists", [([REGISTERED], None), (None, [ADDRESS, REGISTERED])])
def test_some_types_of_names_cannot_be_constrained(ask, lists):
    assert ask("ext.name-constraints-types", constrained(*lists), Role.ISSUER) == [
        Problem("nameConstraints has names of the type registered ID")
    ]


def test_the_others_can(ask):
    assert ask("ext.name-constraints-types", constrained([ADDRESS, x509.DNSName("a.example")]), Role.ISSUER) == []
    for rule in ("ext.name-constraints-types", "ext.name-constraints-reserved"):
        assert ask(rule, issue("a", ca=True), Role.ISSUER) == [NO_CONSTRAINTS]


@pytest.mark.parametrize(
    ("network", "special"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"), ("10.1.2.0/24", "10.0.0.0/8"), ("192.0.0.0/8", "192.0.0.0/24"), ("fd00::/8", "fc00::/7"),
    ],
)  # fmt: skip
def test_nobody_owns_special_ranges(ask, network, special):
    authority = constrained([x509.IPAddress(ip_network(network))])
    assert ask("ext.name-constraints-reserved", authority, Role.ISSUER) == [
        Problem(f"the permitted range {network} overlaps the special-purpose range {special}", key=network)
    ]


@pytest.mark.parametrize("network", ["8.8.8.0/24", "2a00::/16", "0.0.0.0/0", "::/0"])
def test_public_ranges_and_all_addresses_may_be_permitted(ask, network):
    name = x509.IPAddress(ip_network(network))
    assert ask("ext.name-constraints-reserved", constrained([name]), Role.ISSUER) == []
    assert ask("ext.name-constraints-reserved", constrained(None, [name]), Role.ISSUER) == []


def test_special_ranges_may_be_excluded(ask):
    excluded = constrained(None, [x509.IPAddress(ip_network("10.0.0.0/8"))])
    assert ask("ext.name-constraints-reserved", excluded, Role.ISSUER) == []
