"""The options for fetching revocation evidence and missing issuers."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.target import Revocation
from certgate.observe.evidence.rounds import Completion
from certgate.trust.evidence_request import MissingEvidence

__all__ = ["FetchOptions"]

_MODES = (Revocation.OFF, Revocation.SOFT, Revocation.HARD)
_IDLE = "certgate fetches nothing without --revocation soft|hard or --aia"
_NONCE_BYTES = 32
"""The nonce length that clients should use (RFC 9654 §2.1)."""


@frozen(kw_only=True)
class FetchOptions:
    """The command-line options for fetching; None, False or empty if not used."""

    revocation: str | None = None
    ocsp_nonce: bool = False
    aia: bool = False
    allow_address: Sequence[str] | None = None
    cache: str | None = None

    @property
    def mode(self) -> Revocation | None:
        """The value of --revocation. Raises UsageError."""
        if self.revocation is None:
            return None
        if self.revocation not in _MODES:
            raise UsageError(f'--revocation "{self.revocation}" is not one of {", ".join(_MODES)}')
        return Revocation(self.revocation)

    def refuse_idle(self) -> None:
        """Raise UsageError for options that have no effect because nothing is fetched."""
        options = {
            "--ocsp-nonce": self.ocsp_nonce,
            "--allow-address": bool(self.allow_address),
            "--cache": self.cache is not None,
        }
        fetches = self.aia or self.mode in {Revocation.SOFT, Revocation.HARD}
        why = "no rule of this run needs fetched evidence" if fetches else _IDLE
        for option in (name for name, value in options.items() if value):
            raise UsageError(f"{option} has no effect: {why}")

    def nonce(self) -> bytes:
        """A nonce for this run, so that targets with the same chain can share an answer; empty if not requested."""
        return secrets.token_bytes(_NONCE_BYTES) if self.ocsp_nonce else b""

    def completion(self, plan: MissingEvidence) -> Completion:
        """The completion that fetches the missing evidence of `plan`. Raises UsageError."""
        from ipaddress import ip_network

        from certgate.net.fetcher import Fetcher
        from certgate.observe.evidence.cache import EvidenceCache, usual_folder
        from certgate.observe.evidence.collect import Collector

        try:
            allowed = [ip_network(text) for text in self.allow_address or ()]
        except ValueError as error:
            raise UsageError(f"--allow-address: {error}; write 10.0.0.0/8 or fd00::/8") from error
        folder = usual_folder()
        if self.cache is not None:
            folder = Path(self.cache)
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(f"--cache {self.cache} cannot be used: {error.strerror}") from error
        collector = Collector(Fetcher(allowed=allowed), EvidenceCache(folder) if folder else None)
        return Completion(plan, collector.fetch)
