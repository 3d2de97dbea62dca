"""Rules of the family rev on the pointers that a certificate has: complete, and public."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.checks.framework.wording import capped, shortened
from certgate.x509.der import SEQUENCE, content_of, elements, sequence
from certgate.x509.identity import read_address
from certgate.x509.special_address import special_network

__all__: list[str] = []

_POINTS = ExtensionOID.CRL_DISTRIBUTION_POINTS.dotted_string
_NAME, _ISSUER = 0xA0, 0xA2
_PRIVATE = ("local", "localhost", "internal", "lan", "home", "corp", "intranet", "private", "test", "invalid")
"""Top-level domains that are reserved, or used only inside of networks."""


@check("rev.crldp-complete", citation="RFC 5280 §4.2.1.13")
def crldp_complete(subject: TemplateInRole) -> Iterator[Answer]:
    """Every CRL distribution point has a name or a CRL issuer.

    Why: a point with nothing else than reasons leads to no CRL.

    Fix: have the CA name one distribution point with one http URL.
    """
    points = subject.certificate.value(_POINTS, _fields)
    if points is None:
        yield NotApplicable("no cRLDistributionPoints")
    elif any(not {_NAME, _ISSUER} & tags for tags in points):
        yield Problem("a CRL distribution point has neither a name nor a CRL issuer")


def _fields(value: bytes) -> tuple[frozenset[int], ...]:
    """The tags of the fields of each distribution point. Raises NotDer."""
    return tuple(
        frozenset(field.tag for field in elements(content_of(point, SEQUENCE)) if field.content)
        for point in sequence(value)
    )


@check("rev.public-urls", citation="CA/B BR §7.1.2.11.5, §7.1.2.7.7, §7.1.2.11.2")
def public_urls(subject: TemplateInRole) -> Iterator[Answer]:
    """The URLs of CRLs, OCSP responders and issuers have hosts that are on the public Internet.

    Single labels, IP addresses from special-purpose ranges, and domains such as `local` are not.

    Why: clients outside of the CA's network cannot learn that the certificate is revoked.

    Fix: have the CA use URLs that everybody can reach.
    """
    certificate = subject.certificate
    urls = dict.fromkeys((*certificate.crl_urls, *certificate.ocsp_urls, *certificate.ca_issuer_urls))
    if not urls:
        yield NotApplicable("no URL of a CRL, an OCSP responder or an issuer")
        return
    yield from capped(
        Problem(f"{shortened(url)} is not on the public Internet", key=shortened(url))
        for url in urls
        if _is_private(url)
    )


def _is_private(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    address = read_address(host)
    if isinstance(address, IPv4Address | IPv6Address):
        return special_network(address) is not None
    return bool(host) and ("." not in host or host.rpartition(".")[2] in _PRIVATE)
