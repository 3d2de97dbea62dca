"""The certificate policies that a certificate asserts."""

import pytest
from cryptography import x509

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role

DV, OV, IV, EV, ANY, OWN = (
    "2.23.140.1.2.1",
    "2.23.140.1.2.2",
    "2.23.140.1.2.3",
    "2.23.140.1.1",
    "2.5.29.32.0",
    "1.2.3.4",
)
NONE = [NotApplicable("no certificatePolicies")]


def leaf(*oids, **options):
    return issue("a.example", sans=["a.example"], policies=oids, **options)


def qualified(*qualifiers):
    value = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(DV), list(qualifiers))])
    return leaf(extensions={type(value): (value, False)})


@pytest.mark.parametrize("oid", [DV, OV, IV, EV])
def test_exactly_one_reserved_policy_passes(ask, oid):
    assert ask("policy.reserved-oid", leaf(OWN, oid)) == []


def test_no_or_two_reserved_policies_fail(ask):
    none = [Problem(f"no reserved policy OID, one of {DV}, {OV}, {IV}, {EV} required")]
    assert ask("policy.reserved-oid", leaf(OWN)) == none
    assert ask("policy.reserved-oid", leaf()) == none
    assert ask("policy.reserved-oid", leaf(DV, OV)) == [
        Problem(f"2 reserved policy OIDs, 1 allowed: domain validated ({DV}), organization validated ({OV})")
    ]


def test_every_expected_policy_is_asserted(ask):
    assert ask("policy.expected", leaf(OWN, DV), oids=(DV, OWN)) == []
    assert ask("policy.expected", leaf(DV), oids=(DV, OWN)) == [
        Problem(f"the policy {OWN} is missing; found domain validated ({DV})", key=OWN)
    ]
    assert ask("policy.expected", leaf(), oids=(DV,)) == [
        Problem(f"the policy domain validated ({DV}) is missing; found none", key=DV)
    ]
    assert ask("policy.expected", leaf(ANY), oids=(DV,))[0].key == DV
    assert ask("policy.expected", leaf(DV)) == [NotApplicable("the target lists no policy OID")]


def test_a_leaf_names_its_policies(ask):
    assert ask("policy.any-policy", leaf(DV)) == []
    assert ask("policy.any-policy", leaf()) == NONE
    assert ask("policy.any-policy", leaf(DV, ANY)) == [Problem("certificatePolicies has anyPolicy (2.5.29.32.0)")]


def test_qualifiers_are_at_most_addresses(ask):
    notice = x509.UserNotice(None, "read this")
    assert ask("policy.qualifiers", leaf(DV)) == []
    assert ask("policy.qualifiers", leaf()) == NONE
    assert ask("policy.qualifiers", qualified("https://ca.example/cps", "HTTP://ca.example")) == [
        Problem("2 policy qualifiers present", key="present", severity=Severity.INFO)
    ]
    assert ask("policy.qualifiers", qualified("https://ca.example/cps", "ftp://ca.example", notice)) == [
        Problem("a policy has the qualifier URL ftp://ca.example", key="address"),
        Problem("a policy has the qualifier user notice", key="notice"),
    ]


def test_the_reserved_policy_comes_first(ask):
    assert ask("policy.first", leaf(DV, OWN)) == []
    assert ask("policy.first", leaf(OWN, DV)) == [Problem(f"the first policy is {OWN}, a reserved policy required")]
    assert ask("policy.first", leaf(OWN)) == [NotApplicable("no reserved policy OID")]


@pytest.mark.parametrize(
    ("oids", "expected"),
    [
        ((ANY,), []),
        ((DV,), []),
        ((OWN, OV), []),
        ((ANY, DV), [Problem("anyPolicy is present together with other policies", key="anyPolicy")]),
        ((OWN,), [Problem("no reserved policy OID, 1 required", key="reserved")]),
        ((DV, OV), [Problem("2 reserved policy OIDs, 1 allowed", key="several", severity=Severity.WARNING)]),
        ((), [Problem("no certificatePolicies", key="absent")]),
    ],
)
def test_policies_of_an_intermediate(ask, oids, expected):
    assert ask("policy.subca", issue("Sub", ca=True, policies=oids), Role.ISSUER) == expected


def test_policies_are_not_critical(ask):
    value = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(DV), None)])
    assert ask("policy.critical", leaf(DV)) == []
    assert ask("policy.critical", leaf()) == NONE
    critical = leaf(extensions={type(value): (value, True)})
    assert ask("policy.critical", critical) == [Problem("certificatePolicies is critical")]
