"""Rules of the family linkerd: identities that a Linkerd service mesh issues."""

import re
from collections.abc import Iterator

from certgate.checks.framework.br import days
from certgate.checks.framework.registry import LEAF, Answer, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import listed

__all__: list[str] = []

_IDENTITY = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+\.serviceaccount\.identity\.[a-z0-9-]+\.[a-z0-9.-]+")


@check(
    "linkerd.identity",
    unshipped="it is for the proxies of one mesh, whose certificates have no SPIFFE ID",
    citation="Linkerd: automatic mTLS; generating your own mTLS root certificates",
    roles=LEAF,
)
def identity(subject: CertificateInRole, *, max_days: int = 1) -> Iterator[Answer]:
    """The certificate is a Linkerd identity.

    It has a P-256 key, a lifetime of at most `max_days` days, and a DNS name of the form
    ACCOUNT.NAMESPACE.serviceaccount.identity.LINKERD-NAMESPACE.TRUST-DOMAIN.

    Why: proxies refuse a peer whose identity has another form.

    Fix: let the mesh's identity service issue it, or leave the rule out if no mesh is in use.
    """
    certificate = subject.certificate
    if certificate.key.curve != "P-256":
        yield Problem(f"key type {certificate.key}, EC P-256 required", key="key")
    names = certificate.dns_names
    if not any(_IDENTITY.fullmatch(name) for name in names):
        yield Problem(f"no DNS name is a Linkerd identity; found {listed(names)}", key="name")
    found = days(certificate.lifetime)
    if found > max_days:
        yield Problem(f"valid for {found} days, at most {max_days} allowed", key="lifetime")
