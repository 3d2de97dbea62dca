"""Names what has still to be fetched before a target is judged. Pure: it fetches nothing."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from certgate.checks.rev_status import State, status_of
from certgate.checks.subjects import RevocationEvidence, View
from certgate.judge.effective import for_subject, out_of_effect
from certgate.judge.revocation import revocation_evidence
from certgate.model.evidence import EvidenceKind
from certgate.model.observation import Observation
from certgate.model.target import Revocation, Target
from certgate.own.opa import judge_decision, question_of
from certgate.policy.model import Rule
from certgate.trust.links import is_self_signed
from certgate.trust.path import Path
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed
from certgate.x509.ocsp_request import make_ocsp_request

__all__ = ["Complete", "Plan", "Request", "missing_decisions", "missing_issuer", "missing_status"]

MAX_URLS = 3
"""URLs of one kind that are tried for one certificate."""


@dataclass(frozen=True, slots=True)
class Request:
    """Something to be fetched, and the certificate on whose behalf."""

    kind: EvidenceKind
    url: str
    certificate: Certificate
    issuer: Certificate | None = None
    """Its issuer, who answers for its status."""
    body: bytes = b""
    """What is posted; empty for a GET."""
    nonce: bytes = b""

    @property
    def about(self) -> str:
        """What the answer is about, as `Evidence` has it."""
        match self.kind:
            case EvidenceKind.OCSP:
                return self.certificate.sha256
            case EvidenceKind.DECISION:
                return sha256(self.body).hexdigest()
            case _:
                return ""


Plan = Callable[[Target, Observation], Sequence[Request]]
"""What is missing of an observation."""
Complete = Callable[[Target, Observation], Awaitable[Observation]]
"""Adds what is missing to an observation."""


def missing_status(
    path: Path, observation: Observation, asked: Revocation, now: datetime, nonce: bytes
) -> Iterator[Request]:
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


def missing_issuer(path: Path, observation: Observation) -> Iterator[Request]:
    """The next URL from which the issuer of an incomplete path's end may be had."""
    last = path.certificates[-1]
    if path.anchor is None and not is_self_signed(last):
        tried = {e.source for e in observation.evidence if e.kind is EvidenceKind.ISSUER}
        urls = [url for url in _urls(last, EvidenceKind.ISSUER) if url not in tried]
        yield from [Request(EvidenceKind.ISSUER, url, last) for url in urls[:1]]


def missing_decisions(view: View, rules: Iterable[Rule], now: datetime) -> Iterator[Request]:
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
            yield Request(EvidenceKind.DECISION, question.url, view.leaf, body=question.body)


def _untried(subject: RevocationEvidence, issuer: Certificate, nonce: bytes) -> Iterator[Request]:
    certificate = subject.certificate
    kinds = [EvidenceKind.OCSP, EvidenceKind.CRL]
    tried = {(e.kind, e.source) for e in subject.evidence if e.about in {"", certificate.sha256}}
    for kind in kinds if subject.index == 0 else reversed(kinds):
        for url in _urls(certificate, kind):
            if (kind, url) in tried:
                continue
            if kind is EvidenceKind.CRL:
                yield Request(kind, url, certificate, issuer)
                continue
            try:
                yield Request(kind, url, certificate, issuer, make_ocsp_request(certificate, issuer, nonce), nonce)
            except Malformed:
                continue


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
