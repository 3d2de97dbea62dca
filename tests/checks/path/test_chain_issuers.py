"""What is said about a path's issuers."""

from ipaddress import ip_network

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID

from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.path.chain_issuers import (
    depth,
    eku_nesting,
    intermediate_expiry,
    issuer_ca,
    issuer_keycertsign,
    leaf_outlives_issuer,
    pathlen,
    unknown_critical,
)
from certgate.lab.pki import CLOCK, Credential, issue
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True, path_length=0, days=1, key_usage=["digital_signature"])
"""An anchor with every fault there is: only its name and key count."""


def ca(name: str = "CA", **contents) -> Credential:
    return issue(name, **({"issuer": ROOT, "ca": True, "days": 3650} | contents))


def path(*chain: Credential) -> CertificatePath:
    return CertificatePath(tuple(parse_certificate(c.der) for c in chain), parse_certificate(ROOT.der))


LEAF = issue("leaf", issuer=ROOT)


def test_the_anchors_dates_and_extensions_do_not_count():
    chain = path(LEAF, ca("CA"), ca("Upper"))
    assert [list(c(chain)) for c in (depth, pathlen, issuer_ca, issuer_keycertsign, leaf_outlives_issuer)] == [[]] * 5
    assert list(intermediate_expiry(chain, CLOCK)) == []
    assert list(eku_nesting(chain)) == []
    assert list(unknown_critical(chain)) == []


OPENSSL, GO = ("openssl",), ("go",)
ANY = Purpose.ANY_EXTENDED_KEY_USAGE.dotted_string
MUST_STAPLE = {x509.TLSFeature: (x509.TLSFeature([x509.TLSFeatureType.status_request]), True)}
DIRECTORY_NAME = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]))


def test_any_purpose_in_the_leaf_names_none_to_openssl_where_the_leaf_is_asked():
    leaf = issue("leaf", issuer=ROOT, ekus=[ANY])
    assert list(eku_nesting(path(leaf), clients=OPENSSL)) == []
    assert [p.key for p in eku_nesting(path(leaf), clients=OPENSSL, include_leaf=True)] == ["leaf server"]


def constrained(*names: x509.GeneralName, critical: bool = True) -> Credential:
    return ca(extensions={x509.NameConstraints: (x509.NameConstraints(None, names), critical)})


@pytest.mark.parametrize(
    ("issuer", "lacking"),
    [
        (ca(extensions=MUST_STAPLE), {"openssl", "go"}),
        (ca(raw_extensions=[("2.5.29.18", True, bytes.fromhex("3003820161"))]), {"openssl", "go"}),
        (ca(raw_extensions=[("1.3.6.1.5.5.7.48.1.5", True, b"\x05\x00")]), {"go"}),
        (ca(raw_extensions=[("1.3.6.1.5.5.7.48.1.5", False, b"\x05\x00")]), set()),
        (constrained(DIRECTORY_NAME), {"go"}),
        (constrained(x509.DNSName("a.example"), DIRECTORY_NAME), {"go"}),
        (constrained(DIRECTORY_NAME, critical=False), set()),
        (constrained(x509.DNSName("a.example"), x509.RFC822Name("a.example")), set()),
        (constrained(x509.UniformResourceIdentifier("a.example"), x509.IPAddress(ip_network("::/0"))), set()),
    ],
)
def test_critical_extensions_are_those_that_the_clients_process(issuer, lacking):
    chain = path(LEAF, issuer)
    assert list(unknown_critical(chain)) == []
    assert {client for client in ("openssl", "go") if list(unknown_critical(chain, clients=(client,)))} == lacking


@pytest.mark.parametrize(("name", "processed"), [(DIRECTORY_NAME, False), (x509.RFC822Name("a@a.example"), True)])
def test_a_critical_name_of_a_kind_that_go_does_not_read_is_not_processed(name, processed):
    leaf = issue("", issuer=ROOT, sans=[name])
    assert (list(unknown_critical(path(leaf), clients=GO)) == []) is processed
    assert list(unknown_critical(path(leaf), clients=OPENSSL)) == []
