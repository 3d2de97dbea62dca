"""Which extensions a certificate has."""

import pytest
from cryptography import x509

from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role

BC = "2.5.29.19"
SCT_LIST = "1.3.6.1.4.1.11129.2.4.2"


def test_required_extensions_must_be_there(ask):
    with_scts = issue("a.example", raw_extensions=[(SCT_LIST, False, b"\x04\x00")])
    assert ask("ext.required", with_scts, oids=(SCT_LIST, BC)) == []
    assert ask("ext.required", issue("a.example"), oids=(SCT_LIST, BC, SCT_LIST)) == [
        Problem(f"no extension signedCertificateTimestampList ({SCT_LIST})", key=SCT_LIST)
    ]


def test_forbidden_extensions_must_not_be_there(ask):
    assert ask("ext.forbidden", issue("a.example"), oids=(SCT_LIST,)) == []
    assert ask("ext.forbidden", issue("a.example"), oids=(SCT_LIST, BC)) == [
        Problem(f"the extension basicConstraints ({BC}) is not allowed", key=BC)
    ]


@pytest.mark.parametrize("rule", ["ext.required", "ext.forbidden"])
def test_lists_of_extensions_are_for_leaves_or_issuers(ask, rule):
    assert ask(rule, issue("a.example")) == [NotApplicable("the policy lists no extension")]
    assert ask(rule, issue("Sub", ca=True), Role.ISSUER, oids=(BC,)) == [NotApplicable("the policy checks only leaves")]
    assert ask(rule, issue("a.example"), oids=(BC,), of="issuers") == [NotApplicable("the policy checks only issuers")]
    assert len(ask(rule, issue("Sub", ca=True), Role.ISSUER, oids=(BC, SCT_LIST), of="issuers")) == 1


@pytest.mark.parametrize("rule", ["ext.required", "ext.forbidden"])
def test_a_list_that_cannot_be_understood_is_no_pass(ask, rule):
    assert ask(rule, issue("a.example"), oids=("basicConstraints", BC, "1.02")) == [
        NotChecked("the parameter oids holds no dotted OID: basicConstraints, 1.02")
    ]
    assert ask(rule, issue("a.example"), oids=(BC,), of="all") == [
        NotChecked("the parameter of is 'all', leaf or issuers expected")
    ]


def test_an_extension_written_twice_fails(ask):
    assert ask("ext.duplicate", issue("a.example")) == []
    twice = issue("a.example", raw_extensions=[(SCT_LIST, False, b"\x04\x00"), (SCT_LIST, True, b"")])
    assert ask("ext.duplicate", twice) == [
        Problem(f"the extension signedCertificateTimestampList ({SCT_LIST}) is present 2 times", key=SCT_LIST)
    ]


def test_a_leaf_constrains_no_names(ask):
    assert ask("ext.name-constraints-leaf", issue("a.example")) == []
    constraints = x509.NameConstraints([x509.DNSName("example")], None)
    certificate = issue("a.example", extensions={type(constraints): (constraints, True)})
    assert ask("ext.name-constraints-leaf", certificate) == [Problem("nameConstraints is present")]


def test_a_precertificate_is_not_served(ask):
    assert ask("ext.precert-poison", issue("a.example")) == []
    poison = x509.PrecertPoison()
    certificate = issue("a.example", extensions={type(poison): (poison, True)})
    assert ask("ext.precert-poison", certificate) == [Problem("precertificate: the CT poison extension is present")]


def test_the_authority_key_is_identified_by_its_identifier_alone(ask):
    root = issue("Root", ca=True)

    def identified(*parts):
        aki = x509.AuthorityKeyIdentifier(*parts)
        return issue("a.example", issuer=root, extensions={type(aki): (aki, False)})

    issuer = [x509.DirectoryName(x509.Name([]))]
    assert ask("ext.aki-form", issue("a.example", issuer=root)) == []
    assert ask("ext.aki-form", identified(b"key", issuer, 1)) == [
        Problem("authorityKeyIdentifier names issuer and serial number", key="authorityCertIssuer")
    ]
    assert [p.key for p in ask("ext.aki-form", identified(None, issuer, 1))] == ["keyIdentifier", "authorityCertIssuer"]
    without = issue("a.example", issuer=root, extensions={x509.AuthorityKeyIdentifier: None})
    assert ask("ext.aki-form", without) == [Problem("no authorityKeyIdentifier", key="absent")]
    assert ask("ext.aki-form", root, Role.CA) == [NotApplicable("the certificate is self-issued")]


def test_a_ca_has_a_key_identifier_and_a_leaf_had_better_not(ask):
    ski = x509.SubjectKeyIdentifier(b"key")
    assert ask("ext.ski", issue("Root", ca=True), Role.ISSUER) == []
    assert ask("ext.ski", issue("a.example")) == []
    assert ask("ext.ski", issue("Root", ca=True, extensions={type(ski): None}), Role.ISSUER) == [
        Problem("no subjectKeyIdentifier")
    ]
    assert ask("ext.ski", issue("a.example", extensions={type(ski): (ski, False)})) == [
        Problem("subjectKeyIdentifier is present, which a leaf does not need", severity=Severity.INFO)
    ]


def test_a_root_identifies_its_own_key(ask):
    def root(key_id):
        value = x509.AuthorityKeyIdentifier(key_id, None, None)
        ski = x509.SubjectKeyIdentifier(b"1234")
        return issue(
            "a",
            ca=True,
            extensions={x509.AuthorityKeyIdentifier: (value, False), x509.SubjectKeyIdentifier: (ski, False)},
        )

    assert ask("ext.root-aki", root(b"1234"), Role.CA) == []
    assert ask("ext.root-aki", issue("a", ca=True), Role.CA) == []
    assert ask("ext.root-aki", root(b"4321"), Role.CA) == [
        Problem("authorityKeyIdentifier is not the root's own subjectKeyIdentifier")
    ]


def test_a_certificate_for_a_new_key_of_a_root_identifies_the_old_one(ask):
    old = issue("a", ca=True)
    assert ask("ext.root-aki", issue("a", ca=True, issuer=old), Role.CA) == [
        NotApplicable("the certificate is not a root")
    ]
