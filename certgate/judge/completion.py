"""Tells an incomplete chain that could be completed from an untrusted one. It never completes it."""

from collections.abc import Collection
from dataclasses import replace

from certgate.judge.chain import read_chain
from certgate.model.evidence import EvidenceKind
from certgate.model.finding import Finding, Outcome
from certgate.model.observation import Observation
from certgate.trust.path import Path
from certgate.trust.store import TrustStore
from certgate.x509.errors import Malformed
from certgate.x509.issuers import certificates_in

__all__ = ["completed_path", "with_completion"]


def completed_path(observation: Observation, store: TrustStore) -> Path:
    """The best path from what was presented, readable leaf first, with what was fetched from caIssuers."""
    fetched: dict[bytes, None] = {}
    for evidence in observation.evidence:
        if evidence.kind is EvidenceKind.ISSUER and evidence.content is not None:
            try:
                fetched |= dict.fromkeys(certificates_in(evidence.content))
            except Malformed:
                continue
    return read_chain((*observation.presented, *fetched), store).paths[0]


def with_completion(
    findings: tuple[Finding, ...], rules: Collection[str], observation: Observation, *stores: TrustStore
) -> tuple[Finding, ...]:
    """The findings, those of the `rules` that need issuers with what fetching them came to, if any were fetched."""
    asked = [e for e in observation.evidence if e.kind is EvidenceKind.ISSUER]
    if not asked:
        return findings
    where = ", ".join(e.source for e in asked)
    if any(completed_path(observation, store).anchor is not None for store in stores):
        told = f"it is completable from {where}, but only by clients that fetch issuers"
    else:
        problems = "; ".join(dict.fromkeys(e.detail for e in asked if e.detail))
        told = f"nor does {where} lead to an anchor" + (f" ({problems})" if problems else ": it is untrusted")
    return tuple(
        replace(f, message=f"{f.message}; {told}") if f.rule in rules and f.outcome is Outcome.FAIL else f
        for f in findings
    )
