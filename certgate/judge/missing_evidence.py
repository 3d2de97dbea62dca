"""Names what has still to be fetched before a target is judged. Pure: it fetches nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from certgate.checks.rev_status import State, status_of
from certgate.checks.subjects import RevocationEvidence, View
from certgate.judge.effective import for_subject, out_of_effect
from certgate.judge.revocation import revocation_evidence
from certgate.model.evidence import EvidenceKind
from certgate.model.observation import Observation
from certgate.model.target import Revocation
from certgate.own.opa import judge_decision, question_of
from certgate.policy.model import Rule
from certgate.trust.evidence_request import EvidenceRequest
from certgate.trust.links import is_self_signed
from certgate.trust.path import Path
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed
from certgate.x509.ocsp_request import make_ocsp_request

__all__ = ["missing_decisions", "missing_issuer", "missing_status"]

MAX_URLS = 3
"""URLs of one kind that are tried for one certificate."""


def missing_status(
    path: Path, observation: Observation, asked: Revocation, now: datetime, nonce: bytes
) -> Iterator[EvidenceRequest]:
    """For each certificate of the path whose status is not known, the next URL to ask; each CRL once.

    OCSP comes first for the leaf, CRLs first for issuers: those are small, and many leaves share them.
    """
    if asked not in {Revocation.SOFT, Revocation.HARD}:
        return
    crls = set()
    for subject in revocation_evidence(path, observation, asked):
        if subject.issuer is None or subject.certificate == path.anchor:
            continue
        if status_of(subject, now).state is not State.UNDETERMINED:
            continue
        request = next(_untried(subject, subject.issuer, nonce), None)
        if request and (request.kind is not EvidenceKind.CRL or request.url not in crls):
            crls.add(request.url)
            yield request


def missing_issuer(path: Path, observation: Observation) -> Iterator[EvidenceRequest]:
    """The next URL from which the issuer of an incomplete path's end may be had."""
    last = path.certificates[-1]
    if path.anchor is None and not is_self_signed(last):
        tried = {e.source for e in observation.evidence if e.kind is EvidenceKind.ISSUER}
        urls = [url for url in _urls(last, EvidenceKind.ISSUER) if url not in tried]
        yield from [EvidenceRequest(kind=EvidenceKind.ISSUER, url=url, certificate=last) for url in urls[:1]]


def missing_decisions(view: View, rules: Iterable[Rule], now: datetime) -> Iterator[EvidenceRequest]:
    """The questions to policy servers that `rules` need answers to and that were not asked yet."""
    for rule in (rule for rule in rules if rule.check.run is judge_decision):
        try:
            held = for_subject(rule, view)
            if not held.held or out_of_effect(held, view, now):
                continue
        except Malformed:
            continue
        question = question_of(view, now, held.parameters["opa"])
        if question and not any(e.source == question.url and e.about == question.digest for e in view.decisions):
            kind = EvidenceKind.DECISION
            yield EvidenceRequest(kind=kind, url=question.url, certificate=view.leaf, body=question.body)


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
    """The URLs of one kind that are worth a try; none where they cannot be read."""
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
