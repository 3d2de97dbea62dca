"""Answers the API server: reads a review, has its object judged, and decides, in the time that there is."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from certgate.observe.kubernetes.live.kubeconfig import ClusterLogin
from certgate.reports.complaint import complain
from certgate.reports.escape import for_terminal
from certgate.sources.admitted import AdmittedObject, named_secrets
from certgate.webhook.admission_review import AdmissionRequest, read_review, written
from certgate.webhook.judgement import COMPLIANT, Answering, Decision, Judgement, Remark, unjudged
from certgate.webhook.judging_pool import JudgingPool
from certgate.webhook.recent_judgements import RecentJudgements
from certgate.webhook.referenced_secrets import SECONDS, References, read_references
from certgate.webhook.webhook_metrics import Metrics

__all__ = ["Admitting"]

_MOST = 128
"""Requests under way."""
_KEPT = 0.5
"""The share of the time that reading Secrets may take, so that some is left to judge."""
_READERS = 8
"""Objects whose Secrets are read at the same time."""
_TOLD = frozenset({Decision.DENIED, Decision.WOULD_DENY, Decision.UNJUDGED})


@dataclass(kw_only=True)
class Admitting:
    """Everything that requests share. Use it in one event loop."""

    pool: JudgingPool
    answering: Answering
    metrics: Metrics
    login: ClusterLogin | None = None
    """With which Secrets are read that objects name."""
    under_way: int = 0
    _recent: RecentJudgements = field(default_factory=RecentJudgements)
    _readers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_READERS, "certgate-references"))

    async def answer(self, body: bytes, seconds: float) -> bytes:
        """The answer to a review, within `seconds`. Raises BadReview."""
        began = time.monotonic()
        request = read_review(body)
        self.under_way += 1
        try:
            judgement = await self._judgement(request, began + seconds)
        finally:
            self.under_way -= 1
        decision, review = self.answering.decide(judgement)
        self.metrics.count(decision, judgement, time.monotonic() - began)
        if decision in _TOLD:
            complain(_told(decision, request, judgement))
        return written(request.uid, review)

    def close(self) -> None:
        """Read no more Secrets."""
        self._readers.shutdown(wait=False, cancel_futures=True)

    async def _judgement(self, request: AdmissionRequest, until: float) -> Judgement:
        if not request.is_judged:
            return COMPLIANT
        if request.beyond:
            return unjudged(f"the object {request.beyond}, the limit")
        if self.under_way > _MOST:
            return unjudged(f"more than {_MOST} requests are under way; try again")
        references = await self._references(request, until)
        admitted = AdmittedObject(raw=request.object, secrets=references.secrets)
        coming, is_known = self._recent.get(admitted, lambda: self.pool.judge(admitted))
        self.metrics.repeated += is_known
        try:
            left = max(0.0, until - time.monotonic())
            judgement = await asyncio.wait_for(asyncio.shield(coming), left)
        except TimeoutError:
            judgement = unjudged("there was no judgement in time; try again")
        return _with(judgement, references.remarks)

    async def _references(self, request: AdmissionRequest, until: float) -> References:
        named = named_secrets(request.object)
        if not named.own:
            return read_references(self.login, named)
        loop = asyncio.get_running_loop()
        seconds = min(SECONDS, _KEPT * (until - time.monotonic()))
        read = partial(read_references, self.login, named, seconds=seconds)
        try:
            return await asyncio.wait_for(loop.run_in_executor(self._readers, read), seconds)
        except TimeoutError:
            return read_references(self.login, named, seconds=0.0)


def _with(judgement: Judgement, remarks: tuple[Remark, ...]) -> Judgement:
    return replace(judgement, remarks=(*judgement.remarks, *remarks)) if remarks else judgement


def _told(decision: Decision, request: AdmissionRequest, judgement: Judgement) -> str:
    """A line for the log, without anything of the object's contents."""
    rules = ", ".join(dict.fromkeys(one.rule for one in judgement.remarks if one.rule))
    why = rules or "; ".join(one.text for one in judgement.remarks)
    return for_terminal(f"{decision}: {request.operation} {request}: {why}")
