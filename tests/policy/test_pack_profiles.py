"""What the shipped packs say of certificates that are not for servers: roots, subordinate CAs, clients."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID

from certgate.lab.chain import make_chain
from certgate.lab.pki import CLOCK
from certgate.model.finding import Outcome, Severity
from certgate.model.target import Role
from certgate.model.verdict import Verdict
from certgate.x509.der import encoded
from tests.policy.test_pack_verdicts import failures, judged

CLIENT = Purpose.CLIENT_AUTH.dotted_string
OWN = ("internal-pki", "internal-mtls", "kubernetes-workload")
CONSTRAINTS = (x509.NameConstraints([x509.DNSName("corp.example")], None), True)
LDAP = x509.DistributionPoint([x509.UniformResourceIdentifier("ldap://a.example/cn=x")], None, None, None)


def root(**contents):
    usual = {"subject": "Root", "ca": True, "sans": (), "issuer": None, "days": 7305}
    return make_chain("Root", usual | contents, (), "")


def sub_ca(**contents):
    usual = {"subject": "Sub CA", "ca": True, "sans": (), "ekus": (), "policies": (), "days": 1000, "path_length": 0}
    usual |= {"extensions": {x509.NameConstraints: CONSTRAINTS} | contents.pop("extensions", {})}
    return make_chain("Sub CA", usual | contents, (), "public")


def client(issuer=None, **contents):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Alice Smith")])
    usual = {"subject": subject, "sans": (x509.RFC822Name("alice@corp.example"),), "ekus": (CLIENT,), "policies": ()}
    return make_chain("Alice Smith", usual | {"days": 90} | contents, (issuer or {"ekus": (CLIENT,)},), "public")


def said(pack, chain, role):
    """Each finding that is an error, a warning or an info, with its severity."""
    result = judged(pack, chain, role)
    return {(rule, severity) for severity in Severity for rule, _ in failures(result, severity)}


# --- CAs ---


@pytest.mark.parametrize("pack", OWN)
def test_a_root_and_a_subordinate_ca_that_keep_the_profile_have_no_finding(pack):
    assert said(pack, root(), Role.CA) == set()
    assert said(pack, sub_ca(), Role.CA) == set()


@pytest.mark.parametrize(
    ("contents", "found"),
    [
        ({"days": 7306}, ("validity.root-lifetime", Severity.WARNING)),
        ({"key": "RSA-2048"}, ("key.ca-strength", Severity.WARNING)),
        ({"extensions": {x509.SubjectKeyIdentifier: None}}, ("ext.ski", Severity.ERROR)),
    ],
)
def test_what_is_wrong_with_a_root_of_ones_own(contents, found):
    assert said("internal-pki", root(**contents), Role.CA) == {found}


@pytest.mark.parametrize(
    ("contents", "found"),
    [
        ({"path_length": None}, ("bc.subca-path-length", Severity.WARNING)),
        ({"extensions": {x509.NameConstraints: None}}, ("ext.subca-name-constraints", Severity.INFO)),
        ({"extensions": {x509.AuthorityKeyIdentifier: None}}, ("ext.aki-form", Severity.ERROR)),
        ({"extensions": {x509.SubjectKeyIdentifier: None}}, ("ext.ski", Severity.ERROR)),
        ({"extensions": {x509.CRLDistributionPoints: None}}, ("rev.ca-crldp", Severity.WARNING)),
        ({"extensions": {x509.BasicConstraints: None}}, ("bc.ca", Severity.ERROR)),
    ],
)
def test_what_is_wrong_with_a_subordinate_ca_of_ones_own(contents, found):
    assert said("internal-pki", sub_ca(**contents), Role.CA) == {found}


def test_a_subordinate_ca_of_9000_days_lasts_longer_than_advised_and_than_its_root():
    found = said("internal-pki", sub_ca(days=9000), Role.CA)

    assert found == {
        ("chain.subca-lifetime", Severity.WARNING),
        ("chain.leaf-outlives-issuer", Severity.WARNING),
    }


def test_what_is_asked_of_a_ca_before_its_deployment_is_not_asked_of_the_issuers_of_a_server():
    plain = {"path_length": None, "extensions": {x509.CRLDistributionPoints: None, x509.AuthorityKeyIdentifier: None}}
    chain = make_chain("a.example", {"policies": (), "days": 90}, (plain,), "public")

    assert said("internal-pki", chain, Role.SERVER) == set()


def test_for_us_agencies_a_short_key_after_2030_is_an_error():
    assert ("key.ca-strength", Severity.ERROR) in said("nist-800-52r2", root(key="RSA-2048"), Role.CA)


# --- clients ---


@pytest.mark.parametrize("pack", OWN)
@pytest.mark.parametrize(
    "sans",
    [
        (x509.RFC822Name("alice@corp.example"),),
        (x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), b"\x0c\x07a@b.com"),),
        ("billing.corp.example", "spiffe://corp.example/billing"),
        (),
    ],
)
def test_people_and_machines_get_no_finding_that_is_for_servers(pack, sans):
    assert said(pack, client(sans=sans), Role.CLIENT) == set()


@pytest.mark.parametrize("pack", OWN)
@pytest.mark.parametrize(
    ("contents", "found"),
    [
        ({"subject": "", "sans": ()}, ("client.identity", Severity.ERROR)),
        ({"ekus": ()}, ("mtls.client-eku", Severity.WARNING)),
        ({"ekus": (Purpose.SERVER_AUTH.dotted_string,)}, ("mtls.client-eku", Severity.ERROR)),
        ({"key_usage": ("key_encipherment",)}, ("ku.handshake", Severity.ERROR)),
    ],
)
def test_what_is_wrong_with_a_client(pack, contents, found):
    assert found in said(pack, client(**contents), Role.CLIENT)


def test_a_client_of_a_public_ca_is_not_held_to_what_is_asked_of_servers():
    issuer = {"ekus": (CLIENT,), "days": 1000}
    points = {x509.CRLDistributionPoints: (x509.CRLDistributionPoints([LDAP]), False)}
    chain = client(issuer, days=365, not_before=CLOCK - timedelta(days=10), extensions=points)

    assert said("webpki-public", chain, Role.CLIENT) == set()
    assert ("validity.max-lifetime", Severity.ERROR) in said("webpki-public", client(issuer, days=826), Role.CLIENT)


def test_a_certificate_for_a_client_and_a_server_is_held_to_both():
    both = {(f.rule, f.severity) for f in judged("webpki-public", client(days=365), Role.CLIENT, Role.SERVER).findings}
    wrong = failures(judged("webpki-public", client(days=365), Role.CLIENT, Role.SERVER))

    assert ("client.identity", Severity.ERROR) in both
    assert {("validity.max-lifetime", "leaf"), ("name.san-types", "leaf"), ("rev.aia-form", "leaf")} <= wrong


# --- composite ML-DSA ---


@pytest.mark.parametrize("pack", ["webpki-public", "internal-pki"])
def test_a_server_with_a_composite_key_has_one_cause(pack):
    algorithm = encoded(b"\x30", asn1.encode_der(x509.ObjectIdentifier("1.3.6.1.5.5.7.6.45")))
    spki = encoded(b"\x30", algorithm + encoded(b"\x03", b"\0" + b"\1" * 2017))
    policies = ("2.23.140.1.2.1",) if pack == "webpki-public" else ()
    result = judged(pack, make_chain("a.example", {"spki": spki, "policies": policies}, ({},), "public"), Role.SERVER)
    of_key = next(one for one in result.findings if (one.rule, one.subject) == ("key.type", "leaf"))

    assert result.verdict is Verdict.VIOLATED
    assert ("pq.composite", "leaf") in failures(result)
    assert (of_key.outcome, of_key.message) == (Outcome.NOT_CHECKED, "depends on pq.composite")
