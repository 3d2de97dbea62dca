"""What a target expects, as parameters of the rules that judge it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from certgate.checks.catalogue import all_checks
from certgate.model.finding import Severity
from certgate.model.target import File, Purpose, Revocation, Role, Target
from certgate.policy.effective import given_to
from certgate.policy.model import Policy, Rule

__all__ = [
    "NAME_RULES",
    "REVOCATION_RULES",
    "Expected",
    "demanded_by",
    "expected_of",
    "with_expectations",
    "with_given",
]

NAME_RULES = frozenset({"name.host-match", "name.cn-only"})
"""Rules whose answer depends on the expected name, and so differs between endpoints that serve one chain."""
REVOCATION_RULES = ("rev.status", "crl.fresh", "crl.scope", "ocsp.nonce")
"""Rules on what is known of revocation beside the staple."""
_SEVERITIES = dict.fromkeys(("ct.sct-count", "ct.operators", "ct.temporal"), Severity.WARNING)
"""Of rules that are switched on by what the run sets; others are errors."""


@dataclass(frozen=True)
class Expected:
    """Parameters that a target supplies; empty ones leave what the policy says."""

    names: tuple[str, ...] = ()
    spiffe_ids: tuple[str, ...] = ()
    policy_oids: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ("server",)

    @cached_property
    def by_rule(self) -> Mapping[str, Mapping[str, Any]]:
        """What is supplied, by rule."""
        found: dict[str, Mapping[str, Any]] = {
            "chain.eku-nesting": {"purposes": self.purposes},
            "trust.anchor-constraints": {"purposes": self.purposes},
            "trust.engines-agree": {"purposes": self.purposes},
        }
        if self.spiffe_ids:
            found["spiffe.id-allowed"] = {"ids": self.spiffe_ids}
        if self.policy_oids:
            found["policy.expected"] = {"oids": self.policy_oids}
        if self.names:
            found |= {rule: {"names": self.names} for rule in NAME_RULES}
        return found

    @cached_property
    def without_names(self) -> "Expected":
        """What endpoints that serve one chain have in common."""
        return _expected((), self.spiffe_ids, self.policy_oids, self.purposes)


_expected = lru_cache(maxsize=64)(Expected)


def expected_of(target: Target) -> Expected:
    """What the target expects of its leaf."""
    if target.purpose is not None:
        purposes = set() if target.purpose is Purpose.ANY else {target.purpose.value}
        return Expected(target.names, target.spiffe_ids, target.policy_oids, tuple(purposes))
    purposes = {"client"} if Role.CLIENT in target.roles else set()
    if target.roles & {Role.SERVER, Role.SPIFFE}:
        purposes.add("server")
    return Expected(target.names, target.spiffe_ids, target.policy_oids, tuple(sorted(purposes)))


def demanded_by(target: Target) -> tuple[str, ...]:
    """The rules that the target's own words switch on as errors, those on revocation apart."""
    wanted = {
        "spiffe.id-allowed": target.spiffe_ids,
        "policy.expected": target.policy_oids,
        "key.matches": isinstance(target.source, File) and target.source.key,
        "expected.reloaded": target.expect,
        "expected.served": target.expect,
    }
    return tuple(id for id, words in wanted.items() if words)


def with_expectations(policy: Policy, target: Target) -> Policy:
    """The policy with the rules that the target's own words switch on as errors, whatever the policy says of them.

    Those on revocation stay as the policy has them, where it has them; `hard`, and a staple or a CRL that was given,
    make the answer required.
    """
    rules = {rule.id: rule for rule in policy.rules}
    rules |= {id: _demanded(id) for id in demanded_by(target)}
    if target.revocation is not Revocation.OFF:
        rules |= {id: _demanded(id) for id in REVOCATION_RULES if id not in rules}
    if target.revocation in {Revocation.HARD, Revocation.GIVEN}:
        rules["rev.status"] = _required(rules["rev.status"])
    return replace(policy, rules=tuple(rules.values()))


def with_given(policy: Policy, given: Mapping[str, Mapping[str, Any]]) -> Policy:
    """The policy with parameters that the run sets, by rule; lists are added to what the policy has.

    Rules that the policy lacks are switched on. What the run denies is denied where the policy does not hold
    trust.denied too.
    """
    rules = {rule.id: rule for rule in policy.rules}
    for id, parameters in given.items():
        rule = rules.get(id) or _demanded(id, _SEVERITIES.get(id, Severity.ERROR))
        rules[id] = given_to(rule, parameters, demanded=id == "trust.denied")
    return replace(policy, rules=tuple(rules.values()))


def _required(rule: Rule) -> Rule:
    """The rule with an answer required, whatever its entries say of that."""
    entries = tuple(replace(entry, keys={**entry.keys, "required": True}) for entry in rule.entries)
    return replace(rule, required=True, entries=entries)


def _demanded(id: str, severity: Severity = Severity.ERROR) -> Rule:
    check = all_checks()[id]
    return Rule(check, severity, True, {name: p.default for name, p in check.parameters.items()})
