"""What a policy comes to: its entries laid over one another, for a target and for a certificate."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal

from certgate.checks.framework.registry import Check
from certgate.model.finding import Severity
from certgate.model.target import Place, Role, Target
from certgate.model.verdict import DisabledRule
from certgate.policy.model import Dated, Day, Entry, Policy, Rule
from certgate.x509.facts import CertificateFacts

__all__ = ["TargetPolicies", "disabled_rules", "for_certificate", "given_to", "is_table", "merge_entries"]


def merge_entries(check: Check, entries: Sequence[Entry], holding: Iterable[Entry]) -> Rule:
    """The rule that the entries `holding` make, in order, each key over the same key before it."""
    keys: dict[str, Any] = {}
    places: dict[str, Place] = {}
    held = list(holding)
    for entry in held:
        keys |= entry.keys
        places |= entry.places
    last = next(reversed([*entries[-1:], *held[-1:]]), None)
    given = {name: _value(keys[name]) for name in check.parameters if name in keys}
    return Rule(
        check=check,
        severity=Severity(keys.get("severity", Severity.ERROR)),
        required=keys.get("required", True),
        parameters={name: p.default for name, p in check.parameters.items()} | given,
        place=last.place if last else None,
        since=_day(keys.get("since")),
        until=_day(keys.get("until")),
        note=keys.get("note", ""),
        docs=keys.get("docs", ""),
        disabled=keys.get("disabled") or "",
        held=bool(held),
        places=places,
        entries=tuple(entries),
    )


def for_certificate(rule: Rule, certificate: CertificateFacts | None, roles: Iterable[Role]) -> Rule:
    """The rule as it holds for one certificate in its roles. Raises Malformed for a fact that cannot be read."""
    holds = [entry.when is None or entry.when.holds_on(certificate, roles) for entry in rule.entries]
    laid = merge_entries(
        rule.check, rule.entries, (e for e, holding in zip(rule.entries, holds, strict=True) if holding)
    )
    return given_to(laid, rule.given, demanded=rule.demanded) if rule.given else laid


def given_to(rule: Rule, given: Mapping[str, Any], *, demanded: bool) -> Rule:
    """The rule with the parameters that the run sets; lists are added to what the policy has."""
    said = {name: _added(rule.parameters[name], value) for name, value in given.items()}
    return replace(rule, parameters={**rule.parameters, **said}, given=given, demanded=demanded)


def _added(own: Any, value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    if isinstance(own, Dated):
        return Dated(tuple((before, row + value) for before, row in own.rows))
    return own + value


class TargetPolicies:
    """A policy as it holds for each target; targets for which the same entries hold share one."""

    def __init__(self, policy: Policy) -> None:
        self.whole = policy
        whens = (entry.when for rule in policy.rules for entry in rule.entries)
        self._whens = tuple(dict.fromkeys(when for when in whens if when and when.of_target))
        self._made: dict[tuple[bool, ...], Policy] = {}

    def of(self, target: Target) -> Policy:
        """The policy with the entries that hold for the target; the same object for the same entries."""
        key = tuple(when.holds_for(target) for when in self._whens)
        if key not in self._made:
            self._made[key] = (
                self.whole
                if not key
                else replace(self.whole, rules=tuple(_for_target(rule, target) for rule in self.whole.rules))
            )
        return self._made[key]


def disabled_rules(policy: Policy) -> Iterator[DisabledRule]:
    """The rules that a policy for targets switches off, for all certificates or for some."""
    for rule in policy.rules:
        said = [entry for entry in rule.entries if entry.keys.get("disabled")]
        if said and (rule.disabled or rule.depends_on_certificate):
            where = str(said[-1].when) if said[-1].when else ""
            yield DisabledRule(policy.name, rule.id, said[-1].keys["disabled"], where)


def _for_target(rule: Rule, target: Target) -> Rule:
    entries = [entry for entry in rule.entries if entry.when is None or entry.when.holds_for(target)]
    if not any(entry.when for entry in rule.entries):
        return rule
    certain = (entry for entry in entries if entry.when is None or not entry.when.of_certificate)
    return merge_entries(rule.check, entries, certain)


def _day(written: Mapping[Literal["issued", "clock"], date] | None) -> Day | None:
    return next((Day(by, day) for by, day in written.items()), None) if written else None


def _value(written: Any) -> Any:
    if not isinstance(written, list):
        return written
    if not is_table(written):
        return tuple(written)
    return Dated(tuple((row.get("issued_before"), _value(row["value"])) for row in written))


def is_table(written: Any) -> bool:
    """Whether a parameter is written as a dated table: a list of rows."""
    return isinstance(written, list) and bool(written) and all(isinstance(row, dict) for row in written)
