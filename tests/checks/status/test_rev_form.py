"""The pointers to revocation: complete, and public."""

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.x509.der import encoded


def pointed(*points):
    value = encoded(b"\x30", b"".join(encoded(b"\x30", point) for point in points))
    return issue("a", raw_extensions=[("2.5.29.31", False, value)])


NAME = encoded(b"\xa0", encoded(b"\xa0", encoded(b"\x86", b"http://a.example/1.crl")))
REASONS = b"\x81\x02\x05\x60"
ISSUER = encoded(b"\xa2", encoded(b"\xa4", b"\x30\x00"))


@pytest.mark.parametrize("point", [NAME, NAME + REASONS, ISSUER, REASONS + ISSUER])
def test_a_point_has_a_name_or_an_issuer(ask, point):
    assert ask("rev.crldp-complete", pointed(point)) == []


@pytest.mark.parametrize("point", [b"", REASONS, b"\xa0\x00"])
def test_a_point_with_reasons_only_leads_nowhere(ask, point):
    assert ask("rev.crldp-complete", pointed(NAME, point)) == [
        Problem("a CRL distribution point has neither a name nor a CRL issuer")
    ]
    assert ask("rev.crldp-complete", issue("a")) == [NotApplicable("no cRLDistributionPoints")]


def at(url):
    place = x509.UniformResourceIdentifier(url)
    access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
    value = x509.AuthorityInformationAccess([access])
    return issue("a", extensions={x509.AuthorityInformationAccess: (value, False)})


@pytest.mark.parametrize("url", ["http://crl.example/1", "http://8.8.8.8/1", "http://a.local.example/", "ldap:///cn=a"])
def test_pointers_that_everybody_can_follow(ask, url):
    assert ask("rev.public-urls", at(url)) == []


@pytest.mark.parametrize(
    "url", ["http://crl/1", "http://10.0.0.1/1", "http://[fd00::1]/1", "http://ca.corp/1", "http://CA.LOCAL/1"]
)
def test_pointers_into_a_network_of_the_ca(ask, url):
    assert ask("rev.public-urls", at(url)) == [Problem(f"{url} is not on the public Internet", key=url)]
    assert ask("rev.public-urls", issue("a")) == [NotApplicable("no URL of a CRL, an OCSP responder or an issuer")]
