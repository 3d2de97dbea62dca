"""A small PKI, and CRLs and OCSP responses of it as subjects."""

from collections.abc import Callable
from datetime import timedelta

from certgate.checks.framework.subjects import (
    CertificatePath,
    PublishedCrl,
    PublishedResponse,
    RevocationEvidence,
    Staple,
)
from certgate.judge.published_subjects import published_subject
from certgate.lab.pki import Credential, issue
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.model.published import Published
from certgate.model.target import Revocation, Role
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

__all__ = [
    "CA",
    "DAY",
    "HOUR",
    "LEAF",
    "OTHER",
    "PATH",
    "ROOT",
    "SECOND",
    "as_crl",
    "as_response",
    "evidence",
    "stapled",
]

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True, days=900)
LEAF = issue("leaf", issuer=CA, sans=["a.example"])
OTHER = issue("other", issuer=CA, sans=["b.example"])
PATH = CertificatePath((parse_certificate(LEAF.der), parse_certificate(CA.der)), parse_certificate(ROOT.der))


def as_crl(der: bytes, *issuers: Credential) -> Callable[[], PublishedCrl | PublishedResponse]:
    """A CRL with these issuers in the trust store."""
    return lambda: _published(Role.CRL, der, *issuers)


def as_response(der: bytes, *issuers: Credential) -> Callable[[], PublishedCrl | PublishedResponse]:
    """An OCSP response with these issuers in the trust store."""
    return lambda: _published(Role.OCSP, der, *issuers)


def _published(role: Role, der: bytes, *issuers: Credential) -> PublishedCrl | PublishedResponse:
    store = TrustStore("ca.pem", tuple(parse_certificate(issuer.der) for issuer in issuers))
    return published_subject(Published(role, der), store)


def evidence(
    *crls: tuple[str, bytes],
    index: int = 0,
    responses: tuple[Evidence, ...] = (),
    mode: Revocation = Revocation.GIVEN,
    staple: bytes | None = None,
) -> RevocationEvidence:
    """The leaf (`index` 0) or its issuer, with CRLs by their source."""
    found = tuple(Evidence(kind=EvidenceKind.CRL, source=source, content=content) for source, content in crls)
    return RevocationEvidence(path=PATH, index=index, evidence=(*found, *responses), mode=mode, staple=staple)


def stapled(
    der: bytes | None, leaf: Credential = LEAF, issuer: Credential | None = CA, *, broken: bool = False
) -> Staple:
    return Staple(der, parse_certificate(leaf.der), issuer and parse_certificate(issuer.der), broken)
