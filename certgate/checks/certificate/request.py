"""Rules of the family request: certificate requests, before they reach the CA."""

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
    """The request is signed with its own key.

    Why: the signature proves that the applicant has the private key; without it a CA refuses the request.

    Fix: make a new request: `openssl req -new -key KEY -out REQUEST`.
    """
    request = _request(subject)
    if request.is_drafted:
        yield NotApplicable("the request has no signature yet")
    elif problem := verify_signed(request.der, request.spki):
        yield Problem(problem)


@check("request.renewal", citation="certgate: renewal at two thirds of the lifetime", roles=_REQUEST)
def renewal(subject: CertificateInRole, *, min_fraction: float = 0.1, min_days: float = 7.0) -> Iterator[Answer]:
    """Automatic renewal starts early enough.

    At least `min_fraction` of the lifetime or `min_days` days must be left, whichever is shorter.

    Why: if the first renewal fails, there must be time to try again before the certificate expires.

    Fix: increase renewBefore, or leave it out: the default is a third of the lifetime.
    """
    plan = _request(subject).plan
    if plan is None or plan.renew_before is None or plan.duration is None:
        yield NotApplicable("no renewal is configured")
        return
    if not plan.renew_before:
        yield Problem("no automatic renewal: renewal.policy is Disabled")
        return
    least = min(plan.duration * min_fraction, timedelta(days=min_days))
    if plan.renew_before < least:
        yield Problem(f"renewal starts {span(plan.renew_before)} before expiry, at least {span(least)} required")
    elif plan.renew_before >= plan.duration:
        yield Problem(
            f"renewal starts {span(plan.renew_before)} before expiry, but the lifetime is {span(plan.duration)}"
        )


@check("request.admission", citation="cert-manager.io/v1 and certificates.k8s.io/v1, API reference", roles=_REQUEST)
def admission(subject: CertificateInRole) -> Iterator[Answer]:
    """The cluster accepts the resource that requests the certificate.

    Certificates, and Ingresses and Gateways with annotations of cert-manager, are checked for what its webhook refuses;
    CertificateRequests for their issuer; CertificateSigningRequests for what the API server refuses.

    Why: no certificate is issued for a refused resource, and the current one expires.

    Fix: correct the field that the message names.
    """
    plan = _request(subject).plan
    if plan is None:
        yield NotApplicable("no resource of a cluster requests the certificate")
        return
    for refusal in plan.refusals:
        yield Problem(f"the cluster refuses the resource: {refusal.detail}", key=refusal.key)


@check("request.self-signed", citation="certgate: a leaf nobody can trust", roles=_REQUEST)
def self_signed(subject: CertificateInRole) -> Iterator[Answer]:
    """A leaf is requested from a CA, not self-signed.

    Why: no client trusts a self-signed certificate unless it is configured to trust exactly this one.

    Fix: name an Issuer with `ca`, `acme` or `vault` in issuerRef; use selfSigned for CA certificates only.
    """
    plan = _request(subject).plan
    if plan is None:
        yield NotApplicable("the issuer is not known")
    elif plan.self_signed and not subject.roles & ISSUER:
        yield Problem("the certificate would be self-signed: its issuer is selfSigned")
