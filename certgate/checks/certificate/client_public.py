"""Rules of the family client: what clients show to servers."""

from collections.abc import Iterator
from datetime import date

from certgate.checks.framework.br import RESERVED_POLICIES
from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import IssuedInRole
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.certificate import Certificate

__all__: list[str] = []

_ORGANIZATION = "2.5.4.10"
_LAST = date(2027, 3, 15)
"""From this day on no CA in Chrome's store may issue for clients (Chrome Root Program 1.8 §1.3.2)."""
_ENDS: tuple[tuple[str, date], ...] = (
    ("Google Trust Services", date(2026, 4, 13)),  # pki.goog/updates/may2025-clientauth.html
    ("Let's Encrypt", date(2026, 7, 8)),  # letsencrypt.org/2025/05/14/ending-tls-client-authentication
    ("Sectigo", date(2027, 2, 10)),  # sectigo.com/faq-client-authentication-eku-deprecation
    ("DigiCert", date(2027, 3, 1)),  # DigiCert CertCentral change log, 619426
)
"""From which day on CAs issue for clients no more, by the organisation in their names."""


@check(
    "client.public-ca",
    citation="Chrome Root Program 1.8 §1.3.2; CA/B BR §7.1.6.1",
    roles=frozenset({Role.CLIENT}),
)
def public_ca(subject: IssuedInRole) -> Iterator[Answer]:
    """A client's certificate is not from a public CA, which will not renew it.

    The rule fails if the CA no longer issues certificates for clients when this one ends, and is a warning before that.
    Google Trust Services ended on 2026-04-13 and Let's Encrypt on 2026-07-08; Sectigo ends on 2027-02-10, DigiCert on
    2027-03-01, and every other public CA by 2027-03-15. A public CA is known by the certificate policies that the
    CA/Browser Forum reserves. The rule is for files that are checked with `--role client`.

    Why: the renewed certificate lacks clientAuth, and then servers refuse it, or the client sends none at all (.NET).
    Besides, a server that trusts public CAs lets in everybody who has a certificate of theirs.

    Fix: issue client certificates from a private CA, and have servers trust that CA alone.
    """
    certificate = subject.certificate
    if not RESERVED_POLICIES.keys() & set(certificate.policies or ()):
        yield NotApplicable("no policy that is reserved for public CAs")
        return
    name, end = _end_of(certificate)
    last = certificate.not_after.date()
    if last >= end:
        yield Problem(f"{name} issues no certificates for clients from {end} on: this one cannot be renewed")
    else:
        yield Problem(f"{name} issues certificates for clients only until {end}", severity=Severity.WARNING)


def _end_of(certificate: Certificate) -> tuple[str, date]:
    """The CA, and the day from which on it issues for clients no more. Raises Malformed."""
    by = (*certificate.issuer.values(_ORGANIZATION), certificate.issuer.short)[0]
    return by, next((end for name, end in _ENDS if by.startswith(name)), _LAST)
