"""Judges what was observed of one target by one policy and its trust stores."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from certgate.checks.subjects import (
    CertificateInRole,
    ExpectedChain,
    Handshake,
    KeyPair,
    Observations,
    Staple,
    Subject,
)
from certgate.judge.chain import ReadChain, read_chain, roles_on, summaries
from certgate.judge.completion import completed_path, with_completion
from certgate.judge.expected import NAME_RULES, Expected, expected_of
from certgate.judge.memo import Memo
from certgate.judge.merge import Merger, Part, verdict_of
from certgate.judge.plan import Request, missing_decisions, missing_issuer, missing_status
from certgate.judge.request import read_request, summary
from certgate.judge.revocation import revocation_evidence
from certgate.judge.rules import apply
from certgate.judge.stores import by_all_stores
from certgate.judge.view import view_of
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import Failure, FailureKind, Note, Observation, Phase
from certgate.model.target import Role, Target, TrustMode
from certgate.model.verdict import CertificateSummary, StoreSummary, TargetResult
from certgate.own.opa import judge_decision
from certgate.policy.model import Policy, Rule
from certgate.trust.path import Path
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed

__all__ = ["Judge", "clock_of"]


@dataclass(frozen=True, slots=True)
class _JudgedChain:
    """What a presented chain gives, whoever presents it."""

    leaf: Certificate
    issuer: Certificate | None
    path: Path
    findings: tuple[Finding, ...]
    certificates: tuple[CertificateSummary, ...]


class Judge:
    """One policy and its stores, ready to judge. Keeps results by content, so that a shared chain is judged once."""

    def __init__(
        self,
        policy: Policy,
        *stores: TrustStore,
        mode: TrustMode = TrustMode.UNION,
        fail_on: Severity = Severity.ERROR,
    ) -> None:
        self.policy = policy
        self._asked = stores
        self._mode = mode
        self._stores = tuple(StoreSummary(store.name, store.sha256, len(store.anchors)) for store in stores)
        self._fail_on = fail_on
        self._named = [rule for rule in policy.rules if rule.id in NAME_RULES]
        self._rules: dict[str, list[Rule]] = {}
        for rule in policy.rules:
            if rule.id not in NAME_RULES:
                self._rules.setdefault(rule.check.subject, []).append(rule)
        self._on_request = (self._rules.get("certificate", ()), self._named)
        self._chains: Memo[_JudgedChain] = Memo()
        self._answers: Memo[tuple[Finding, ...]] = Memo()
        self._merger = Merger(policy)

    @property
    def asks_servers(self) -> bool:
        """Whether any rule wants a policy server's decision."""
        return any(rule.check.run is judge_decision for rule in self._rules.get("view", ()))

    def judge(
        self, target: Target, observation: Observation, clock: datetime, deployed: tuple[Certificate, ...] = ()
    ) -> TargetResult:
        """Everything the policy says of the observation at `clock` (aware, UTC). `deployed` is the expected chain."""
        chains = [
            read_chain(observation.presented, store, observation.container)
            for store in self._asked
            if observation.presented
        ]
        leaf_problem = chains[0].leaf_problem if chains else None
        request = None
        try:
            request = read_request(observation, target.roles)
        except Malformed as error:
            leaf_problem = str(error)
        if leaf_problem and observation.failure is None:
            failure = Failure(FailureKind.UNREADABLE, Phase.READ, leaf_problem)
            observation = replace(observation, failure=failure)
        expected = expected_of(target)
        of_target = self._rules.get("target", ())
        shared = [self._about(Observations((observation,)), of_target, clock, expected.without_names)]
        own: list[Part] = []
        certificates: tuple[CertificateSummary, ...] = ()
        if chains and not leaf_problem:
            judged = self._judge_presented(target, observation, chains, clock, expected, shared)
            own.append(self._about(CertificateInRole(judged.leaf, "leaf", target.roles), self._named, clock, expected))
            if asked := self._rules.get("view"):
                own.append(self._about(view_of(target, judged.path, observation), asked, clock, expected))
            certificates = _with_lines(judged, observation)
            own += self._about_what_came_along(judged.leaf, observation, clock, expected, deployed)
        elif request:
            own += [self._about(request, rules, clock, expected) for rules in self._on_request]
            own += self._about_what_came_along(request.certificate, observation, clock, expected, ())
            certificates = (summary(request, observation),)
        findings = self._merger.merge(shared, own, presented=bool(certificates), from_file=observation.from_file)
        return TargetResult(
            target,
            verdict_of(findings, self._fail_on),
            findings,
            self.policy.name,
            self._stores,
            certificates,
            clock,
            replace(observation, presented=(), staple=None, evidence=(), public_key=None, request=None),
        )

    def missing(
        self, target: Target, observation: Observation, clock: datetime, *, nonce: bytes, aia: bool
    ) -> list[Request]:
        """What has still to be fetched for a verdict at `clock`: what the target asks for, and issuers with `aia`."""
        if not observation.presented:
            return []
        chains = [read_chain(observation.presented, store, observation.container) for store in self._asked]
        if chains[0].leaf_problem:
            return []
        path = self._judge_presented(target, observation, chains, clock, expected_of(target), []).path
        found = list(missing_status(path, observation, target.revocation, clock, nonce))
        found += missing_decisions(view_of(target, path, observation), self._rules.get("view", ()), clock)
        if aia:
            for store in self._asked:
                found += missing_issuer(completed_path(observation, store), observation)
        return list(dict.fromkeys(found))

    def _judge_presented(
        self,
        target: Target,
        observation: Observation,
        chains: Sequence[ReadChain],
        clock: datetime,
        expected: Expected,
        parts: list[Part],
    ) -> _JudgedChain:
        """Add the findings about everything that was presented, part by part."""
        roles = target.roles
        shared = expected.without_names
        facts = observation.handshake
        version = facts.version if facts else None
        key = (observation.presented, observation.container, version, roles, clock, shared)
        judged = self._chains.get(key, lambda: self._judge_chains(chains, version, roles, clock, shared))
        parts.append(with_completion(judged.findings, observation, *self._asked))
        if not observation.from_file or observation.staple is not None:
            unusable = Note.STAPLE_UNUSABLE in observation.notes
            staple = Staple(observation.staple, judged.leaf, judged.issuer, unusable=unusable)
            parts.append(self._about(staple, self._rules.get("staple", ()), clock, shared))
        on_revocation = self._rules.get("revocation evidence", ())
        known = revocation_evidence(judged.path, observation, target.revocation)
        parts += [self._about(subject, on_revocation, clock, shared) for subject in known]
        if facts:
            handshake = Handshake(facts, judged.leaf)
            parts.append(self._about(handshake, self._rules.get("handshake", ()), clock, shared))
        return judged

    def _about_what_came_along(
        self,
        leaf: Certificate,
        observation: Observation,
        clock: datetime,
        expected: Expected,
        deployed: tuple[Certificate, ...],
    ) -> Iterator[tuple[Finding, ...]]:
        """What is said of the private key beside the leaf, and of the chain that was expected."""
        if observation.public_key is not None or observation.key_problem:
            pair = KeyPair(leaf, observation.public_key, observation.key_problem)
            yield self._about(pair, self._rules.get("key pair", ()), clock, expected.without_names)
        if deployed:
            sent = tuple(sha256(der).hexdigest() for der in observation.presented)
            chain = ExpectedChain(leaf, sent, deployed)
            yield self._about(chain, self._rules.get("expected chain", ()), clock, expected.without_names)

    def _judge_chains(
        self,
        chains: Sequence[ReadChain],
        version: str | None,
        roles: frozenset[Role],
        clock: datetime,
        expected: Expected,
    ) -> _JudgedChain:
        """Judge the chain by each store; then the best result counts, or all do and the worst path is shown."""
        judged = [self._judge_chain(chain, version, roles, clock, expected) for chain in chains]
        if self._mode is TrustMode.ANY_OF:
            return min(judged, key=lambda one: _badness(one.findings))
        if len(judged) == 1:
            return judged[0]
        worst = max(judged, key=lambda one: _badness(one.findings))
        findings = [(store.name, one.findings) for store, one in zip(self._asked, judged, strict=True)]
        return replace(worst, findings=by_all_stores(findings))

    def _judge_chain(
        self, chain: ReadChain, version: str | None, roles: frozenset[Role], clock: datetime, expected: Expected
    ) -> _JudgedChain:
        """Judge the presented chain and every candidate path; keep the findings of the best path."""
        findings = self._about(chain.presented(version), self._rules.get("presented chain", ()), clock, expected)
        judged = [(path, self._judge_path(path, roles, clock, expected)) for path in chain.paths]
        path, of_path = judged[0] if len(judged) == 1 else min(judged, key=lambda candidate: _badness(candidate[1]))
        return _JudgedChain(path.leaf, path.issuer_of(0), path, findings + of_path, summaries(chain, path))

    def _judge_path(
        self, path: Path, roles: frozenset[Role], clock: datetime, expected: Expected
    ) -> tuple[Finding, ...]:
        """The path's own rules, and the certificate rules on each of its certificates."""
        findings = self._about(path, self._rules.get("path", ()), clock, expected)
        for subject in roles_on(path, roles):
            findings += self._about(subject, self._rules.get("certificate", ()), clock, expected)
        return findings

    def _about(
        self, subject: Subject, rules: Sequence[Rule], clock: datetime, expected: Expected
    ) -> tuple[Finding, ...]:
        """What `rules` say about `subject`; rules for other roles say nothing."""
        if not rules:
            return ()
        key = (subject.key, rules[0].id, clock, expected)
        return self._answers.get(key, lambda: tuple(_answers(subject, rules, clock, expected)))


def clock_of(observation: Observation) -> datetime:
    """The observation's own time, rounded up to the minute: results can be kept, and expiry errs on the safe side."""
    down = observation.observed_at.replace(second=0, microsecond=0)
    return down if down == observation.observed_at else down + timedelta(minutes=1)


def _answers(subject: Subject, rules: Sequence[Rule], clock: datetime, expected: Expected) -> list[Finding]:
    findings: list[Finding] = []
    for rule in rules:
        if not isinstance(subject, CertificateInRole) or subject.roles & rule.check.roles:
            findings += apply(rule, subject, subject.label, clock, expected.parameters(rule.id))
    return findings


def _badness(findings: tuple[Finding, ...]) -> tuple[int, ...]:
    """How bad a candidate path is: errors, then what is undecided, then lesser failures."""
    failures = [finding.severity for finding in findings if finding.outcome is Outcome.FAIL]
    undecided = sum(finding.undecided for finding in findings)
    return failures.count(Severity.ERROR), undecided, failures.count(Severity.WARNING), failures.count(Severity.INFO)


def _with_lines(judged: _JudgedChain, observation: Observation) -> tuple[CertificateSummary, ...]:
    """The certificates with the line of the file on which each begins."""
    if not observation.lines:
        return judged.certificates
    lines = dict(zip((sha256(der).hexdigest() for der in observation.presented), observation.lines, strict=False))
    return tuple(replace(c, line=lines.get(c.sha256, 0)) for c in judged.certificates)
