"""A policy as it applies to targets: the entries that apply, the settings, the rules left out."""

from collections.abc import Callable, Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from certgate.checks.framework.catalogue import check_of
from certgate.checks.framework.demands import demands
from certgate.checks.framework.needs import Demand, Force, Setting
from certgate.checks.framework.registry import Check
from certgate.model.target import Role, Target
from certgate.model.verdict import DisabledRule
from certgate.policy.model import Policy, Rule, TargetPolicy, TargetRule, with_run_parameters
from certgate.policy.settings import Declared, bound_by, declared, demanding
from certgate.policy.when import target_values

__all__ = ["TargetPolicies", "Terms"]

Terms = tuple[Declared, tuple[tuple[str, ...], ...]]
_MOST_VALUES = 256
"""Targets whose conditions are remembered: most have the same roles, labels and trust as others."""


class TargetPolicies:
    """Derives the policy of each target in one run; targets with the same settings share one."""

    def __init__(
        self,
        policy: Policy,
        *,
        settings: Mapping[Setting, Any] = MappingProxyType({}),
        built_in: Mapping[Setting, Callable[[], Any]] = MappingProxyType({}),
        keeps: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """`settings` are those of the run; `keeps` says whether the run keeps a rule.

        `built_in` makes the settings that certgate itself supplies, if a rule uses them.
        """
        self.whole = policy
        self._settings = settings
        self._built_in = built_in
        self._keeps = keeps
        whens = (entry.when for rule in policy.rules for entry in rule.entries)
        self._whens = tuple(dict.fromkeys(when for when in whens if when and when.of_target))
        self._facts = tuple(dict.fromkeys(one.fact for when in self._whens for one in when.of_target))
        self._undeclared = tuple(fact for fact in self._facts if fact != "role")
        """The facts that no setting depends on."""
        self._matched = lru_cache(_MOST_VALUES)(self._matching)
        self._spiffe = tuple(rule for rule in policy.rules if rule.check.judges_as is Role.SPIFFE)
        self._made: dict[object, TargetPolicy] = {}

    def terms(self, target: Target) -> Terms:
        """All by which the policy tells targets apart: equal for targets for which it decides the same."""
        facts = self._undeclared
        return declared(target), tuple([target_values(fact, target) for fact in facts]) if facts else ()

    def of(self, target: Target) -> TargetPolicy:
        """The policy for the target; the same object for targets with the same settings."""
        made = demanding(target)
        matched = self._matched(tuple(target_values(fact, target) for fact in self._facts)) if self._facts else ()
        key = matched, made
        if key not in self._made:
            self._made[key] = self._applied([_for_target(rule, target) for rule in self.whole.rules], made)
        return self._made[key]

    def is_spiffe(self, target: Target) -> bool:
        """Whether leaves of the target are judged as X.509-SVIDs too: an active rule needs it."""
        return any(_for_target(rule, target).is_on for rule in self._spiffe)

    def _matching(self, values: tuple[tuple[str, ...], ...]) -> tuple[bool, ...]:
        """Which conditions on targets are met by these values of the facts that they use."""
        by_fact = dict(zip(self._facts, values, strict=True))
        return tuple(when.match_values(by_fact) for when in self._whens)

    def _applied(self, rules: Collection[TargetRule], made: AbstractSet[Setting]) -> TargetPolicy:
        disabled = tuple(found for rule in rules for found in _disabled(rule, self.whole.name))
        on = [r for r in _with_demands(rules, made | self._settings.keys()) if r.is_on and self._keeps(r.id)]
        built_in = {setting: make() for setting, make in self._built_in.items() if setting in bound_by(on)}
        settings = {**self._settings, **built_in}
        return TargetPolicy(
            self.whole.name, tuple(_with_settings(rule, settings) for rule in on), self.whole.waivers, disabled
        )


def _for_target(rule: Rule, target: Target) -> TargetRule:
    entries = [entry for entry in rule.entries if entry.when is None or entry.when.match_target(target)]
    return TargetRule.merge(rule.check, entries, [e for e in entries if not e.when or not e.when.of_certificate])


def _disabled(rule: TargetRule, policy: str) -> Iterator[DisabledRule]:
    """The entry for reports if the rule is switched off, for all certificates or for some."""
    entries = [entry for entry in rule.entries if entry.keys.get("disabled")]
    if entries and (rule.disabled or rule.depends_on_certificate):
        last = entries[-1]
        yield DisabledRule(policy, rule.id, last.keys["disabled"], str(last.when) if last.when else "")


def _with_demands(rules: Collection[TargetRule], settings: Collection[Setting]) -> Collection[TargetRule]:
    """The rules, with those that the `settings` demand added or changed."""
    found = {rule.id: rule for rule in rules}
    for id, demand in demands():
        if demand.setting in settings:
            found[id] = _demanded(found.get(id), check_of(id), demand)
    return found.values()


def _with_settings(rule: TargetRule, settings: Mapping[Setting, Any]) -> TargetRule:
    """The rule with the parameters that the run sets."""
    run = {name: settings[setting] for name, setting in rule.check.binds.items() if setting in settings}
    return replace(rule, parameters=with_run_parameters(rule.parameters, run), run_parameters=run) if run else rule


def _demanded(rule: TargetRule | None, check: Check, demand: Demand) -> TargetRule:
    fresh = replace(TargetRule.merge(check, (), ()), severity=demand.severity, applies=True)
    match demand.force:
        case Force.REPLACES:
            return fresh
        case Force.ADDS:
            return rule or fresh
        case Force.HOLDS:
            return replace(rule or fresh, forced=True)
        case Force.REQUIRES:
            return _required(rule or fresh)


def _required(rule: TargetRule) -> TargetRule:
    """The rule with `required` set, regardless of its entries."""
    entries = tuple(replace(entry, keys={**entry.keys, "required": True}) for entry in rule.entries)
    return replace(rule, required=True, entries=entries)
