"""A policy in its stages: as its files say, as it applies to targets, and a rule bound for one subject.

A `PolicyDraft` (packs.py) holds what was read so far; it becomes a `Policy`. For targets that set the same, that
becomes a `TargetPolicy` (target_policy.py). For one subject at one time, one of its rules becomes a `BoundRule`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from functools import cached_property
from itertools import chain, product
from typing import Any, Literal, Self

from certgate.checks.framework.needs import PROBES
from certgate.checks.framework.registry import Check
from certgate.model.finding import Severity
from certgate.model.frozen import frozen
from certgate.model.question import Question
from certgate.model.target import Place, Probe, Role
from certgate.model.verdict import DisabledRule
from certgate.model.waiver import Waiver
from certgate.policy.when import When
from certgate.x509.facts import CertificateFacts

__all__ = [
    "BoundRule",
    "Dated",
    "Day",
    "Entry",
    "Policy",
    "Rule",
    "RuleValues",
    "TargetPolicy",
    "TargetRule",
    "is_table",
    "with_run_parameters",
]


@frozen(slots=True)
class Dated:
    """A value that depends on when the certificate was issued: that of the first row whose date is after notBefore.

    A row is (issued before this day, 00:00 UTC; or None for the rest, value).
    """

    rows: tuple[tuple[date | None, Any], ...]


@frozen(slots=True)
class Day:
    """A day, from 00:00 UTC, compared with the certificate's notBefore (`issued`) or the evaluation time (`clock`)."""

    by: Literal["issued", "clock"]
    day: date


@frozen(slots=True)
class Entry:
    """One entry for a rule in one file: its keys, with the place of each."""

    keys: Mapping[str, Any]
    when: When | None = None
    """None if the entry applies everywhere."""
    places: Mapping[str, Place] = field(default_factory=dict)
    place: Place | None = None


@frozen(kw_only=True)
class RuleValues:
    """The values of a rule after some of its entries are merged. `parameters` has every parameter, plain or Dated."""

    check: Check
    severity: Severity
    required: bool
    parameters: Mapping[str, Any]
    place: Place | None = None
    """The place of the last entry for the rule."""
    since: Day | None = None
    """The first day on which it is effective."""
    until: Day | None = None
    """The first day on which it is no longer effective."""
    note: str = ""
    docs: str = ""
    disabled: str = ""
    """Why the rule is off; empty if it is on."""
    applies: bool = True
    """False if no entry for the rule applies."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """The place of each key that a file sets."""
    entries: tuple[Entry, ...] = ()
    """All entries for the rule, in order. If an entry's conditions are met, its keys replace earlier ones."""

    @classmethod
    def merge(cls, check: Check, entries: Sequence[Entry], holding: Iterable[Entry]) -> Self:
        """Merge the entries in `holding`, whose conditions are met: each key replaces the same key before it."""
        keys: dict[str, Any] = {}
        places: dict[str, Place] = {}
        merged = list(holding)
        for entry in merged:
            keys |= entry.keys
            places |= entry.places
        last = next(reversed([*entries[-1:], *merged[-1:]]), None)
        values = {name: _value(keys[name]) for name in check.parameters if name in keys}
        return cls(
            check=check,
            severity=Severity(keys.get("severity", Severity.ERROR)),
            required=keys.get("required", True),
            parameters={name: p.default for name, p in check.parameters.items()} | values,
            place=last.place if last else None,
            since=_day(keys.get("since")),
            until=_day(keys.get("until")),
            note=keys.get("note", ""),
            docs=keys.get("docs", ""),
            disabled=keys.get("disabled") or "",
            applies=bool(merged),
            places=places,
            entries=tuple(entries),
        )

    def on_certificate(self, certificate: CertificateFacts | None, roles: Iterable[Role]) -> "RuleValues":
        """The values for one certificate in its roles. Raises Malformed for a fact that cannot be read."""
        holding = tuple(
            number
            for number, entry in enumerate(self.entries)
            if not entry.when or entry.when.match_certificate(certificate, roles)
        )
        if holding not in self._merged:
            self._merged[holding] = RuleValues.merge(self.check, self.entries, [self.entries[n] for n in holding])
        return self._merged[holding]

    @cached_property
    def _merged(self) -> dict[tuple[int, ...], "RuleValues"]:
        """The values by the positions of the entries that apply; a policy has few such sets."""
        return {}

    @cached_property
    def depends_on_certificate(self) -> bool:
        """Whether some entries apply only to certain certificates."""
        return any(entry.when and entry.when.of_certificate for entry in self.entries)

    @property
    def is_on(self) -> bool:
        """Whether the rule may apply, as far as is known without a certificate."""
        return self.depends_on_certificate or (self.applies and not self.disabled)

    def possible_parameters(self) -> Iterator[Mapping[str, Any]]:
        """Every combination of values that may apply to a subject, whatever its certificate is."""
        written = [
            {name: _value(entry.keys[name]) for name in self.parameters if name in entry.keys} for entry in self.entries
        ]
        values = (
            [v for found in (self.parameters, *written) if name in found for v in _rows(found[name])]
            for name in self.parameters
        )
        return (dict(zip(self.parameters, combined, strict=True)) for combined in product(*values))

    @cached_property
    def id(self) -> str:
        """The check's id."""
        return self.check.id


@frozen(kw_only=True)
class Rule(RuleValues):
    """A check as the files of a policy use it; the values are those without conditions."""


@frozen()
class Policy:
    """A policy as written in its files: a named set of rules, in the order in which findings are reported."""

    name: str
    rules: tuple[Rule, ...]
    waivers: tuple[Waiver, ...] = ()
    """Waivers, those of extended policies first."""


@frozen(slots=True, kw_only=True)
class BoundRule:
    """A rule bound to one subject at one time: the arguments of its check, each parameter with one value."""

    check: Check
    severity: Severity
    required: bool
    parameters: Mapping[str, Any]


@frozen(kw_only=True)
class TargetRule(RuleValues):
    """A rule as it applies to targets; only conditions on certificates are still open."""

    run_parameters: Mapping[str, Any] = field(default_factory=dict)
    """Parameters that the run sets: no entry overrides them, and lists are added to those of the entries."""
    forced: bool = False
    """Whether the rule runs with `run_parameters` alone if the policy's own values do not apply."""

    @property
    def is_on(self) -> bool:
        """Whether the rule may apply, as far as is known without a certificate."""
        return self.forced or super().is_on

    @cached_property
    def always(self) -> BoundRule | None:
        """The rule bound once, if it is the same for every subject at every time."""
        depends = self.depends_on_certificate or any(isinstance(value, Dated) for value in self.parameters.values())
        if depends or not self.applies or self.disabled or self.since or self.until:
            return None
        return BoundRule(check=self.check, severity=self.severity, required=self.required, parameters=self.parameters)

    @cached_property
    def facts(self) -> frozenset[str]:
        """The facts of a certificate that decide how the rule is bound: `role`, `key_type`, `issuer`."""
        return frozenset(one.fact for entry in self.entries if entry.when for one in entry.when.of_certificate)

    @cached_property
    def days(self) -> frozenset[date]:
        """The days on which the rule begins to be bound in another way, of the issuing or of the clock."""
        every = (self, *(RuleValues.merge(self.check, (), [entry]) for entry in self.entries))
        ends = {day.day for values in every for day in (values.since, values.until) if day}
        tables = (value for values in every for value in values.parameters.values() if isinstance(value, Dated))
        return frozenset(ends.union(before for table in tables for before, _ in table.rows if before))


@frozen()
class TargetPolicy:
    """A policy as it applies to targets with the same settings: its active rules, with the run's parameters."""

    name: str
    rules: tuple[TargetRule, ...]
    waivers: tuple[Waiver, ...] = ()
    disabled: tuple[DisabledRule, ...] = ()
    """The rules that the policy switches off, for all certificates or for some."""

    @cached_property
    def probes(self) -> tuple[Probe, ...]:
        """The probes that the rules need."""
        needs = {need for rule in self.rules for need in rule.check.needs}
        return tuple(probe for need, probe in PROBES.items() if need in needs)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The questions that the rules ask of a server, with whatever parameters they may apply."""
        asking = [(rule, rule.check.asks) for rule in self.rules if rule.check.asks]
        found = chain.from_iterable(asks(**values) for rule, asks in asking for values in rule.possible_parameters())
        return tuple(dict.fromkeys(found))


def with_run_parameters(parameters: Mapping[str, Any], run: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters with those that the run sets; lists are added to the policy's lists."""
    return (
        {**parameters, **{name: _added(parameters[name], value) for name, value in run.items()}} if run else parameters
    )


def _added(own: Any, value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    if isinstance(own, Dated):
        return Dated(tuple((before, row + value) for before, row in own.rows))
    return own + value


def _day(written: Mapping[Literal["issued", "clock"], date] | None) -> Day | None:
    return next((Day(by, day) for by, day in written.items()), None) if written else None


def _value(written: Any) -> Any:
    if not isinstance(written, list):
        return written
    if not is_table(written):
        return tuple(written)
    return Dated(tuple((row.get("issued_before"), _value(row["value"])) for row in written))


def _rows(value: Any) -> Sequence[Any]:
    """The values of a dated table, or the one value."""
    return [row for _, row in value.rows] if isinstance(value, Dated) else [value]


def is_table(written: Any) -> bool:
    """Whether a parameter is written as a dated table: a list of rows."""
    return isinstance(written, list) and bool(written) and all(isinstance(row, dict) for row in written)
