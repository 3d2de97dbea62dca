"""Rules of the family cert: the outer fields of a certificate."""

from collections.abc import Iterator

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Answer, Problem, check
from certgate.checks.framework.subjects import IssuedInRole
from certgate.x509.errors import Malformed

__all__: list[str] = []


@check("cert.version", citation="CA/B BR §7.1.1; NIST SP 800-52r2 §3.2.1")
def version(subject: IssuedInRole) -> Iterator[Answer]:
    """The certificate has version 3.

    Why: older versions have no extensions, so clients find no names and no limits to check.

    Fix: reissue it with current software; every certificate with extensions has version 3.
    """
    try:
        found = subject.certificate.version
    except Malformed as error:
        yield Problem(str(error), key="unreadable")
        return
    if found != 3:
        yield Problem(f"version {found}, 3 required", denies=Premise.EXTENSIONS)


@check("cert.unique-ids", citation="CA/B BR §7.1.2.7; RFC 5280 §4.1.2.8")
def unique_ids(subject: IssuedInRole) -> Iterator[Answer]:
    """The certificate has neither issuerUniqueID nor subjectUniqueID.

    Why: no client reads these fields, and CAs must not use them.

    Fix: correct the CA's profile.
    """
    if subject.certificate.has_unique_ids:
        yield Problem("issuerUniqueID or subjectUniqueID is present")


@check("cert.tbs-sigalg", citation="CA/B BR §7.1.2.7; RFC 5280 §4.1.1.2")
def tbs_sigalg(subject: IssuedInRole) -> Iterator[Answer]:
    """The two signature algorithm fields are equal, byte for byte.

    Why: only the inner field is signed, so a difference is a mistake of the CA or a forgery.

    Fix: correct the CA's software, then reissue the certificate.
    """
    certificate = subject.certificate
    if certificate.signature_algorithm_der != certificate.tbs_signature_algorithm:
        yield Problem("signatureAlgorithm differs from tbsCertificate.signature")
