"""Rules of the family cert: the outer fields of a certificate."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, Problem, check
from certgate.checks.framework.subjects import IssuedInRole
from certgate.x509.errors import Malformed

__all__: list[str] = []


@check("cert.version", citation="CA/B BR §7.1.1; NIST SP 800-52r2 §3.2.1")
def version(subject: IssuedInRole) -> Iterator[Answer]:
    """The certificate is of version 3.

    Why: older versions have no extensions, so neither names nor limits that clients could check.

    Fix: issue it anew with current software: extensions make it version 3.
    """
    try:
        found = subject.certificate.version
    except Malformed as error:
        yield Problem(str(error), key="unreadable")
        return
    if found != 3:
        yield Problem(f"is of version {found}, not 3")


@check("cert.unique-ids", citation="CA/B BR §7.1.2.7; RFC 5280 §4.1.2.8")
def unique_ids(subject: IssuedInRole) -> Iterator[Answer]:
    """The fields issuerUniqueID and subjectUniqueID are absent.

    Why: nothing reads them, and the standard forbids CAs to write them.

    Fix: correct the CA's profile.
    """
    if subject.certificate.has_unique_ids:
        yield Problem("has an issuerUniqueID or subjectUniqueID")


@check("cert.tbs-sigalg", citation="CA/B BR §7.1.2.7; RFC 5280 §4.1.1.2")
def tbs_sigalg(subject: IssuedInRole) -> Iterator[Answer]:
    """The signature algorithm outside of the signed part is the one within, byte for byte.

    Why: the outer one is not signed, so a difference is an error of the CA or a forgery.

    Fix: correct the software of the CA and issue the certificate anew.
    """
    certificate = subject.certificate
    if certificate.signature_algorithm_der != certificate.tbs_signature_algorithm:
        yield Problem("signatureAlgorithm differs from tbsCertificate.signature")
