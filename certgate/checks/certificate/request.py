"""Rules of the family request: certification requests, before a CA gets them."""

from collections.abc import Iterator
from datetime import timedelta

from certgate.checks.framework.registry import ISSUER, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.model.target import Role
from certgate.trust.dates import span
from certgate.trust.links import verify_signed
from certgate.x509.request import CertificateRequest

__all__: list[str] = []

_REQUEST = frozenset({Role.REQUEST})


def _request(subject: CertificateInRole) -> CertificateRequest:
    if not isinstance(subject.certificate, CertificateRequest):
        raise TypeError("a certificate was judged as a request")
    return subject.certificate


@check("request.signature", citation="RFC 2986 §4.2; CA/B BR §3.2.1", roles=_REQUEST)
def signature(subject: CertificateInRole) -> Iterator[Answer]:
    """The request is signed with the key that it is for.

    Why: it proves that the applicant has the private key; a CA refuses the request otherwise.

    Fix: make the request anew: `openssl req -new -key KEY -out REQUEST`.
    """
    request = _request(subject)
    if request.is_drafted:
        yield NotApplicable("the request has no signature yet")
    elif problem := verify_signed(request.der, request.spki):
        yield Problem(problem)


@check("request.renewal", citation="certgate: renewal at two thirds of the lifetime", roles=_REQUEST)
def renewal(subject: CertificateInRole, *, min_fraction: float = 0.1, min_days: float = 7.0) -> Iterator[Answer]:
    """Automatic renewal begins early enough.

    What remains when it begins is to be `min_fraction` of the lifetime or `min_days` days, whichever is shorter.

    Why: a renewal that fails at first needs time to be tried again before the certificate expires.

    Fix: raise renewBefore, or leave it out: the default is a third of the lifetime.
    """
    plan = _request(subject).plan
    if plan is None or plan.renew_before is None or plan.duration is None:
        yield NotApplicable("nobody plans its renewal")
        return
    if not plan.renew_before:
        yield Problem("is never renewed automatically: renewal.policy is Disabled")
        return
    least = min(plan.duration * min_fraction, timedelta(days=min_days))
    if plan.renew_before < least:
        yield Problem(f"is renewed {span(plan.renew_before)} before its end, less than {span(least)}")
    elif plan.renew_before >= plan.duration:
        yield Problem(f"is renewed {span(plan.renew_before)} before its end, but lives for {span(plan.duration)}")


@check("request.admission", citation="cert-manager.io/v1 and certificates.k8s.io/v1, API reference", roles=_REQUEST)
def admission(subject: CertificateInRole) -> Iterator[Answer]:
    """The cluster accepts the resource that asks for the certificate.

    Judged are Certificates, and Ingresses and Gateways with annotations of cert-manager, by what its webhook refuses;
    CertificateRequests by their issuer; CertificateSigningRequests by what the API server refuses.

    Why: no certificate is issued for a resource that is refused, and the one in use expires.

    Fix: correct the field that the message names.
    """
    plan = _request(subject).plan
    if plan is None:
        yield NotApplicable("no resource of a cluster asks for it")
        return
    for refusal in plan.refusals:
        yield Problem(f"is refused: {refusal.detail}", key=refusal.key)


@check("request.self-signed", citation="certgate: a leaf nobody can trust", roles=_REQUEST)
def self_signed(subject: CertificateInRole) -> Iterator[Answer]:
    """The issuer of an end-entity certificate is a CA, not the certificate's own key.

    Why: no client trusts a self-signed certificate, unless each is told to trust this very one.

    Fix: name an Issuer with `ca`, `acme` or `vault` in issuerRef; let selfSigned make CA certificates only.
    """
    plan = _request(subject).plan
    if plan is None:
        yield NotApplicable("its issuer is not known yet")
    elif plan.self_signed and not subject.roles & ISSUER:
        yield Problem("its issuer is selfSigned, so the certificate signs itself")
