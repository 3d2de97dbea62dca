"""Evaluates one target by one policy and its trust stores."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

from certgate.checks.framework.needs import Need, Setting
from certgate.checks.framework.subjects import IssuedInRole, Observations, Succession, TargetFacts, Vantages
from certgate.judge.apply import RuleIndex
from certgate.judge.chain import (
    ReadChain,
    certificates_of_origin,
    chain_in,
    request_summary,
    roles_on,
    seen_through_proxy,
    summaries,
    with_completion,
    with_lines,
)
from certgate.judge.dependent import Causes, in_wrong_order, on_anchor
from certgate.judge.hints import hint_of
from certgate.judge.key_types import first_handshake, must_be_expected
from certgate.judge.memo import JudgingKey, Memo
from certgate.judge.merge import Merger, by_all_stores, certificates_at_all, verdict_of
from certgate.judge.missing_evidence import Seen, missing_evidence, permitted
from certgate.judge.observed_subjects import (
    companions,
    key_pair,
    kubernetes_objects,
    read_request,
    succession,
    target_facts,
)
from certgate.judge.published_subjects import as_published, published_subject, published_summary
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.frozen import frozen
from certgate.model.observation import (
    Failure,
    FailureKind,
    HandshakeFacts,
    Observation,
    Observed,
    Phase,
    vantage_labels,
)
from certgate.model.target import Role, Target, TrustMode
from certgate.model.vantage_label import is_of_key_type
from certgate.model.verdict import CertificateSummary, TargetResult, Verdict
from certgate.policy.model import TargetPolicy
from certgate.policy.settings import Settings, settings_of
from certgate.trust.evidence_request import EvidenceRequest
from certgate.trust.path import CertificatePath
from certgate.trust.store import TrustStore
from certgate.trust.validation import validate
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed

__all__ = ["Judge", "clock_of"]


@frozen(slots=True)
class _JudgedChain:
    """The result for a presented chain, whoever presents it."""

    path: CertificatePath
    """The path that reports show."""
    paths: tuple[CertificatePath, ...]
    """The path that counts; one for each store if all stores count."""
    findings: tuple[Finding, ...]
    certificates: tuple[CertificateSummary, ...]


@frozen(slots=True)
class _JudgedLook:
    """The result for what a server sent or a file holds, whatever the target expects."""

    chain: _JudgedChain | None = None
    """None if there is no chain, or its leaf cannot be read."""
    findings: tuple[tuple[Finding, ...], ...] = ()
    """On the chain, then on its companions."""
    certificates: tuple[CertificateSummary, ...] = ()
    leaf_problem: str | None = None
    is_reversed: bool = False
    """Whether the leaf is not the first certificate of its chain."""


_NOTHING = _JudgedLook()


@frozen(slots=True)
class _JudgedObservation:
    """An observation with its findings and certificates. Unreadable content becomes the observation's failure."""

    observation: Observation
    findings: tuple[Finding, ...]
    certificates: tuple[CertificateSummary, ...]


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
        self._mode = mode
        self.stores = tuple(store.summary for store in stores)
        self._fail_on = fail_on
        self._causes = Causes(policy.rules, fail_on)
        self._rules = RuleIndex(policy)
        self._memo = memo or Memo()
        self._merger = Merger(policy)
        self._on_trust = {r.id for r in policy.rules if r.check.is_essential or Need.ISSUER in r.check.needs}
        self._judging_trust = {r.id for r in policy.rules if r.check.judges_trust}
        self._ordered = {r.id: r.check.needs_order for r in policy.rules if r.check.needs_order}
        self._on_secrets = next((r.id for r in policy.rules if r.check.takes_place_of), "")
        self._needing = {need: {r.id for r in policy.rules if need in r.check.needs} for need in Need}
        """By what is fetched, the rules that need it."""

    @property
    def needs_history(self) -> bool:
        """Whether a rule compares a certificate with that of an earlier run."""
        return bool(self._rules.rules_on(Succession))

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
        seen = [self._judge_one(observed, observation, clock, deployed) for observation in looks]
        labels = vantage_labels(looks)
        certificates = certificates_at_all(zip(labels, (one.certificates for one in seen), strict=True))
        folded = self._merger.fold(zip(labels, (one.findings for one in seen), strict=True), certificates)
        on_all = self._causes.once(self._rules.evaluate(Vantages(target, observed.observations, origin_store), clock))
        findings = self._merger.with_those_on_all(folded, on_all)
        verdict = verdict_of(findings, self._fail_on, [label for label in labels if not is_of_key_type(label)])
        is_right = verdict is Verdict.COMPLIANT
        return TargetResult(
            target=as_published(observed),
            verdict=verdict,
            findings=findings,
            policy=self.policy.name,
            stores=self.stores,
            certificates=(*certificates, *certificates_of_origin(observed)),
            clock=clock,
            observations=tuple(one.without_content() for one in (*(one.observation for one in seen), *observed.probed)),
            is_unreachable=observed.is_unreachable,
            hint=None if is_right else hint_of(target, self.policy.name, looks, self._asked),
        )

    def _judge_one(
        self, observed: Observed, observation: Observation, clock: datetime, deployed: tuple[Certificate, ...]
    ) -> _JudgedObservation:
        """The findings on one observation."""
        target = _with_sent_name(observed.target, observation)
        deployed = deployed if must_be_expected(observation, observed.looks, deployed) else ()
        settings = settings_of(target)
        look = self._judge_look(target, observation, clock, deployed, self._rules.shared(settings))
        leaf_problem = look.leaf_problem
        request, published = None, _NOTHING
        try:
            request = read_request(observation, target.roles)
            published = self._judge_published(observation, clock)
        except Malformed as error:
            leaf_problem = str(error)
        if leaf_problem and observation.failure is None:
            failure = Failure(FailureKind.UNREADABLE, Phase.READ, leaf_problem)
            observation = replace(observation, failure=failure)
        parts = [self._rules.evaluate(Observations((observation,)), clock)]
        objects = kubernetes_objects(observation, observed.looks)
        parts += [self._rules.evaluate(one, clock) for one in objects]
        parts += (*look.findings, *published.findings)
        certificates = (*look.certificates, *published.certificates)
        if (read := look.chain) and not leaf_problem:
            leaf = IssuedInRole(read.path.leaf, "leaf", target.roles)
            parts.append(self._rules.evaluate_names(leaf, clock, settings))
            if self.needs_history:
                key_type = observation.vantage.key_type
                earlier = succession(read.path.leaf, read.certificates[0], observed.last, key_type)
                parts += [self._rules.evaluate(pair, clock, settings) for pair in earlier]
            if self._rules.rules_on(TargetFacts):
                handshake = first_handshake(observation, observed.looks)
                views = [target_facts(target, path, observation, handshake) for path in read.paths]
                parts.append(self._by_all([self._rules.evaluate(view, clock, settings) for view in views]))
        elif request:
            parts.append(self._rules.evaluate(request, clock, settings))
            parts.append(self._rules.evaluate_names(request, clock, settings))
            pairs = key_pair(request.certificate, observation, self._on_secrets)
            parts += [self._rules.evaluate(pair, clock) for pair in pairs]
            certificates = (request_summary(request, observation),)
        if look.is_reversed:
            parts = [in_wrong_order(part, self._ordered) for part in parts]
        judged = self._causes.once(tuple(chain.from_iterable(parts)))
        findings = self._merger.merge([judged], presented=bool(certificates), source=target.source)
        return _JudgedObservation(observation, findings, certificates)

    def _judge_look(
        self,
        target: Target,
        observation: Observation,
        clock: datetime,
        deployed: tuple[Certificate, ...],
        settings: Settings,
    ) -> _JudgedLook:
        """Judge the presented chain with its companions. `settings` are those that endpoints with the chain share."""
        if not observation.presented:
            return _NOTHING

        def judge() -> _JudgedLook:
            chains = [chain_in(observation, store) for store in self._asked]
            first = chains[0]
            if first.leaf_problem:
                return _JudgedLook(leaf_problem=first.leaf_problem, is_reversed=first.leaf_at > 0)
            judged = self._judge_chains(target, observation, chains, clock, settings)
            of_chain = with_completion(judged.findings, self._needing[Need.ISSUER], observation, *self._asked)
            of_chain = seen_through_proxy(of_chain, self._on_trust, observation)
            of_companions = [self._about_companions(p, target, observation, clock, deployed) for p in judged.paths]
            return _JudgedLook(
                chain=judged,
                findings=(of_chain, self._by_all(of_companions)),
                certificates=with_lines(judged.certificates, observation),
                is_reversed=first.leaf_at > 0,
            )

        return self._memo.get(JudgingKey.of_look(self, target, observation, clock, settings, deployed), judge)

    def _judge_published(self, observation: Observation, clock: datetime) -> _JudgedLook:
        """Judge a CRL or an OCSP response on its own by each store, as a chain. Raises Malformed."""
        published = observation.published
        if published is None:
            return _NOTHING
        subjects = [published_subject(published, store) for store in self._asked]
        judged = [self._causes.once(self._rules.evaluate(one, clock)) for one in subjects]
        findings = min(judged, key=_badness) if self._mode is TrustMode.ANY_OF else self._by_all(judged)
        summary = published_summary(published, next(iter(observation.lines), 0))
        return _JudgedLook(findings=(findings,), certificates=(summary,))

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
        chains = [chain_in(observation, store) for store in self._asked]
        if chains[0].leaf_problem:
            return []
        judged = self._judge_chains(target, observation, chains, clock, self._rules.shared(settings_of(target)))
        seen = Seen(
            target=target,
            observation=observation,
            handshake=handshake,
            paths=judged.paths,
            stores=self._asked,
            rules=self.policy.rules,
            clock=clock,
            nonce=nonce,
        )
        return list(dict.fromkeys(missing_evidence(self.wants(target, aia=aia), seen)))

    def _judge_chains(
        self,
        target: Target,
        observation: Observation,
        chains: Sequence[ReadChain],
        clock: datetime,
        settings: Settings,
    ) -> _JudgedChain:
        """Judge the presented chain by each store. The best store counts, or all do and the worst path is shown."""

        def judge() -> _JudgedChain:
            without = self._judging_trust if observation.is_anchor else frozenset()
            judged = [self._judge_chain(c, version, lines, target.roles, clock, settings, without) for c in chains]
            if self._mode is TrustMode.ANY_OF:
                return min(judged, key=lambda one: _badness(one.findings))
            if len(judged) == 1:
                return judged[0]
            worst = max(judged, key=lambda one: _badness(one.findings))
            findings = self._by_all([one.findings for one in judged])
            return replace(worst, paths=tuple(one.path for one in judged), findings=findings)

        version = observation.handshake.version if observation.handshake else None
        lines = None if target.source.needs_connection else observation.lines
        return self._memo.get(JudgingKey.of_chain(self, target, observation, chains[0].leaf_at, clock, settings), judge)

    def _judge_chain(
        self,
        chain: ReadChain,
        version: str | None,
        lines: tuple[int, ...] | None,
        roles: frozenset[Role],
        clock: datetime,
        settings: Settings,
        without: Collection[str],
    ) -> _JudgedChain:
        """Judge the presented chain and every candidate path; keep the findings of the best path.

        The rules `without` do not apply. If several paths are equally good for the policy, the best path has the fewest
        problems for clients.
        """
        purposes = settings.by_name[Setting.PURPOSES]
        findings = on_anchor(self._rules.evaluate(chain.presented(version, lines), clock, settings), without)
        judged = [(path, on_anchor(self._judge_path(path, roles, clock, settings), without)) for path in chain.paths]
        path, of_path = judged[0]
        if judged[1:]:
            path, of_path = min(
                judged, key=lambda found: (_badness(found[1]), len(validate(found[0], clock, purposes)))
            )
        return _JudgedChain(path, (path,), self._causes.once(findings + of_path), summaries(chain, path))

    def _by_all(self, judged: Sequence[tuple[Finding, ...]]) -> tuple[Finding, ...]:
        """The findings on the single path, or those on the path of each store."""
        if len(judged) == 1:
            return judged[0]
        return by_all_stores([(store.name, findings) for store, findings in zip(self._asked, judged, strict=True)])

    def _judge_path(
        self, path: CertificatePath, roles: frozenset[Role], clock: datetime, settings: Settings
    ) -> tuple[Finding, ...]:
        """The path's own rules, and the certificate rules on each of its certificates."""
        leaf, *issuers = roles_on(path, roles)
        findings = self._rules.evaluate(path, clock, settings) + self._rules.evaluate(leaf, clock, settings)
        for issuer in issuers:
            key = JudgingKey.of_issuer(self, issuer, clock, settings)
            findings += self._memo.get(key, partial(self._rules.evaluate, issuer, clock, settings))
        return findings

    def _about_companions(
        self,
        path: CertificatePath,
        target: Target,
        observation: Observation,
        clock: datetime,
        deployed: tuple[Certificate, ...],
    ) -> tuple[Finding, ...]:
        """The findings on the chain's companions, such as a staple, a key or a proxy."""
        subjects = companions(path, target, observation, deployed, self._asked[0], self._on_secrets)
        return tuple(finding for one in subjects for finding in self._rules.evaluate(one, clock))


def _with_sent_name(target: Target, observation: Observation) -> Target:
    """The target with the name that was sent as SNI, if it expects the server to serve several names."""
    name = observation.vantage.server_name
    further = target.source.endpoint.visit.also if target.source.needs_connection else ()
    return replace(target, names=(name,)) if name in further else target


def clock_of(observed: Observed) -> datetime:
    """When the target was last observed, rounded up to the minute: results can be cached, and expiry is not missed."""
    last = max(observation.observed_at for observation in observed.observations)
    down = last.replace(second=0, microsecond=0)
    return down if down == last else down + timedelta(minutes=1)


def _badness(findings: tuple[Finding, ...]) -> tuple[int, ...]:
    """How bad a candidate path is: errors, then what is not checked, then lesser failures."""
    failures = [finding.severity for finding in findings if finding.outcome is Outcome.FAIL]
    not_checked = sum(finding.not_checked for finding in findings)
    return failures.count(Severity.ERROR), not_checked, failures.count(Severity.WARNING), failures.count(Severity.INFO)
