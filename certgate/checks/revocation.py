"""Rules of the family rev: whether a certificate is revoked, and whether anybody could learn that it is."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from certgate.checks.ocsp import freshness_problems, missing, response_to, signature_problem
from certgate.checks.registry import LEAF, Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.subjects import CertificateInRole, Staple

__all__: list[str] = []


@check("rev.status", citation="RFC 6960 §2.2; CA/B BR §4.9; PCI DSS 4.0.1 req. 4.2.1")
def status(staple: Staple, now: datetime, *, skew_s: int = 300) -> Iterator[Answer]:
    """The leaf is not revoked, as far as the staple tells.

    Only a response that is signed by one who may, is about this certificate, and (to the good) is fresh is believed.

    Why: a revoked certificate must not be trusted, whatever its dates say.

    Mend: replace the certificate and its key now, and find out why it was revoked.
    """
    if absent := missing(staple):
        yield NotChecked(absent.reason)
        return
    if staple.issuer is None:
        yield NotChecked("the leaf's issuer is not known")
        return
    response = response_to(staple)
    if problem := signature_problem(staple, response, now):
        yield NotChecked(f"the staple is not believed: {problem}")
        return
    entry = response.status_of(staple.leaf, staple.issuer)
    if entry is None:
        yield NotChecked("the staple is about another certificate")
    elif entry.revoked_at is not None:
        why = f" ({entry.reason})" if entry.reason else ""
        yield Problem(f"the certificate was revoked at {entry.revoked_at:%Y-%m-%d %H:%M:%S} UTC{why}")
    elif entry.status != "good":
        yield Problem("the responder does not know the certificate")
    elif stale := next(freshness_problems(response, entry, now, skew_s), None):
        yield NotChecked(f"the staple is not believed: {stale.message}")


@check("rev.pointer", citation="CA/B BR §7.1.2.11.2, §1.6.1", roles=LEAF)
def pointer(subject: CertificateInRole, *, short_lived_days: int = 7) -> Iterator[Answer]:
    """The certificate says where its revocation status is to be had: a CRL, or an OCSP responder.

    A certificate that lives no longer than `short_lived_days` needs neither: it expires before anybody would look.

    Why: without a pointer a stolen key stays trusted until the certificate expires.

    Mend: have the CA add cRLDistributionPoints, or issue certificates that live at most 7 days.
    """
    certificate = subject.certificate
    if certificate.crl_urls or certificate.ocsp_urls:
        return
    if certificate.lifetime <= timedelta(days=short_lived_days):
        yield NotApplicable(f"a certificate that lives at most {short_lived_days} days needs no revocation pointer")
    else:
        yield Problem("the certificate names neither a CRL nor an OCSP responder")
