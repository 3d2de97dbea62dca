"""Plans a run: reads everything that the targets name, and refuses what cannot be checked."""

from collections.abc import Iterable, Mapping, Sequence

import certgate
from certgate.checks.framework.registry import Check, Extra
from certgate.gate.judges import Decision, JudgeKey, Judges
from certgate.gate.policy_servers import refuse_unusable_access
from certgate.gate.run_spec import RunSpec
from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.mutual_tls import MutualTls
from certgate.model.reserved import EXCEPTION_RULES, TARGET_OBSERVED, WAIVER_EXPIRED
from certgate.model.rule_doc import RuleDoc
from certgate.model.shard import WHOLE, Shard
from certgate.model.target import Probe, Revocation, Target, Visit
from certgate.model.verdict import RunHeader
from certgate.model.waiver import Waiver, matches
from certgate.observe.clock import utc_now
from certgate.policy.mistakes import nearest
from certgate.policy.model import Policy, TargetPolicy, TargetRule
from certgate.policy.settings import demanded, demanding

__all__ = ["Gate", "prepare"]

_USUAL = RunSpec()


@frozen(kw_only=True)
class Gate:
    """A planned run: policies and stores are read, and nothing is observed yet."""

    header: RunHeader
    judges: Judges
    targets: int
    """The number of targets."""
    waivers: Sequence[Waiver]
    """The waivers of all policies, without duplicates."""
    fetches: bool
    """Whether anything may be fetched in this run."""
    client_probes: Mapping[str, int]
    """The connections with and without client certificates, to one address of each target that is probed with them."""


def prepare(
    targets: Iterable[Target],
    spec: RunSpec = _USUAL,
    *,
    shard: Shard = WHOLE,
    may_be_empty: bool = False,
    is_observed: bool = True,
) -> Gate:
    """Read every policy and trust store that the targets name. Raises UsageError, before anything is observed.

    Reads the targets once, and keeps one for each judge. The run is over the targets of the `shard`, in the same way
    as over all. Unless `is_observed`, everything was observed before, and nothing is fetched.
    """
    judges = Judges(spec)
    kinds: dict[tuple[JudgeKey, Revocation], Target] = {}
    stores: dict[tuple[str, ...], None] = {}
    expected: dict[str, None] = {}
    client_probes: dict[str, int] = {}
    declared = count = 0
    last: Decision | None = None
    for declared, one in enumerate(targets, 1):  # noqa: B007 (used after the loop)
        decision = judges.decision(one)
        if decision is not last:
            last = decision
            kinds.setdefault((decision.key, one.revocation), decision.on(one))
            stores |= dict.fromkeys(filter(None, (*one.stores, one.origin_trust)))
            expected |= dict.fromkeys([one.deployed] if one.deployed else [])
        if shard.holds(one.id):
            count += 1
            if decision.visit and decision.visit.mtls:
                client_probes |= _client_probes(one.id, decision.visit.mtls, decision.visit)
    if not (declared or may_be_empty):
        raise UsageError("no targets: name some, or use --targets or --config")
    policies = [policy.whole for policy in judges.policies.values()]
    _refuse_differing(policies)
    summaries = [judges.stores[words] for words in (*stores, *((word,) for word in spec.matrix))]
    declared_settings = frozenset(setting for target in kinds.values() for setting in demanding(target))
    rules = {rule.id for policy in policies for rule in policy.rules} | demanded(
        spec.settings.keys() | declared_settings
    )
    _refuse_idle(rules, spec)
    applied = [judge.policy for judge in dict.fromkeys(map(judges.of, kinds.values()))]
    _require_extras(applied)
    if is_observed:
        refuse_unusable_access(applied)
    waivers = tuple(dict.fromkeys(waiver for policy in policies for waiver in policy.waivers))
    header = RunHeader(
        version=certgate.__version__,
        started_at=utc_now(),
        fail_on=spec.fail_on,
        policies=tuple(sorted({policy.name for policy in policies})),
        rules=_documented(applied, waivers=bool(waivers)),
        targets=count,
        stores=tuple(store.summary for store in dict.fromkeys(summaries)),
        left_out=tuple(sorted(rule for rule in rules if not spec.keeps(rule))),
        disabled=tuple(dict.fromkeys(disabled for policy in applied for disabled in policy.disabled)),
        at=spec.at,
        waivers=len(waivers) if spec.waivers else None,
        baseline=str(spec.baseline or ""),
        accepted_until=spec.accepted_until,
    )
    for words in expected:
        _ = judges.expected[words]
    fetches = is_observed and any(map(judges.wants, kinds.values()))
    return Gate(
        header=header, judges=judges, targets=count, waivers=waivers, fetches=fetches, client_probes=client_probes
    )


def _client_probes(id: str, mtls: MutualTls, visit: Visit) -> Mapping[str, int]:
    return {id: mtls.connections(visit.client, visit.also)} if Probe.MTLS in visit.probes else {}


def _documented(policies: Iterable[TargetPolicy], *, waivers: bool) -> dict[str, RuleDoc]:
    """The rules that may give findings in this run, sorted by id."""
    docs = {rule.id: rule.check.doc for policy in policies for rule in policy.rules}
    docs |= {WAIVER_EXPIRED: EXCEPTION_RULES[WAIVER_EXPIRED]} if waivers else {}
    return dict(sorted(docs.items()))


def _refuse_idle(rules: set[str], spec: RunSpec) -> None:
    """Raise UsageError for a pattern of --select or --ignore that matches no rule, or only required ones."""
    for option, patterns in (("--select", spec.select), ("--ignore", spec.ignore)):
        for pattern in patterns:
            if not any(matches(pattern, rule) for rule in rules):
                known = {f"{rule.partition('.')[0]}.*" for rule in rules} if "*" in pattern else rules
                raise UsageError(f'{option} "{pattern}" matches no rule of this run{nearest(pattern, known)}')
            if option == "--ignore" and pattern == TARGET_OBSERVED:
                raise UsageError(
                    f"--ignore: {TARGET_OBSERVED} cannot be left out: a target that was not observed is never a pass"
                )


def _refuse_differing(policies: Iterable[Policy]) -> None:
    """Raise UsageError if two policies of this run declare different rules with the same id."""
    seen: dict[str, Check] = {}
    for check in (rule.check for policy in policies for rule in policy.rules):
        other = seen.setdefault(check.id, check)
        if other != check:
            where = f"{other.doc.citation} and {check.doc.citation}"
            raise UsageError(f"{check.id} is declared in two ways, at {where}; give one of them another id")


def _require_extras(policies: Iterable[TargetPolicy]) -> None:
    """Raise UsageError if rules need an extra that is not installed."""
    missing: dict[Extra, dict[str, TargetRule]] = {}
    for rule in (rule for policy in policies for rule in policy.rules):
        if rule.check.extra and not rule.check.extra.is_installed:
            missing.setdefault(rule.check.extra, {})[rule.id] = rule
    for extra, rules in missing.items():
        ignored = " ".join(f"--ignore {id}" for id in rules)
        raise UsageError(
            f"{next(iter(rules.values())).place}: {' and '.join(rules)} cannot be checked: {extra.package} is not "
            f"installed; run `pip install 'certgate[{extra.name}]'`, or leave out these rules with {ignored}"
        )
