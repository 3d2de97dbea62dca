"""Rules of the family rev: whether clients can learn that a certificate is revoked."""

from collections.abc import Iterator
from datetime import timedelta

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import ALL_ROLES, CLIENT, ISSUER, LEAF, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole, IssuedInRole
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.model.finding import Severity
from certgate.trust.links import is_self_signed

__all__: list[str] = []


@check(
    "rev.pointer",
    citation="CA/B BR §7.1.2.11.2, §1.6.1",
    roles=LEAF,
    presumes=[Premise.TLS, Premise.LEAF, Premise.ISSUED, Premise.EXTENSIONS],
)
def pointer(subject: CertificateInRole, *, short_lived_days: int = 7) -> Iterator[Answer]:
    """The certificate names a CRL or an OCSP responder.

    A certificate that is valid for at most `short_lived_days` days needs neither, because it expires soon enough.

    Why: otherwise a stolen key stays trusted until the certificate expires.

    Fix: have the CA add cRLDistributionPoints, or issue certificates that are valid for at most 7 days.
    """
    certificate = subject.certificate
    if certificate.crl_urls or certificate.ocsp_urls:
        return
    if certificate.lifetime <= timedelta(days=short_lived_days):
        yield NotApplicable(f"valid for at most {short_lived_days} days, so no revocation pointer needed")
    else:
        yield Problem("neither a CRL nor an OCSP responder named")


@check("rev.ca-crldp", citation="CA/B BR §7.1.2.11.2", roles=ISSUER, presumes=[Premise.EXTENSIONS])
def ca_crldp(subject: IssuedInRole) -> Iterator[Answer]:
    """An intermediate names its CRL; a root, which cannot be revoked, does not.

    Why: without a CRL clients do not learn that an intermediate was revoked.

    Fix: have the intermediate reissued with cRLDistributionPoints.
    """
    certificate = subject.certificate
    named = certificate.has(ExtensionOID.CRL_DISTRIBUTION_POINTS)
    is_root = is_self_signed(certificate)
    if is_root and named:
        yield Problem("a root names a CRL, which can only be its own", severity=Severity.WARNING)
    elif not is_root and not named:
        yield Problem("the CA certificate names no CRL")


@check("rev.crldp-form", citation="CA/B BR §7.1.2.11.2", roles=ALL_ROLES - CLIENT)
def crldp_form(subject: TemplateInRole) -> Iterator[Answer]:
    """Every CRL distribution point is a full name of http URLs, for all reasons, from the issuer itself.

    Why: clients fetch CRLs from plain http URLs and ignore everything else.

    Fix: have the CA name one distribution point with one http URL.
    """
    points = subject.certificate.read(x509.CRLDistributionPoints)
    if points is None:
        yield NotApplicable("no cRLDistributionPoints")
        return
    for point in points:
        if not point.full_name:
            yield Problem("a CRL distribution point has no full name", key="name")
        for name in point.full_name or ():
            if not _is_http(name):
                yield Problem(f"a CRL distribution point is not an http URL: {name.value}", key=str(name.value))
        if point.reasons:
            yield Problem("a CRL distribution point covers only some reasons", key="reasons")
        if point.crl_issuer:
            yield Problem("a CRL distribution point names another CRL issuer", key="issuer")
    if len(points) > 1:
        yield Problem(f"{len(points)} CRL distribution points, 1 recommended", key="count", severity=Severity.INFO)


@check(
    "rev.aia-form",
    citation="CA/B BR §7.1.2.7.7, §7.1.2.10.3",
    roles=ALL_ROLES - CLIENT,
    presumes=[Premise.TLS, Premise.LEAF, Premise.ISSUED, Premise.EXTENSIONS],
)
def aia_form(subject: TemplateInRole) -> Iterator[Answer]:
    """authorityInfoAccess has only http URLs of OCSP responders and issuers, each once; a leaf has it.

    Why: clients fetch issuers and OCSP responses from plain http URLs and ignore everything else.

    Fix: have the CA add one http URL for its certificate (caIssuers), and one for its OCSP responder if it has one.
    """
    access = subject.certificate.read(x509.AuthorityInformationAccess)
    is_leaf = bool(subject.roles & LEAF)
    if access is None and is_leaf:
        yield Problem("no authorityInfoAccess")
        return
    if access is None:
        yield NotApplicable("no authorityInfoAccess")
        return
    seen = set()
    for description in access:
        method, place = description.access_method, description.access_location
        if method not in {AuthorityInformationAccessOID.OCSP, AuthorityInformationAccessOID.CA_ISSUERS}:
            yield Problem(
                f"access method {method.dotted_string}, only OCSP and caIssuers allowed",
                key=method.dotted_string,
            )
        elif not _is_http(place):
            yield Problem(f"an access location is not an http URL: {place.value}", key=str(place.value))
        elif description in seen:
            yield Problem(f"duplicate access location: {place.value}", key=str(place.value))
        seen.add(description)
    if is_leaf and not subject.certificate.ca_issuer_urls:
        yield Problem("no URL of the issuer's certificate (caIssuers)", key="caIssuers", severity=Severity.WARNING)


@check("rev.no-rev-avail", citation="RFC 9608 §2, §3")
def no_rev_avail(subject: TemplateInRole) -> Iterator[Answer]:
    """A certificate with noRevAvail has no revocation pointers and is not a CA.

    Why: clients must refuse a certificate that contradicts itself.

    Fix: have the CA remove either noRevAvail, or the CRL and OCSP pointers.
    """
    certificate = subject.certificate
    if not certificate.has(x509.ObjectIdentifier("2.5.29.56")):
        yield NotApplicable("no noRevAvail")
        return
    if certificate.is_ca:
        yield Problem("a CA certificate has noRevAvail", key="ca")
    for oid in (ExtensionOID.CRL_DISTRIBUTION_POINTS, ExtensionOID.FRESHEST_CRL):
        if certificate.has(oid):
            yield Problem(f"noRevAvail together with {_NAMES[oid]}", key=_NAMES[oid])
    if certificate.ocsp_urls:
        yield Problem("noRevAvail together with an OCSP responder", key="ocsp")


_NAMES = {
    ExtensionOID.CRL_DISTRIBUTION_POINTS: "cRLDistributionPoints",
    ExtensionOID.FRESHEST_CRL: "freshestCRL",
}


def _is_http(name: x509.GeneralName) -> bool:
    return isinstance(name, x509.UniformResourceIdentifier) and name.value.lower().startswith("http://")
