"""Names the evidence that must be fetched before a target is evaluated; it fetches nothing itself."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from certgate.checks.framework.needs import Need
from certgate.checks.framework.subjects import RevocationEvidence
from certgate.checks.status.rev_status import RevocationState, status_of
from certgate.judge.binding import bind
from certgate.judge.chain import completed_path
from certgate.judge.observed_subjects import revocation_evidence, target_facts
from certgate.model.evidence import EvidenceKind
from certgate.model.frozen import frozen
from certgate.model.observation import HandshakeFacts, Observation
from certgate.model.target import Revocation, Target
from certgate.policy.model import BoundRule, TargetRule
from certgate.trust.evidence_request import EvidenceRequest
from certgate.trust.links import is_self_signed
from certgate.trust.path import CertificatePath
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed
from certgate.x509.ocsp_request import make_ocsp_request

__all__ = ["Seen", "missing_evidence", "permitted"]

MAX_URLS = 3
"""URLs of one kind that are tried for one certificate."""


@frozen(kw_only=True)
class Seen:
    """What is known before this round of fetching."""

    target: Target
    observation: Observation
    handshake: HandshakeFacts | None
    """The handshake that any client gets there."""
    paths: Sequence[CertificatePath]
    stores: Sequence[TrustStore]
    rules: Sequence[TargetRule]
    clock: datetime
    nonce: bytes


def permitted(target: Target, *, aia: bool) -> frozenset[Need]:
    """The kinds of facts that the target and the run allow to be fetched. A policy's own server is always allowed."""
    status = {Need.STATUS} if target.revocation in {Revocation.SOFT, Revocation.HARD} else set()
    return frozenset({Need.DECISION} | status | ({Need.ISSUER} if aia else set()))


def missing_evidence(wanted: Collection[Need], seen: Seen) -> Iterator[EvidenceRequest]:
    """What must still be fetched of the `wanted` kinds of facts."""
    for need in Need:
        if need in wanted:
            yield from _PLANNERS[need](seen)


def _status(seen: Seen) -> Iterator[EvidenceRequest]:
    """For each certificate of the paths whose status is unknown, the next URL to request; each CRL once.

    OCSP comes first for the leaf, CRLs first for issuers: their CRLs are small, and many leaves share them.
    """
    for path in seen.paths:
        crls = set()
        for subject in revocation_evidence(path, seen.target, seen.observation):
            if subject.issuer is None or subject.certificate == path.anchor:
                continue
            if status_of(subject, seen.clock).state is not RevocationState.UNDETERMINED:
                continue
            request = next(_untried(subject, subject.issuer, seen.nonce), None)
            if request and (request.kind is not EvidenceKind.CRL or request.url not in crls):
                crls.add(request.url)
                yield request


def _issuers(seen: Seen) -> Iterator[EvidenceRequest]:
    """For each incomplete path, the next URL that may provide the issuer of its last certificate."""
    tried = {e.source for e in seen.observation.evidence if e.kind is EvidenceKind.ISSUER}
    for store in seen.stores:
        path = completed_path(seen.observation, store)
        last = path.certificates[-1]
        if path.anchor is None and not is_self_signed(last):
            urls = [url for url in _urls(last, EvidenceKind.ISSUER) if url not in tried]
            yield from [EvidenceRequest(kind=EvidenceKind.ISSUER, url=url, certificate=last) for url in urls[:1]]


def _decisions(seen: Seen) -> Iterator[EvidenceRequest]:
    """The requests to policy servers that rules need and that were not sent yet."""
    rules = [rule for rule in seen.rules if Need.DECISION in rule.check.needs]
    if not rules:
        return
    from certgate.custom.opa import decision_request

    for view in (target_facts(seen.target, path, seen.observation, seen.handshake) for path in seen.paths):
        for rule in rules:
            bound = bind(rule, view, view.label, seen.clock)
            if not isinstance(bound, BoundRule):
                continue
            request = decision_request(view, seen.clock, bound.parameters[rule.check.needs[Need.DECISION]])
            if request and not any(e.source == request.url and e.about == request.digest for e in view.decisions):
                kind = EvidenceKind.DECISION
                yield EvidenceRequest(
                    kind=kind, url=request.url, certificate=view.leaf, body=request.body, access=request.access
                )


_PLANNERS: Mapping[Need, Callable[[Seen], Iterator[EvidenceRequest]]] = {
    Need.STATUS: _status,
    Need.DECISION: _decisions,
    Need.ISSUER: _issuers,
}


def _untried(subject: RevocationEvidence, issuer: Certificate, nonce: bytes) -> Iterator[EvidenceRequest]:
    certificate = subject.certificate
    kinds = [EvidenceKind.OCSP, EvidenceKind.CRL]
    tried = {(e.kind, e.source) for e in subject.evidence if e.about in {"", certificate.sha256}}
    for kind in kinds if subject.index == 0 else reversed(kinds):
        for url in _urls(certificate, kind):
            if (kind, url) in tried:
                continue
            request = EvidenceRequest(kind=kind, url=url, certificate=certificate, issuer=issuer)
            if kind is EvidenceKind.CRL:
                yield request
                continue
            try:
                body = make_ocsp_request(certificate, issuer, nonce)
            except Malformed:
                continue
            yield replace(request, body=body, nonce=nonce)


def _urls(certificate: Certificate, kind: EvidenceKind) -> Sequence[str]:
    """The URLs of one kind that are worth trying; none if they cannot be read."""
    try:
        match kind:
            case EvidenceKind.OCSP:
                urls = certificate.ocsp_urls
            case EvidenceKind.CRL:
                urls = certificate.crl_urls
            case _:
                urls = certificate.ca_issuer_urls
    except Malformed:
        return ()
    return [url for url in dict.fromkeys(urls) if url.lower().startswith(("http://", "https://"))][:MAX_URLS]
