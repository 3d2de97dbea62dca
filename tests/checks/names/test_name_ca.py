"""The names of CAs."""

import pytest
from cryptography import x509

from certgate.checks.framework.registry import Problem
from certgate.lab.pki import issue
from certgate.lab.scenarios.subject import named
from certgate.model.finding import Severity
from certgate.model.target import Role

CAUSE = "name.ca-subject-empty"


def authority(**attributes):
    return issue(named(**attributes), ca=True)


def test_a_ca_has_country_organization_and_common_name(ask):
    assert ask("name.ca-subject", authority(C="DE", O="Lab", CN="Lab CA"), Role.ISSUER) == []


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"O": "Lab", "CN": "x"}, "the subject of the CA has no C"), ({"C": "DE", "CN": "x"}, "the subject of the CA has no O"),
        ({"CN": "x"}, "the subject of the CA has no C and no O"),
    ],
)  # fmt: skip
def test_a_ca_that_lacks_one_is_found(ask, attributes, message):
    assert ask("name.ca-subject", authority(**attributes), Role.ISSUER) == [Problem(message, cause=CAUSE)]


def test_a_cross_certificate_may_lack_the_common_name_and_a_root_may_not(ask):
    unnamed = authority(C="DE", O="Lab")
    lacking = {"message": "the subject of the CA has no CN", "key": "CN", "cause": CAUSE}

    assert ask("name.ca-subject", unnamed, Role.ISSUER) == [Problem(**lacking, severity=Severity.WARNING)]
    assert ask("name.ca-subject", unnamed, Role.CA) == [Problem(**lacking)]
    assert ask("name.ca-subject", unnamed, Role.CA, common_name=False) == []


def test_a_ca_has_a_subject(ask):
    assert ask("name.ca-subject-empty", authority(CN="x"), Role.ISSUER) == []
    assert ask("name.ca-subject-empty", authority(), Role.ISSUER) == [Problem("the subject of the CA is empty")]


def test_a_certificate_names_its_issuer(ask):
    assert ask("name.issuer-empty", issue("a")) == []
    assert ask("name.issuer-empty", issue("a", issuer_name=x509.Name([]))) == [
        Problem("the issuer is empty", cause=CAUSE)
    ]
