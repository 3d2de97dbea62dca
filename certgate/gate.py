"""Where everything meets: plans a run, has it observed and judged, and sums up."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import IO, Protocol

import certgate
from certgate.judge.expected import REVOCATION_RULES, with_expectations
from certgate.judge.judge import Judge, clock_of
from certgate.judge.memo import Memo
from certgate.judge.plan import Request
from certgate.model.errors import UsageError
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import Failure, FailureKind, Observation, Phase
from certgate.model.target import Revocation, Role, Target
from certgate.model.verdict import RunHeader, RunSummary, StoreSummary, TargetResult, Verdict
from certgate.observe.clock import utc_now
from certgate.observe.saved import dump_saved
from certgate.observe.stores import load_store
from certgate.policy.effective import TargetPolicies, disabled_rules
from certgate.policy.mistakes import nearest
from certgate.policy.model import Policy
from certgate.policy.packs import RESERVED_RULE, load_policy
from certgate.trust.store import TrustStore

__all__ = ["Emit", "Gate", "Listener", "Observe", "prepare", "run"]

Emit = Callable[[Target, Observation], None]
Observe = Callable[[Iterable[Target], Emit], bool]
"""Observes targets, hands each observation on, and says whether it was interrupted."""


class Listener(Protocol):
    """What hears of a run: the reports."""

    def begin(self, header: RunHeader) -> None:
        """Before the first target."""

    def add(self, result: TargetResult) -> None:
        """Each target's result, in the order of declaration."""

    def end(self, summary: RunSummary) -> None:
        """After the last target."""


@dataclass(frozen=True)
class Gate:
    """A planned run: targets with their roles decided, policies and trust stores read. Snapshots; nothing reloads."""

    header: RunHeader
    targets: Sequence[Target]
    judges: Mapping[str, Judge] = field(repr=False)
    """By target id."""

    nonce: bytes = b""
    """Sent along with OCSP requests; empty for none."""
    aia: bool = False
    """Whether missing issuers are fetched, to say more of an incomplete chain."""

    @property
    def fetches(self) -> bool:
        """Whether anything may be fetched in this run."""
        return self.aia or any(target.revocation in {Revocation.SOFT, Revocation.HARD} for target in self.targets)

    def missing(self, target: Target, observation: Observation) -> list[Request]:
        """What has to be fetched before the observation can be judged."""
        clock = self.header.at or clock_of(observation)
        return self.judges[target.id].missing(target, observation, clock, nonce=self.nonce, aia=self.aia)

    def judge(self, target: Target, observation: Observation) -> TargetResult:
        """Judge one observation by its target's policy and store."""
        return self.judges[target.id].judge(target, observation, self.header.at or clock_of(observation))


def prepare(
    targets: Sequence[Target],
    *,
    fail_on: Severity = Severity.ERROR,
    at: datetime | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    nonce: bytes = b"",
    aia: bool = False,
    started_at: datetime | None = None,
) -> Gate:
    """Read every policy and trust store that the targets name. Raises UsageError, before anything is observed."""
    if not targets:
        raise UsageError("there is no target; name one, or use --targets or --config")
    policies = {name: TargetPolicies(load_policy(name)) for name in dict.fromkeys(t.policy for t in targets)}
    stores = {words: load_store(words) for words in dict.fromkeys(words for t in targets for words in t.stores)}
    rules = {rule.id for policy in policies.values() for rule in policy.whole.rules}
    left_out = _left_out(rules | _demanded(targets), select, ignore)
    decided = [_with_role(target, policies[target.policy].of(target)) for target in targets]
    held = [policies[target.policy].of(target) for target in decided]
    judges = _judges(decided, held, stores, fail_on, left_out)
    header = RunHeader(
        version=certgate.__version__,
        started_at=started_at or utc_now(),
        fail_on=fail_on,
        policies=tuple(sorted({policy.whole.name for policy in policies.values()})),
        rules=tuple(sorted({rule.id for judge in judges.values() for rule in judge.policy.rules})),
        stores=tuple(StoreSummary(s.name, s.sha256, len(s.anchors)) for s in stores.values()),
        left_out=tuple(sorted(left_out)),
        disabled=tuple(
            dict.fromkeys(d for policy in {id(p): p for p in held}.values() for d in disabled_rules(policy))
        ),
        at=at,
    )
    return Gate(header, decided, judges, nonce=nonce, aia=aia)


def run(gate: Gate, observe: Observe, listener: Listener, save: IO[str] | None = None) -> RunSummary:
    """Observe, judge and hand on every target in the order of declaration; the verdict of the run."""
    listener.begin(gate.header)
    tally = _Tally(gate.header.fail_on)
    saved: set[str] = set()
    waiting: dict[int, TargetResult] = {}
    expected = 0

    def emit(target: Target, observation: Observation) -> None:
        nonlocal expected
        if save is not None:
            save.write(dump_saved(target, observation, saved) + "\n")
        waiting[target.ordinal] = gate.judge(target, observation)
        while (result := waiting.pop(expected, None)) is not None:
            tally.add(result)
            listener.add(result)
            expected += 1

    source = iter(gate.targets)
    interrupted = observe(source, emit)
    for target in source:
        emit(target, _not_begun(target))
    summary = tally.summary(interrupted=interrupted)
    listener.end(summary)
    return summary


class _Tally:
    """Counts results as they pass."""

    def __init__(self, fail_on: Severity) -> None:
        self._fail_on = fail_on
        self._targets = dict.fromkeys(Verdict, 0)
        self._counts: Memo[tuple[tuple[Finding, ...], int, int, int]] = Memo()
        self._violations = self._warnings = self._undecided = 0

    def add(self, result: TargetResult) -> None:
        self._targets[result.verdict] += 1
        _, violations, warnings, undecided = self._counts.get(id(result.findings), lambda: self._count(result.findings))
        self._violations += violations
        self._warnings += warnings
        self._undecided += undecided

    def _count(self, findings: tuple[Finding, ...]) -> tuple[tuple[Finding, ...], int, int, int]:
        """The findings themselves, so that their identity stays theirs, then violations, lesser failures, undecided."""
        failures = [finding for finding in findings if finding.outcome is Outcome.FAIL]
        violations = sum(finding.violates(self._fail_on) for finding in failures)
        undecided = sum(finding.undecided for finding in findings if finding.outcome is not Outcome.PASS)
        return findings, violations, len(failures) - violations, undecided

    def summary(self, *, interrupted: bool) -> RunSummary:
        verdict = next(v for v in (Verdict.VIOLATED, Verdict.INCOMPLETE, Verdict.COMPLIANT) if self._targets[v])
        return RunSummary(verdict, self._targets, self._violations, self._warnings, self._undecided, interrupted)


def _left_out(rules: set[str], select: Sequence[str], ignore: Sequence[str]) -> frozenset[str]:
    """The rules that --select and --ignore leave out. Raises UsageError for a pattern that matches nothing."""
    for option, patterns in (("--select", select), ("--ignore", ignore)):
        for pattern in patterns:
            matched = {rule for rule in rules if fnmatchcase(rule, pattern)}
            if not matched:
                raise UsageError(f'{option} "{pattern}" matches no rule of this run{nearest(pattern, rules)}')
            if option == "--ignore" and pattern == RESERVED_RULE:
                raise UsageError(f"--ignore: {RESERVED_RULE} cannot be left out: a target that was not seen is no pass")
    kept = {r for r in rules if not select or any(fnmatchcase(r, p) for p in select)}
    kept -= {r for r in rules if any(fnmatchcase(r, p) for p in ignore)}
    return frozenset(rules - kept - {RESERVED_RULE})


def _demanded(targets: Iterable[Target]) -> set[str]:
    """Rules that targets switch on by their own words."""
    found = set()
    for target in targets:
        found |= {"spiffe.id-allowed"} if target.spiffe_ids else set()
        found |= {"policy.expected"} if target.policy_oids else set()
        found |= set(REVOCATION_RULES) if target.revocation is not Revocation.OFF else set()
    return found


def _without(policy: Policy, left_out: frozenset[str]) -> Policy:
    return replace(policy, rules=tuple(rule for rule in policy.rules if rule.is_on and rule.id not in left_out))


def _with_role(target: Target, policy: Policy) -> Target:
    """Under a SPIFFE policy a server leaf is judged as an SVID too, and its name is its SPIFFE ID."""
    if not policy.is_spiffe:
        return target
    roles = target.roles | ({Role.SPIFFE} if Role.SERVER in target.roles else set())
    reason = f"{target.role_reason}; {policy.name} is a SPIFFE policy" if roles != target.roles else target.role_reason
    return replace(target, roles=roles, role_reason=reason, names=())


def _judges(
    targets: Iterable[Target],
    policies: Iterable[Policy],
    stores: Mapping[tuple[str, ...], TrustStore],
    fail_on: Severity,
    left_out: frozenset[str],
) -> dict[str, Judge]:
    """A judge for each target with its policy, shared between targets that have it, store and own words in common."""
    shared: dict[object, Judge] = {}
    judges = {}
    for target, held in zip(targets, policies, strict=True):
        trust = (target.trust, target.trust_mode)
        key = (id(held), trust, bool(target.spiffe_ids), bool(target.policy_oids), target.revocation)
        if key not in shared:
            policy = _without(with_expectations(held, target), left_out)
            asked = (stores[words] for words in target.stores)
            shared[key] = Judge(policy, *asked, mode=target.trust_mode, fail_on=fail_on)
        judges[target.id] = shared[key]
    return judges


def _not_begun(target: Target) -> Observation:
    failure = Failure(FailureKind.INTERRUPTED, Phase.RESOLVE, "the run was interrupted before this target was observed")
    return Observation(target.id, utc_now(), failure=failure)
