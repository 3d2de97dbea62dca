"""A planned run: targets with their roles decided, and what judges them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from certgate.checks.framework.needs import Setting
from certgate.judge.judge import Judge, clock_of
from certgate.judge.matrix import trust_matrix
from certgate.judge.memo import Memo
from certgate.model.baseline import Known
from certgate.model.observation import Observed
from certgate.model.target import Target
from certgate.model.verdict import RunHeader, TargetResult
from certgate.model.waiver import Waiver
from certgate.policy.settings import settings_of
from certgate.trust.evidence_request import EvidenceRequest
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate

__all__ = ["Gate"]


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A planned run: targets with their roles decided, policies and trust stores read. Snapshots; nothing reloads."""

    header: RunHeader
    targets: Sequence[Target]
    judges: Mapping[str, Judge] = field(repr=False)
    """By target id."""
    memo: Memo = field(repr=False)
    """What these judges keep of their judgements."""
    deployed: Mapping[str, tuple[Certificate, ...]] = field(default_factory=dict, repr=False)
    """Chains that targets are expected to serve, by the words for them."""
    matrix: Sequence[TrustStore] = field(default=(), repr=False)
    """Further stores in whose eyes every chain is shown."""

    nonce: bytes = b""
    """Sent along with OCSP requests; empty for none."""
    aia: bool = False
    """Whether missing issuers are fetched, to say more of an incomplete chain."""
    baseline: Sequence[Known] = ()
    """Violations that are known."""

    @property
    def fetches(self) -> bool:
        """Whether anything may be fetched in this run."""
        return any(self.judges[target.id].wants(target, aia=self.aia) for target in self.targets)

    def missing(self, observed: Observed) -> list[list[EvidenceRequest]]:
        """What has to be fetched for each observation before the target can be judged."""
        clock = self.header.at or clock_of(observed)
        return self.judges[observed.target.id].missing(observed, clock, nonce=self.nonce, aia=self.aia)

    def judge(self, observed: Observed, at: datetime | None = None) -> TargetResult:
        """Judge what was observed by the target's policy and store, by the clock `at` or else by that of the run."""
        target = observed.target
        clock = at or self.header.at or clock_of(observed)
        result = self.judges[target.id].judge(observed, clock, self.deployed.get(target.expect, ()))
        if not self.matrix:
            return result
        purposes = settings_of(target).by_name[Setting.PURPOSES]
        return replace(result, matrix=trust_matrix(observed, self.matrix, clock, purposes))

    def waivers_of(self, target: Target) -> tuple[Waiver, ...]:
        """The waivers of its policy."""
        return self.judges[target.id].policy.waivers
