"""basicConstraints of leaves and CAs."""

import pytest
from cryptography import x509

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.model.target import Role
from certgate.x509.errors import Malformed

BC = "2.5.29.19"


def constrained(der, critical=True):
    return issue("a.example", extensions={x509.BasicConstraints: None}, raw_extensions=[(BC, critical, der)])


def test_a_leaf_is_no_ca(ask):
    assert ask("bc.leaf", issue("a.example")) == []
    assert ask("bc.leaf", issue("a.example", ca=True)) == [
        Problem("basicConstraints says CA:TRUE", key="cA", cause="chain.leaf-first", denies=Premise.LEAF)
    ]
    assert ask("bc.leaf", issue("a.example", extensions={x509.BasicConstraints: None})) == [
        NotApplicable("no basicConstraints")
    ]


@pytest.mark.parametrize(
    "der", [b"\x30\x03\x01\x01\x00", b"\x30\x03\x02\x01\x00", b"\x30\x80", b"", b"\x30\x03\x01\x01\x01"]
)
def test_a_leaf_encodes_its_constraints_as_an_empty_sequence(ask, der):
    assert ask("bc.leaf", constrained(der)) == [
        Problem(
            "basicConstraints is not encoded as 3000 (an empty sequence)",
            key="encoding",
        )
    ]


def test_constraints_of_a_leaf_may_be_non_critical_where_the_policy_says_so(ask):
    lax = constrained(b"\x30\x00", critical=False)
    assert ask("bc.leaf", lax) == [Problem("basicConstraints is not critical", key="critical")]
    assert ask("bc.leaf", lax, critical=False) == []


def test_a_ca_says_so_critically(ask):
    assert ask("bc.ca", issue("Root", ca=True), Role.ISSUER) == []
    assert ask("bc.ca", issue("Root"), Role.CA) == [Problem("basicConstraints says CA:FALSE", key="cA")]
    assert ask("bc.ca", constrained(b"\x30\x03\x01\x01\xff", critical=False), Role.ISSUER) == [
        Problem("basicConstraints is not critical", key="critical")
    ]
    none = issue("Root", ca=True, extensions={x509.BasicConstraints: None})
    assert ask("bc.ca", none, Role.ISSUER) == [Problem("no basicConstraints", key="absent", cause="chain.issuer-ca")]
    with pytest.raises(Malformed):
        ask("bc.ca", constrained(b"\x30\x80"), Role.ISSUER)


def test_a_root_has_no_path_length_and_an_intermediate_may(ask):
    root = issue("a", ca=True)
    below = issue("b", ca=True, issuer=root, path_length=0)

    assert ask("bc.root-path-length", root, Role.CA) == []
    assert ask("bc.root-path-length", issue("a", ca=True, path_length=0), Role.CA) == [
        Problem("the root has the path length 0")
    ]
    assert ask("bc.root-path-length", below, Role.CA) == [NotApplicable("the certificate is not a root")]
