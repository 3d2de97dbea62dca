"""Which extensions a certificate has, and its outer fields."""

import pytest
from cryptography import x509
from cryptography.hazmat import asn1

from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.errors import Malformed

BC = "2.5.29.19"
SCT_LIST = "1.3.6.1.4.1.11129.2.4.2"


def constrained(der, critical=True):
    return issue("a.example", extensions={x509.BasicConstraints: None}, raw_extensions=[(BC, critical, der)])


def test_a_leaf_is_no_ca(ask):
    assert ask("bc.leaf", issue("a.example")) == []
    assert ask("bc.leaf", issue("a.example", ca=True)) == [Problem("basicConstraints says cA TRUE", key="cA")]
    assert ask("bc.leaf", issue("a.example", extensions={x509.BasicConstraints: None})) == [
        NotApplicable("it has no basicConstraints")
    ]


@pytest.mark.parametrize(
    "der", [b"\x30\x03\x01\x01\x00", b"\x30\x03\x02\x01\x00", b"\x30\x80", b"", b"\x30\x03\x01\x01\x01"]
)
def test_a_leaf_encodes_its_constraints_as_an_empty_sequence(ask, der):
    assert ask("bc.leaf", constrained(der)) == [Problem("basicConstraints is not encoded as 3000", key="encoding")]


def test_constraints_of_a_leaf_may_be_non_critical_where_the_policy_says_so(ask):
    lax = constrained(b"\x30\x00", critical=False)
    assert ask("bc.leaf", lax) == [Problem("basicConstraints is not critical", key="critical")]
    assert ask("bc.leaf", lax, critical=False) == []


def test_a_ca_says_so_critically(ask):
    assert ask("bc.ca", issue("Root", ca=True), Role.ISSUER) == []
    assert ask("bc.ca", issue("Root"), Role.CA) == [Problem("basicConstraints says cA FALSE", key="cA")]
    assert ask("bc.ca", constrained(b"\x30\x03\x01\x01\xff", critical=False), Role.ISSUER) == [
        Problem("basicConstraints is not critical", key="critical")
    ]
    none = issue("Root", ca=True, extensions={x509.BasicConstraints: None})
    assert ask("bc.ca", none, Role.ISSUER) == [Problem("has no basicConstraints", key="absent")]
    with pytest.raises(Malformed):
        ask("bc.ca", constrained(b"\x30\x80"), Role.ISSUER)


def test_required_extensions_must_be_there(ask):
    with_scts = issue("a.example", raw_extensions=[(SCT_LIST, False, b"\x04\x00")])
    assert ask("ext.required", with_scts, oids=(SCT_LIST, BC)) == []
    assert ask("ext.required", issue("a.example"), oids=(SCT_LIST, BC, SCT_LIST)) == [
        Problem(f"has no extension {SCT_LIST}", key=SCT_LIST)
    ]


def test_forbidden_extensions_must_not_be_there(ask):
    assert ask("ext.forbidden", issue("a.example"), oids=(SCT_LIST,)) == []
    assert ask("ext.forbidden", issue("a.example"), oids=(SCT_LIST, BC)) == [Problem(f"has the extension {BC}", key=BC)]


@pytest.mark.parametrize("rule", ["ext.required", "ext.forbidden"])
def test_lists_of_extensions_are_for_leaves_or_issuers(ask, rule):
    assert ask(rule, issue("a.example")) == [NotApplicable("no extension was given")]
    assert ask(rule, issue("Sub", ca=True), Role.ISSUER, oids=(BC,)) == [NotApplicable("the policy asks it of leaf")]
    assert ask(rule, issue("a.example"), oids=(BC,), of="issuers") == [NotApplicable("the policy asks it of issuers")]
    assert len(ask(rule, issue("Sub", ca=True), Role.ISSUER, oids=(BC, SCT_LIST), of="issuers")) == 1


@pytest.mark.parametrize("rule", ["ext.required", "ext.forbidden"])
def test_a_list_that_cannot_be_understood_is_no_pass(ask, rule):
    assert ask(rule, issue("a.example"), oids=("basicConstraints", BC, "1.02")) == [
        NotChecked("no dotted OID in the policy's parameter oids: basicConstraints, 1.02")
    ]
    assert ask(rule, issue("a.example"), oids=(BC,), of="all") == [
        NotChecked("the policy's parameter of is 'all': write leaf or issuers")
    ]


def test_an_extension_written_twice_fails(ask):
    assert ask("ext.duplicate", issue("a.example")) == []
    twice = issue("a.example", raw_extensions=[(SCT_LIST, False, b"\x04\x00"), (SCT_LIST, True, b"")])
    assert ask("ext.duplicate", twice) == [Problem(f"has the extension {SCT_LIST} 2 times", key=SCT_LIST)]


def test_a_leaf_constrains_no_names(ask):
    assert ask("ext.name-constraints-leaf", issue("a.example")) == []
    constraints = x509.NameConstraints([x509.DNSName("example")], None)
    certificate = issue("a.example", extensions={type(constraints): (constraints, True)})
    assert ask("ext.name-constraints-leaf", certificate) == [Problem("has nameConstraints")]


def test_a_precertificate_is_not_served(ask):
    assert ask("ext.precert-poison", issue("a.example")) == []
    poison = x509.PrecertPoison()
    certificate = issue("a.example", extensions={type(poison): (poison, True)})
    assert ask("ext.precert-poison", certificate) == [Problem("is a precertificate: it has the CT poison extension")]


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
    assert ask("ext.aki-form", without) == [Problem("has no authorityKeyIdentifier", key="absent")]
    assert ask("ext.aki-form", root, Role.CA) == [NotApplicable("it is self-issued")]


def test_a_ca_has_a_key_identifier_and_a_leaf_had_better_not(ask):
    ski = x509.SubjectKeyIdentifier(b"key")
    assert ask("ext.ski", issue("Root", ca=True), Role.ISSUER) == []
    assert ask("ext.ski", issue("a.example")) == []
    assert ask("ext.ski", issue("Root", ca=True, extensions={type(ski): None}), Role.ISSUER) == [
        Problem("has no subjectKeyIdentifier")
    ]
    assert ask("ext.ski", issue("a.example", extensions={type(ski): (ski, False)})) == [
        Problem("has a subjectKeyIdentifier", severity=Severity.INFO)
    ]


def test_only_version_3_passes(ask):
    assert ask("cert.version", issue("a.example")) == []
    assert ask("cert.version", issue("a.example", version=1)) == [Problem("is of version 1, not 3")]


def test_unique_ids_are_gone(ask, rework):
    assert ask("cert.unique-ids", issue("a.example")) == []
    certificate = rework(issue("a.example"), subject_unique_id=asn1.BitString(b"\x01", 0))
    assert ask("cert.unique-ids", certificate) == [Problem("has an issuerUniqueID or subjectUniqueID")]


def test_both_signature_algorithms_are_the_same(ask, rework):
    assert ask("cert.tbs-sigalg", issue("a.example")) == []
    sha384 = bytes.fromhex("300a06082a8648ce3d040303")
    assert ask("cert.tbs-sigalg", rework(issue("a.example"), signature_algorithm=sha384)) == [
        Problem("signatureAlgorithm differs from tbsCertificate.signature")
    ]


@pytest.mark.parametrize(
    ("serial", "message"),
    [
        (1, None),
        ((1 << 159) - 1, None),
        (1 << 159, "the serial number has 160 bits, more than 159"),
        (0, "the serial number is not positive"),
        (-1, "the serial number is not positive"),
    ],
)
def test_serial_numbers_are_positive_and_of_20_octets(ask, serial, message):
    assert ask("serial.form", issue("a.example", serial=serial)) == ([Problem(message)] if message else [])


@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        (1 << 158, []),
        ((1 << 64) - 1, []),
        (1 << 62, []),
        (1 << 32, []),
        ((1 << 32) - 1, [Problem("the serial number has only 32 bits: it was hardly drawn from 64 random ones")]),
        (1_780_000_000, [Problem("the serial number has only 31 bits: it was hardly drawn from 64 random ones")]),
        (1, [Problem("the serial number has only 1 bit: it was hardly drawn from 64 random ones")]),
        (-(1 << 63), [NotApplicable("the serial number is not positive")]),
        (0, [NotApplicable("the serial number is not positive")]),
    ],
)
def test_a_serial_number_that_64_random_bits_hardly_give_looks_like_a_counter(ask, serial, expected):
    assert ask("serial.entropy", issue("a.example", serial=serial)) == expected
