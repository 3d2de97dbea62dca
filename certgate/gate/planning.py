"""Plans a run: reads the policies and trust stores that the targets name, and refuses what cannot be judged."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

import certgate
from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import Check, Extra
from certgate.gate.planned import Gate
from certgate.judge.judge import Judge
from certgate.judge.memo import Memo
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.reserved import EXCEPTION_RULES, TARGET_OBSERVED, WAIVER_EXPIRED
from certgate.model.rule_doc import RuleDoc
from certgate.model.target import Role, Target
from certgate.model.verdict import RunHeader, StoreSummary
from certgate.model.waiver import matches
from certgate.observe.clock import utc_now
from certgate.observe.files.deployed import load_deployed
from certgate.observe.stores.trust_stores import load_store, public_keys
from certgate.policy.baseline import LoadedBaseline
from certgate.policy.effective import TargetPolicies, disabled_rules
from certgate.policy.mistakes import nearest
from certgate.policy.model import Policy, Rule
from certgate.policy.packs import load_policy
from certgate.policy.settings import bound_by, demanded, demanding, with_demands, with_settings
from certgate.trust.store import TrustStore

__all__ = ["prepare"]


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
    settings: Mapping[Setting, Any] = MappingProxyType({}),
    matrix: Sequence[str] = (),
    started_at: datetime | None = None,
) -> Gate:
    """Read every policy and trust store that the targets name. Raises UsageError, before anything is observed.

    `settings` are those of the run.
    """
    if not targets:
        raise UsageError("there is no target; name one, or use --targets or --config")
    policies = {name: TargetPolicies(_read(name, waivers)) for name in dict.fromkeys(t.policy for t in targets)}
    _refuse_differing(policy.whole for policy in policies.values())
    stores = {words: load_store(words) for words in dict.fromkeys(words for t in targets for words in t.stores)}
    eyes = {word: stores.get((word,)) or load_store((word,)) for word in matrix}
    rules = {rule.id for policy in policies.values() for rule in policy.whole.rules}
    said = frozenset(setting for target in targets for setting in demanding(target))
    left_out = _left_out(rules | demanded(settings.keys() | said), select, ignore)
    decided = [_with_role(target, policies[target.policy].of(target)) for target in targets]
    held = [policies[target.policy].of(target) for target in decided]
    memo = Memo()
    judges = _judges(decided, held, stores, fail_on, settings, left_out, memo)
    applied = [judge.policy for judge in dict.fromkeys(judges.values())]
    _require_extras(applied)
    in_force = {waiver for policy in held for waiver in policy.waivers}
    header = RunHeader(
        version=certgate.__version__,
        started_at=started_at or utc_now(),
        fail_on=fail_on,
        policies=tuple(sorted({policy.whole.name for policy in policies.values()})),
        rules=_documented(applied, waivers=bool(in_force)),
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
        header=header,
        targets=decided,
        judges=judges,
        memo=memo,
        deployed=deployed,
        matrix=tuple(eyes.values()),
        nonce=nonce,
        aia=aia,
        baseline=baseline.entries if baseline else (),
    )


def _documented(policies: Iterable[Policy], *, waivers: bool) -> dict[str, RuleDoc]:
    """The rules that may speak in this run, sorted by id."""
    docs = {rule.id: rule.check.doc for policy in policies for rule in policy.rules}
    docs |= {WAIVER_EXPIRED: EXCEPTION_RULES[WAIVER_EXPIRED]} if waivers else {}
    return dict(sorted(docs.items()))


def _left_out(rules: set[str], select: Sequence[str], ignore: Sequence[str]) -> frozenset[str]:
    """The rules that --select and --ignore leave out. Raises UsageError for a pattern that matches nothing."""
    for option, patterns in (("--select", select), ("--ignore", ignore)):
        for pattern in patterns:
            matched = {rule for rule in rules if matches(pattern, rule)}
            if not matched:
                raise UsageError(f'{option} "{pattern}" matches no rule of this run{nearest(pattern, rules)}')
            if option == "--ignore" and pattern == TARGET_OBSERVED:
                raise UsageError(
                    f"--ignore: {TARGET_OBSERVED} cannot be left out: a target that was not seen is no pass"
                )
    kept = {r for r in rules if not select or any(matches(p, r) for p in select)}
    kept -= {r for r in rules if any(matches(p, r) for p in ignore)}
    return frozenset(rules - kept - {TARGET_OBSERVED})


def _read(name: str, waivers: bool) -> Policy:
    policy = load_policy(name)
    return policy if waivers else replace(policy, waivers=())


def _refuse_differing(policies: Iterable[Policy]) -> None:
    """Raise UsageError for rules that two policies of this run bring along under one id, and that differ."""
    seen: dict[str, Check] = {}
    for check in (rule.check for policy in policies for rule in policy.rules):
        other = seen.setdefault(check.id, check)
        if other != check:
            where = f"{other.doc.citation} and {check.doc.citation}"
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


_KNOWN: Mapping[Setting, Callable[[], Any]] = {Setting.PUBLIC_CAS: public_keys}
"""What certgate itself sets where a rule takes it."""


def _applied(
    policy: Policy, said: AbstractSet[Setting], settings: Mapping[Setting, Any], left_out: frozenset[str]
) -> Policy:
    """The policy as it is applied to targets that set the same: with what that and the settings of the run demand."""
    demanding = with_demands(policy, said | settings.keys())
    rules = tuple(rule for rule in demanding.rules if rule.is_on and rule.id not in left_out)
    known = {setting: make() for setting, make in _KNOWN.items() if setting in bound_by(rules)}
    return with_settings(replace(demanding, rules=rules), {**settings, **known})


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
    settings: Mapping[Setting, Any],
    left_out: frozenset[str],
    memo: Memo,
) -> dict[str, Judge]:
    """A judge for each target with its policy, shared between targets that have it, store and own words in common."""
    shared: dict[object, Judge] = {}
    judges = {}
    for target, held in zip(targets, policies, strict=True):
        trust = (target.trust, target.trust_mode)
        said = demanding(target)
        key = (id(held), trust, said)
        if key not in shared:
            policy = _applied(held, said, settings, left_out)
            asked = (stores[words] for words in target.stores)
            shared[key] = Judge(policy, *asked, mode=target.trust_mode, fail_on=fail_on, memo=memo)
        judges[target.id] = shared[key]
    return judges
