"""Evaluates one target by one policy and its trust stores."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain

from certgate.checks.framework.needs import Need
from certgate.checks.framework.subjects import (
    CertificateInRole,
    Observations,
    Succession,
    TargetFacts,
    Vantages,
)
from certgate.judge.apply import RuleIndex
from certgate.judge.chain import certificates_of_origin, request_summary
from certgate.judge.dependent import Causes, in_wrong_order
from certgate.judge.hints import hint_of
from certgate.judge.key_types import first_handshake, must_be_expected
from certgate.judge.look_judge import NOTHING, JudgedChain, JudgedLook, LookJudge
from certgate.judge.memo import Memo
from certgate.judge.merge import Merger, certificates_at_all, verdict_of
from certgate.judge.missing_evidence import Seen, missing_evidence, permitted
from certgate.judge.observed_subjects import key_pair, kubernetes_objects, read_request, succession, target_facts
from certgate.judge.published_subjects import as_published
from certgate.judge.same_objects import SameObjects
from certgate.model.finding import Finding, Severity
from certgate.model.findings import Findings
from certgate.model.frozen import frozen, making
from certgate.model.kept import Kept
from certgate.model.observation import (
    Failure,
    FailureKind,
    HandshakeFacts,
    Observation,
    Observed,
    Phase,
    vantage_labels,
)
from certgate.model.snapshot import LastSeen
from certgate.model.target import Target, TrustMode
from certgate.model.vantage_label import is_of_key_type
from certgate.model.verdict import CertificateSummary, TargetResult, Verdict
from certgate.policy.model import TargetPolicy
from certgate.policy.settings import settings_of
from certgate.trust.evidence_request import EvidenceRequest
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed

__all__ = ["Judge", "clock_of"]

_ALONE = ("",)
"""The label of a single vantage."""


@frozen(slots=True)
class _JudgedObservation:
    """An observation with its findings and certificates. Unreadable content becomes the observation's failure."""

    observation: Observation
    findings: Findings
    certificates: tuple[CertificateSummary, ...]


_new_judged = making(_JudgedObservation)
_new_observations = making(Observations)
_new_vantages = making(Vantages)
_new_result = making(TargetResult)


class Judge:
    """One policy and its stores, ready to judge. Answers are cached: a chain that many targets share is judged once."""

    def __init__(
        self,
        policy: TargetPolicy,
        *stores: TrustStore,
        mode: TrustMode = TrustMode.UNION,
        fail_on: Severity = Severity.ERROR,
        memo: Memo | None = None,
    ) -> None:
        """`memo` caches results; the judges of one run share it."""
        self.policy = policy
        self._asked = stores
        self.stores = tuple(store.summary for store in stores)
        self._fail_on = fail_on
        self._causes = Causes(policy.rules, fail_on)
        self._rules = RuleIndex(policy)
        self._look = LookJudge(policy, stores, mode, self._rules, self._causes, memo or Memo())
        self._merger = Merger(policy)
        self._same_findings = SameObjects[Findings]()
        self._verdicts = Kept(partial(self._verdict, labels=_ALONE))
        self.needs_history = bool(self._rules.rules_on(Succession))
        """Whether a rule compares a certificate with that of an earlier run."""
        self.judges_vantages = bool(self._rules.rules_on(Vantages))
        """Whether a rule judges all vantages of a target together."""
        self._judges_target = self.needs_history or bool(self._rules.rules_on(TargetFacts))
        self._ordered = {r.id: r.check.needs_order for r in policy.rules if r.check.needs_order}
        self._needing = {need: {r.id for r in policy.rules if need in r.check.needs} for need in Need}
        """By what is fetched, the rules that need it."""

    def wants(self, target: Target, *, aia: bool) -> frozenset[Need]:
        """The kinds of facts to fetch for the target: a rule needs them, and they may be fetched."""
        return frozenset(need for need, rules in self._needing.items() if rules) & permitted(target, aia=aia)

    def judge(
        self,
        observed: Observed,
        clock: datetime,
        deployed: tuple[Certificate, ...] = (),
        origin_store: TrustStore | None = None,
    ) -> TargetResult:
        """The result of a target by the policy at `clock` (aware, UTC).

        `deployed` is the expected chain, `origin_store` the trust store for the chain of the target's origin.
        """
        target = observed.target
        looks = observed.looks
        seen = [self._judge_one(observed, looks, observation, clock, deployed) for observation in looks]
        if len(looks) == 1 and not looks[0].vantage.key_type:
            labels: tuple[str, ...] = _ALONE
            certificates, folded = seen[0].certificates, seen[0].findings
        else:
            labels = vantage_labels(looks)
            certificates = certificates_at_all(zip(labels, (one.certificates for one in seen), strict=True))
            folded = Findings.of(
                self._merger.fold(zip(labels, (one.findings for one in seen), strict=True), certificates)
            )
        findings = folded
        if self.judges_vantages:
            on_all = self._causes.once(
                self._rules.evaluate(_new_vantages(target, observed.observations, origin_store), clock)
            )
            findings = self._same_findings.get(None, (folded, *on_all), lambda: Findings((*folded, *on_all)))
        verdict = self._verdicts.of(findings) if labels is _ALONE else self._verdict(findings, labels)
        observations = [one.observation for one in seen]
        if len(looks) < len(observed.observations):
            certificates = (*certificates, *certificates_of_origin(observed))
            observations += observed.probed
        is_right = verdict is Verdict.COMPLIANT
        return _new_result(
            target=as_published(observed),
            verdict=verdict,
            findings=findings,
            policy=self.policy.name,
            stores=self.stores,
            certificates=certificates,
            clock=clock,
            observations=tuple(map(Observation.without_content, observations)),
            is_unreachable=not certificates and observed.is_unreachable,
            hint=None if is_right else hint_of(target, self.policy.name, looks, self._asked),
        )

    def _verdict(self, findings: Findings, labels: Sequence[str]) -> Verdict:
        return verdict_of(findings, self._fail_on, [label for label in labels if not is_of_key_type(label)])

    def _judge_one(
        self,
        observed: Observed,
        looks: Sequence[Observation],
        observation: Observation,
        clock: datetime,
        deployed: tuple[Certificate, ...],
    ) -> _JudgedObservation:
        """The findings on one observation, which is one of the `looks`."""
        target = _with_sent_name(observed.target, observation)
        if deployed and not must_be_expected(observation, looks, deployed):
            deployed = ()
        look = self._look.look(target, observation, clock, deployed)
        request, published, problem = None, NOTHING, ""
        if observation.request is not None or observation.published is not None:
            request, published, problem = self._beside_chains(target, observation, clock)
        if (leaf_problem := problem or look.leaf_problem) and observation.failure is None:
            failure = Failure(FailureKind.UNREADABLE, Phase.READ, leaf_problem)
            observation = replace(observation, failure=failure)
        before = self._rules.evaluate(_new_observations((observation,)), clock)
        if observation.kubernetes:
            for one in kubernetes_objects(observation, looks):
                before += self._rules.evaluate(one, clock)
        after: tuple[Finding, ...] = ()
        certificates = look.certificates + published.certificates
        judged = None if leaf_problem else look.chain
        names = self._rules.decisive_names(judged.leaf, target.names) if judged else None
        if judged and self._judges_target:
            after = self._on_target(judged, target, observed.last, looks, observation, clock)
        elif request and not judged:
            after = self._on_request(request, target, observation, clock)
            certificates = (request_summary(request, observation),)
        presented, connected = bool(certificates), target.source.needs_connection

        def merged() -> Findings:
            of_chain = (*look.findings, *published.findings, self._on_names(judged, target.names))
            found = (*before, *chain.from_iterable(of_chain), *after)
            found = in_wrong_order(found, self._ordered) if look.is_reversed else found
            return self._merger.merge(self._causes.once(found), presented=presented, connected=connected)

        how = presented, connected, names
        findings = self._same_findings.get(how, (*before, look, published, *after), merged)
        return _new_judged(observation, findings, certificates)

    def _beside_chains(
        self, target: Target, observation: Observation, clock: datetime
    ) -> tuple[CertificateInRole | None, JudgedLook, str]:
        """The request or what is judged of a CRL or an OCSP response, and why it cannot be read."""
        request, published = None, NOTHING
        try:
            request = read_request(observation, target.roles)
            published = self._look.published(observation, clock)
        except Malformed as error:
            return request, published, str(error)
        return request, published, ""

    def _on_names(self, judged: JudgedChain | None, names: tuple[str, ...]) -> tuple[Finding, ...]:
        """The findings of the rules on the target's names: they depend on the judged chain and the names alone."""
        if judged is None:
            return ()
        return self._rules.evaluate_names(judged.leaf, judged.clock, judged.settings.with_names(names))

    def _on_target(
        self,
        judged: JudgedChain,
        target: Target,
        last: LastSeen | None,
        looks: Sequence[Observation],
        observation: Observation,
        clock: datetime,
    ) -> tuple[Finding, ...]:
        """The findings on the leaf beside the `last` run's, and of rules that judge the target with its path."""
        found: tuple[Finding, ...] = ()
        if last and self.needs_history:
            earlier = succession(judged.path.leaf, judged.certificates[0], last, observation.vantage.key_type)
            for pair in earlier:
                found += self._rules.evaluate(pair, clock, settings_of(target))
        if self._rules.rules_on(TargetFacts):
            handshake = first_handshake(observation, looks)
            views = [target_facts(target, path, observation, handshake) for path in judged.paths]
            found += self._look.by_all([self._rules.evaluate(view, clock, settings_of(target)) for view in views])
        return found

    def _on_request(
        self, request: CertificateInRole, target: Target, observation: Observation, clock: datetime
    ) -> tuple[Finding, ...]:
        """The findings on a request and the key beside it."""
        settings = settings_of(target)
        found = self._rules.evaluate(request, clock, settings) + self._rules.evaluate_names(request, clock, settings)
        for pair in key_pair(request.certificate, observation, self._look.on_secrets):
            found += self._rules.evaluate(pair, clock)
        return found

    def missing(self, observed: Observed, clock: datetime, *, nonce: bytes, aia: bool) -> list[list[EvidenceRequest]]:
        """What must still be fetched for a verdict at `clock`, a list for each observation; issuers only with `aia`."""
        return [
            self._missing(observed.target, seen, first_handshake(seen, observed.looks), clock, nonce, aia=aia)
            for seen in observed.observations
        ]

    def _missing(
        self,
        target: Target,
        observation: Observation,
        handshake: HandshakeFacts | None,
        clock: datetime,
        nonce: bytes,
        *,
        aia: bool,
    ) -> list[EvidenceRequest]:
        if not observation.presented or observation.vantage.probe:
            return []
        target = _with_sent_name(target, observation)
        paths = self._look.paths(target, observation, clock)
        if not paths:
            return []
        seen = Seen(
            target=target,
            observation=observation,
            handshake=handshake,
            paths=paths,
            stores=self._asked,
            rules=self.policy.rules,
            clock=clock,
            nonce=nonce,
        )
        return list(dict.fromkeys(missing_evidence(self.wants(target, aia=aia), seen)))


def _with_sent_name(target: Target, observation: Observation) -> Target:
    """The target with the name that was sent as SNI, if it expects the server to serve several names."""
    further = target.source.endpoint.visit.also if target.source.needs_connection else ()
    name = observation.vantage.server_name
    return replace(target, names=(name,)) if name in further else target


_MINUTE = timedelta(minutes=1)


class _Minutes:
    """Rounds times up to the minute: most are in the same one as the time before."""

    def __init__(self) -> None:
        self._latest = datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)

    def end_of(self, moment: datetime) -> datetime:
        """The end of the minute."""
        begin, end = self._latest
        if not begin < moment <= end:
            down = moment.replace(second=0, microsecond=0)
            end = down if down == moment else down + _MINUTE
            self._latest = end - _MINUTE, end
        return end


_minutes = _Minutes()


def clock_of(observed: Observed) -> datetime:
    """When the target was last observed, rounded up to the minute: results can be cached, and expiry is not missed."""
    return _minutes.end_of(max([seen.observed_at for seen in observed.observations]))
