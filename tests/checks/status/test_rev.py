"""A certificate says where its revocation status is to be had, unless it is short-lived."""

from datetime import timedelta

import pytest
from cryptography import x509

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.status.rev import aia_form, ca_crldp, crldp_form, no_rev_avail, pointer
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate

CA = issue("CA", ca=True)
NONE = {x509.CRLDistributionPoints: None}


def leaf(**options):
    certificate = parse_certificate(issue("leaf", issuer=CA, sans=["a.example"], **options).der)
    return CertificateInRole(certificate, "leaf", frozenset({Role.SERVER}))


def access(method, url="http://lab.example/"):
    description = x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
    return {x509.AuthorityInformationAccess: (x509.AuthorityInformationAccess([description]), False)}


def issuer(credential):
    return CertificateInRole(parse_certificate(credential.der), "issuer 1", frozenset({Role.ISSUER}))


def uri(text):
    return x509.UniformResourceIdentifier(text)


def points(*names, reasons=None, issuer=None, repeat=1):
    point = x509.DistributionPoint(list(names) or None, None, reasons, issuer)
    return {x509.CRLDistributionPoints: (x509.CRLDistributionPoints([point] * repeat), False)}


def test_a_certificate_with_a_crl_or_an_ocsp_responder_passes():
    assert list(pointer(leaf())) == []
    assert list(pointer(leaf(extensions=NONE | access(x509.AuthorityInformationAccessOID.OCSP)))) == []


def test_a_certificate_with_neither_fails():
    problem = Problem("neither a CRL nor an OCSP responder named")

    assert list(pointer(leaf(extensions=NONE))) == [problem]
    assert list(pointer(leaf(extensions=NONE | access(x509.AuthorityInformationAccessOID.CA_ISSUERS)))) == [problem]


@pytest.mark.parametrize(("days", "seconds", "short"), [(7, 0, True), (7, 1, False), (10, 0, False)])
def test_a_certificate_that_lives_at_most_seven_days_needs_none(days, seconds, short):
    subject = leaf(extensions=NONE, days=days + seconds / 86400)

    reason = NotApplicable("valid for at most 7 days, so no revocation pointer needed")
    problem = Problem("neither a CRL nor an OCSP responder named")
    assert subject.certificate.lifetime == timedelta(days=days, seconds=seconds)
    assert list(pointer(subject)) == [reason if short else problem]


def test_how_long_is_short_is_the_policy_s():
    reason = NotApplicable("valid for at most 10 days, so no revocation pointer needed")

    assert list(pointer(leaf(extensions=NONE, days=10), short_lived_days=10)) == [reason]


def test_a_short_lived_certificate_with_a_pointer_passes():
    assert list(pointer(leaf(days=7))) == []


# --- CA certificates ---


def test_an_intermediate_names_its_crl():
    named = issue("Sub CA", issuer=CA, ca=True)
    silent = issue("Sub CA", issuer=CA, ca=True, extensions=NONE)

    assert list(ca_crldp(issuer(named))) == []
    assert list(ca_crldp(issuer(silent))) == [Problem("the CA certificate names no CRL")]


def test_a_root_names_none():
    naming = issue("Root", ca=True, extensions=points(uri("http://crl.lab.example/1.crl")))

    assert list(ca_crldp(issuer(CA))) == []
    assert list(ca_crldp(issuer(naming))) == [
        Problem("a root names a CRL, which can only be its own", severity=Severity.WARNING)
    ]


def test_a_self_issued_certificate_with_another_s_key_is_no_root():
    rollover = issue("CA", issuer=CA, ca=True, extensions=NONE)

    assert list(ca_crldp(issuer(rollover))) == [Problem("the CA certificate names no CRL")]


# --- form of the pointers ---


@pytest.mark.parametrize(
    ("given", "answers"),
    [
        (NONE, [NotApplicable("no cRLDistributionPoints")]),
        (points(uri("http://a.example/1")), []),
        (points(uri("HTTP://a.example/1"), uri("http://b.example/1")), []),
        (
            points(uri("https://a.example/1")),
            [Problem("a CRL distribution point is not an http URL: https://a.example/1", key="https://a.example/1")],
        ),
        (
            points(uri("http://a.example/1"), x509.DNSName("a.example")),
            [Problem("a CRL distribution point is not an http URL: a.example", key="a.example")],
        ),
        (
            points(uri("http://a.example/1"), reasons=frozenset({x509.ReasonFlags.key_compromise})),
            [Problem("a CRL distribution point covers only some reasons", key="reasons")],
        ),
        (
            points(uri("http://a.example/1"), issuer=[x509.DirectoryName(x509.Name([]))]),
            [Problem("a CRL distribution point names another CRL issuer", key="issuer")],
        ),
        (
            points(issuer=[x509.DirectoryName(x509.Name([]))]),
            [
                Problem("a CRL distribution point has no full name", key="name"),
                Problem("a CRL distribution point names another CRL issuer", key="issuer"),
            ],
        ),
        (
            points(uri("http://a.example/1"), repeat=2),
            [Problem("2 CRL distribution points, 1 recommended", key="count", severity=Severity.INFO)],
        ),
    ],
)
def test_a_distribution_point_is_a_full_name_of_http_urls(given, answers):
    assert list(crldp_form(leaf(extensions=given))) == answers


OCSP, CA_ISSUERS = x509.AuthorityInformationAccessOID.OCSP, x509.AuthorityInformationAccessOID.CA_ISSUERS


def accesses(*pairs):
    descriptions = [x509.AccessDescription(method, place) for method, place in pairs]
    return {x509.AuthorityInformationAccess: (x509.AuthorityInformationAccess(descriptions), False)}


@pytest.mark.parametrize(
    ("given", "answers"),
    [
        ({}, [Problem("no authorityInfoAccess")]),
        (accesses((CA_ISSUERS, uri("http://a.example/ca"))), []),
        (accesses((OCSP, uri("http://a.example/")), (CA_ISSUERS, uri("http://a.example/"))), []),
        (
            accesses((OCSP, uri("http://a.example/"))),
            [Problem("no URL of the issuer's certificate (caIssuers)", key="caIssuers", severity=Severity.WARNING)],
        ),
        (
            accesses((CA_ISSUERS, uri("ldap://a.example/"))),
            [Problem("an access location is not an http URL: ldap://a.example/", key="ldap://a.example/")],
        ),
        (
            accesses((CA_ISSUERS, uri("http://a.example/")), (CA_ISSUERS, uri("http://a.example/"))),
            [Problem("duplicate access location: http://a.example/", key="http://a.example/")],
        ),
        (
            accesses(
                (CA_ISSUERS, uri("http://a.example/")), (x509.ObjectIdentifier("1.2.3"), uri("http://a.example/"))
            ),
            [Problem("access method 1.2.3, only OCSP and caIssuers allowed", key="1.2.3")],
        ),
    ],
)
def test_authority_information_access_of_a_leaf_holds_http_urls_each_once(given, answers):
    assert list(aia_form(leaf(extensions=given))) == answers


def test_authority_information_access_of_a_ca_may_be_absent_but_not_wrong():
    absent = issue("Sub CA", issuer=CA, ca=True)
    wrong = issue("Sub CA", issuer=CA, ca=True, extensions=accesses((OCSP, uri("https://a.example/"))))

    assert list(aia_form(issuer(absent))) == [NotApplicable("no authorityInfoAccess")]
    assert [type(a) for a in aia_form(issuer(wrong))] == [Problem]


NO_REV_AVAIL = [("2.5.29.56", False, b"\x05\x00")]


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ({"extensions": NONE}, []),
        ({}, ["cRLDistributionPoints"]),
        ({"extensions": NONE | access(CA_ISSUERS)}, []),
        ({"extensions": NONE | access(OCSP)}, ["ocsp"]),
        ({"extensions": NONE, "ca": True}, ["ca"]),
    ],
)
def test_no_revocation_available_stands_alone_and_on_no_ca(options, keys):
    assert [p.key for p in no_rev_avail(leaf(**options, raw_extensions=NO_REV_AVAIL))] == keys


def test_no_revocation_available_beside_a_freshest_crl_fails():
    subject = leaf(extensions=NONE, raw_extensions=[*NO_REV_AVAIL, ("2.5.29.46", False, b"\x30\x00")])

    assert list(no_rev_avail(subject)) == [Problem("noRevAvail together with freshestCRL", key="freshestCRL")]
    assert list(no_rev_avail(leaf())) == [NotApplicable("no noRevAvail")]
