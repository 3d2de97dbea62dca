"""Where everything meets: plans a run, has it observed and judged, and sums up."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import IO, Any, Protocol

import certgate
from certgate.checks.registry import Check, Extra
from certgate.judge.exceptions import Exceptions
from certgate.judge.expected import (
    REVOCATION_RULES,
    demanded_by,
    expected_of,
    with_expectations,
    with_given,
)
from certgate.judge.judge import Judge, clock_of
from certgate.judge.matrix import trust_matrix
from certgate.judge.outlook import Outlook
from certgate.judge.plan import Request
from certgate.judge.tally import Tally
from certgate.judge.waivers import EXPIRED, waive
from certgate.model.baseline import Known
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.observation import Failure, FailureKind, Observation, Phase
from certgate.model.target import Revocation, Role, Target
from certgate.model.verdict import RunHeader, RunSummary, StoreSummary, TargetResult
from certgate.model.waiver import Waiver
from certgate.observe.clock import utc_now
from certgate.observe.deployed import load_deployed
from certgate.observe.saved import dump_saved
from certgate.observe.stores import load_store, public_keys
from certgate.policy.baseline import LoadedBaseline
from certgate.policy.effective import TargetPolicies, disabled_rules
from certgate.policy.mistakes import nearest
from certgate.policy.model import Policy, Rule
from certgate.policy.packs import RESERVED_RULE, load_policy
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate

__all__ = ["Emit", "Gate", "Listener", "Observe", "forecast", "prepare", "run"]

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
        asked = any(target.revocation in {Revocation.SOFT, Revocation.HARD} for target in self.targets)
        return self.aia or asked or any(judge.asks_servers for judge in self.judges.values())

    def missing(self, target: Target, observation: Observation) -> list[Request]:
        """What has to be fetched before the observation can be judged."""
        clock = self.header.at or clock_of(observation)
        return self.judges[target.id].missing(target, observation, clock, nonce=self.nonce, aia=self.aia)

    def judge(self, target: Target, observation: Observation, at: datetime | None = None) -> TargetResult:
        """Judge one observation by its target's policy and store, by the clock `at` or else by that of the run."""
        clock = at or self.header.at or clock_of(observation)
        result = self.judges[target.id].judge(target, observation, clock, self.deployed.get(target.expect, ()))
        if not self.matrix:
            return result
        purposes = expected_of(target).purposes
        return replace(result, matrix=trust_matrix(observation.presented, self.matrix, clock, purposes))

    def waivers_of(self, target: Target) -> tuple[Waiver, ...]:
        """The waivers of its policy."""
        return self.judges[target.id].policy.waivers


def prepare(
    targets: Sequence[Target],
    *,
    fail_on: Severity = Severity.ERROR,
    at: datetime | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    waivers: bool = True,
    baseline: LoadedBaseline | None = None,
    nonce: bytes = b"",
    aia: bool = False,
    given: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    matrix: Sequence[str] = (),
    started_at: datetime | None = None,
) -> Gate:
    """Read every policy and trust store that the targets name. Raises UsageError, before anything is observed.

    `given` are parameters of rules that count for this run, by rule.
    """
    if not targets:
        raise UsageError("there is no target; name one, or use --targets or --config")
    policies = {name: TargetPolicies(_read(name, waivers)) for name in dict.fromkeys(t.policy for t in targets)}
    _refuse_differing(policy.whole for policy in policies.values())
    stores = {words: load_store(words) for words in dict.fromkeys(words for t in targets for words in t.stores)}
    eyes = {word: stores.get((word,)) or load_store((word,)) for word in matrix}
    rules = {rule.id for policy in policies.values() for rule in policy.whole.rules}
    left_out = _left_out(rules | _demanded(targets) | given.keys(), select, ignore)
    decided = [_with_role(target, policies[target.policy].of(target)) for target in targets]
    held = [policies[target.policy].of(target) for target in decided]
    judges = _judges(decided, held, stores, fail_on, given, left_out)
    _require_extras(judge.policy for judge in judges.values())
    in_force = {waiver for policy in held for waiver in policy.waivers}
    header = RunHeader(
        version=certgate.__version__,
        started_at=started_at or utc_now(),
        fail_on=fail_on,
        policies=tuple(sorted({policy.whole.name for policy in policies.values()})),
        rules=tuple(
            sorted({r.id for j in judges.values() for r in j.policy.rules} | ({EXPIRED} if in_force else set()))
        ),
        stores=tuple(
            StoreSummary(s.name, s.sha256, len(s.anchors)) for s in dict.fromkeys((*stores.values(), *eyes.values()))
        ),
        left_out=tuple(sorted(left_out)),
        disabled=tuple(
            dict.fromkeys(d for policy in {id(p): p for p in held}.values() for d in disabled_rules(policy))
        ),
        at=at,
        waivers=len(in_force) if waivers else None,
        baseline=str(baseline or ""),
    )
    deployed = {words: load_deployed(words) for words in dict.fromkeys(t.expect for t in targets) if words}
    return Gate(
        header,
        decided,
        judges,
        deployed,
        matrix=tuple(eyes.values()),
        nonce=nonce,
        aia=aia,
        baseline=baseline.entries if baseline else (),
    )


def run(gate: Gate, observe: Observe, listener: Listener, save: IO[str] | None = None) -> RunSummary:
    """Observe, judge and hand on every target in the order of declaration; the verdict of the run."""
    listener.begin(gate.header)
    fail_on = gate.header.fail_on
    tally = Tally(fail_on)
    declared = dict.fromkeys(waiver for target in gate.targets for waiver in gate.waivers_of(target))
    exceptions = Exceptions(declared, gate.baseline, fail_on=fail_on, left_out=gate.header.left_out)
    saved: set[str] = set()
    waiting: dict[int, TargetResult] = {}
    expected = 0

    def emit(target: Target, observation: Observation) -> None:
        nonlocal expected
        if save is not None:
            save.write(dump_saved(target, observation, saved) + "\n")
        waiting[target.ordinal] = exceptions.apply(gate.judge(target, observation), gate.waivers_of(target))
        while (result := waiting.pop(expected, None)) is not None:
            tally.add(result)
            listener.add(result)
            expected += 1

    source = iter(gate.targets)
    interrupted = observe(source, emit)
    for target in source:
        emit(target, _not_begun(target))
    summary = tally.summary(interrupted=interrupted, notices=exceptions.notices())
    listener.end(summary)
    return summary


def forecast(gate: Gate, observe: Observe, *, start: datetime, end: datetime) -> Outlook:
    """Observe every target once, and judge what was seen by the clocks from `start` to `end`."""
    outlook = Outlook(start, end)
    fail_on = gate.header.fail_on

    def emit(target: Target, observation: Observation) -> None:
        def judged(at: datetime) -> TargetResult:
            return waive(gate.judge(target, observation, at), gate.waivers_of(target), fail_on)[0]

        outlook.add(target, observation, judged, gate.judges[target.id].policy, fail_on)

    source = iter(gate.targets)
    outlook.interrupted = observe(source, emit)
    for target in source:
        emit(target, _not_begun(target))
    return outlook


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
        found |= set(demanded_by(target))
        found |= set(REVOCATION_RULES) if target.revocation is not Revocation.OFF else set()
    return found


def _read(name: str, waivers: bool) -> Policy:
    policy = load_policy(name)
    return policy if waivers else replace(policy, waivers=())


def _refuse_differing(policies: Iterable[Policy]) -> None:
    """Raise UsageError for rules that two policies of this run bring along under one id, and that differ."""
    seen: dict[str, Check] = {}
    for check in (rule.check for policy in policies for rule in policy.rules):
        other = seen.setdefault(check.id, check)
        if other != check:
            where = f"{other.citation} and {check.citation}"
            raise UsageError(f"{check.id} is declared in two ways, at {where}; give one of them another id")


def _require_extras(policies: Iterable[Policy]) -> None:
    """Raise UsageError for rules that need an extra which is not installed."""
    missing: dict[Extra, dict[str, Rule]] = {}
    for rule in (rule for policy in policies for rule in policy.rules):
        if rule.check.extra and not rule.check.extra.is_installed:
            missing.setdefault(rule.check.extra, {})[rule.id] = rule
    for extra, rules in missing.items():
        ignored = " ".join(f"--ignore {id}" for id in rules)
        raise UsageError(
            f"{next(iter(rules.values())).place}: {' and '.join(rules)} cannot be judged: {extra.package} is not "
            f"installed; run `pip install 'certgate[{extra.name}]'`, or leave out what needs it with {ignored}"
        )


def _without(policy: Policy, left_out: frozenset[str]) -> Policy:
    return replace(policy, rules=tuple(rule for rule in policy.rules if rule.is_on and rule.id not in left_out))


def _knowing_public_cas(policy: Policy) -> Policy:
    """The policy with the keys of public CAs, where its rules ask for them."""
    rule = "trust.public-on-internal"
    asks = any(held.id == rule for held in policy.rules)
    return with_given(policy, {rule: {"public_keys": public_keys()}}) if asks else policy


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
    given: Mapping[str, Mapping[str, Any]],
    left_out: frozenset[str],
) -> dict[str, Judge]:
    """A judge for each target with its policy, shared between targets that have it, store and own words in common."""
    shared: dict[object, Judge] = {}
    judges = {}
    for target, held in zip(targets, policies, strict=True):
        trust = (target.trust, target.trust_mode)
        key = (id(held), trust, demanded_by(target), target.revocation)
        if key not in shared:
            policy = with_given(with_expectations(held, target), given)
            policy = _knowing_public_cas(_without(policy, left_out))
            asked = (stores[words] for words in target.stores)
            shared[key] = Judge(policy, *asked, mode=target.trust_mode, fail_on=fail_on)
        judges[target.id] = shared[key]
    return judges


def _not_begun(target: Target) -> Observation:
    failure = Failure(FailureKind.INTERRUPTED, Phase.RESOLVE, "the run was interrupted before this target was observed")
    return Observation(target.id, utc_now(), failure=failure)
