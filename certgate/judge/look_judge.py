"""Judges what a server sent or a file holds, whatever its target is called."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from certgate.checks.framework.needs import Need, Setting
from certgate.checks.framework.subjects import IssuedInRole
from certgate.judge.apply import RuleIndex
from certgate.judge.chain import (
    ReadChain,
    chain_in,
    roles_on,
    seen_through_proxy,
    summaries,
    with_completion,
    with_lines,
)
from certgate.judge.dependent import Causes, on_anchor
from certgate.judge.memo import JudgingKey, Memo
from certgate.judge.merge import by_all_stores
from certgate.judge.observed_subjects import companions
from certgate.judge.published_subjects import published_subject, published_summary
from certgate.judge.recent import Recent
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.frozen import frozen
from certgate.model.observation import Observation
from certgate.model.target import Role, Target, TrustMode
from certgate.model.verdict import CertificateSummary
from certgate.policy.model import TargetPolicy
from certgate.policy.settings import Settings, declared, without_names
from certgate.trust.path import CertificatePath
from certgate.trust.store import TrustStore
from certgate.trust.validation import validate
from certgate.x509.certificate import Certificate

__all__ = ["NOTHING", "JudgedChain", "JudgedLook", "LookJudge"]


@frozen(slots=True, kw_only=True)
class JudgedChain:
    """The result for a presented chain, whoever presents it."""

    path: CertificatePath
    """The path that reports show."""
    paths: tuple[CertificatePath, ...]
    """The path that counts; one for each store if all stores count."""
    findings: tuple[Finding, ...]
    certificates: tuple[CertificateSummary, ...]
    leaf: IssuedInRole
    clock: datetime
    settings: Settings
    """Those that the rules use, without the target's names."""


@frozen(slots=True)
class JudgedLook:
    """The result for what a server sent or a file holds, whatever the target expects."""

    chain: JudgedChain | None = None
    """None if there is no chain, or its leaf cannot be read."""
    findings: tuple[tuple[Finding, ...], ...] = ()
    """On the chain, then on its companions."""
    certificates: tuple[CertificateSummary, ...] = ()
    leaf_problem: str | None = None
    is_reversed: bool = False
    """Whether the leaf is not the first certificate of its chain."""


NOTHING = JudgedLook()


class LookJudge:
    """Judges what targets show by one policy and its stores; what many targets show is judged once."""

    def __init__(
        self,
        policy: TargetPolicy,
        stores: Sequence[TrustStore],
        mode: TrustMode,
        rules: RuleIndex,
        causes: Causes,
        memo: Memo,
    ) -> None:
        self._stores = stores
        self._mode = mode
        self._rules = rules
        self._shared_settings = Recent(256)
        self._causes = causes
        self._memo = memo
        self._on_issuers = {r.id for r in policy.rules if Need.ISSUER in r.check.needs}
        self._on_trust = {r.id for r in policy.rules if r.check.is_essential} | self._on_issuers
        self._judging_trust = {r.id for r in policy.rules if r.check.judges_trust}
        self.on_secrets = next((r.id for r in policy.rules if r.check.takes_place_of), "")
        """The rule that judges the keys of Secrets; empty for none."""

    def look(
        self,
        target: Target,
        observation: Observation,
        clock: datetime,
        deployed: tuple[Certificate, ...],
    ) -> JudgedLook:
        """Judge the presented chain with its companions."""
        if not observation.presented:
            return NOTHING
        settings = self._settings(target)

        def judge() -> JudgedLook:
            chains = [chain_in(observation, store) for store in self._stores]
            first = chains[0]
            if first.leaf_problem:
                return JudgedLook(leaf_problem=first.leaf_problem, is_reversed=first.leaf_at > 0)
            judged = self._judge_chains(target, observation, chains, clock, settings)
            of_chain = with_completion(judged.findings, self._on_issuers, observation, *self._stores)
            of_chain = seen_through_proxy(of_chain, self._on_trust, observation)
            of_companions = [self._about_companions(p, target, observation, clock, deployed) for p in judged.paths]
            return JudgedLook(
                chain=judged,
                findings=(of_chain, self.by_all(of_companions)),
                certificates=with_lines(judged.certificates, observation),
                is_reversed=first.leaf_at > 0,
            )

        return self._memo.get(JudgingKey.of_look(self, target, observation, clock, settings, deployed), judge)

    def paths(self, target: Target, observation: Observation, clock: datetime) -> tuple[CertificatePath, ...]:
        """The paths of the presented chain that count; none if its leaf cannot be read."""
        chains = [chain_in(observation, store) for store in self._stores]
        if chains[0].leaf_problem:
            return ()
        settings = self._settings(target)
        return self._judge_chains(target, observation, chains, clock, settings).paths

    def _settings(self, target: Target) -> Settings:
        """Those that the rules use, without the target's names."""
        of_target = declared(target)
        return self._shared_settings.get(of_target, lambda: self._rules.shared(without_names(of_target)))

    def published(self, observation: Observation, clock: datetime) -> JudgedLook:
        """Judge a CRL or an OCSP response on its own by each store, as a chain. Raises Malformed."""
        published = observation.published
        if published is None:
            return NOTHING
        subjects = [published_subject(published, store) for store in self._stores]
        judged = [self._causes.once(self._rules.evaluate(one, clock)) for one in subjects]
        findings = min(judged, key=_badness) if self._mode is TrustMode.ANY_OF else self.by_all(judged)
        summary = published_summary(published, next(iter(observation.lines), 0))
        return JudgedLook(findings=(findings,), certificates=(summary,))

    def _judge_chains(
        self,
        target: Target,
        observation: Observation,
        chains: Sequence[ReadChain],
        clock: datetime,
        settings: Settings,
    ) -> JudgedChain:
        """Judge the presented chain by each store. The best store counts, or all do and the worst path is shown."""

        def judge() -> JudgedChain:
            without = self._judging_trust if observation.is_anchor else frozenset()
            judged = [self._judge_chain(c, version, lines, target.roles, clock, settings, without) for c in chains]
            if self._mode is TrustMode.ANY_OF:
                return min(judged, key=lambda one: _badness(one.findings))
            if len(judged) == 1:
                return judged[0]
            worst = max(judged, key=lambda one: _badness(one.findings))
            findings = self.by_all([one.findings for one in judged])
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
    ) -> JudgedChain:
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
        return JudgedChain(
            path=path,
            paths=(path,),
            findings=self._causes.once(findings + of_path),
            certificates=summaries(chain, path),
            leaf=IssuedInRole(path.leaf, "leaf", roles),
            clock=clock,
            settings=settings,
        )

    def by_all(self, judged: Sequence[tuple[Finding, ...]]) -> tuple[Finding, ...]:
        """The findings on the single path, or those on the path of each store."""
        if len(judged) == 1:
            return judged[0]
        return by_all_stores([(store.name, findings) for store, findings in zip(self._stores, judged, strict=True)])

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
        subjects = companions(path, target, observation, deployed, self._stores[0], self.on_secrets)
        return tuple(finding for one in subjects for finding in self._rules.evaluate(one, clock))


def _badness(findings: tuple[Finding, ...]) -> tuple[int, ...]:
    """How bad a candidate path is: errors, then what is not checked, then lesser failures."""
    failures = [finding.severity for finding in findings if finding.outcome is Outcome.FAIL]
    not_checked = sum(finding.not_checked for finding in findings)
    return failures.count(Severity.ERROR), not_checked, failures.count(Severity.WARNING), failures.count(Severity.INFO)
