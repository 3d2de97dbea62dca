"""A policy as the judge uses it: rules with their parameters, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal

from certgate.checks.framework.registry import Check
from certgate.model.finding import Severity
from certgate.model.target import Place, Role
from certgate.model.waiver import Waiver
from certgate.policy.when import When

__all__ = ["Dated", "Day", "Entry", "Policy", "Rule"]


@dataclass(frozen=True, slots=True)
class Dated:
    """A value that depends on when the certificate was issued: the first row whose date lies after notBefore.

    A row is (issued before this day, 00:00 UTC; or None for the rest, value).
    """

    rows: tuple[tuple[date | None, Any], ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day, from 00:00 UTC, by the certificate's notBefore (`issued`) or by the time of judging (`clock`)."""

    by: Literal["issued", "clock"]
    day: date


@dataclass(frozen=True, slots=True)
class Entry:
    """What one entry of one file says of a rule: its keys, and where each stands."""

    keys: Mapping[str, Any]
    when: When | None = None
    """None: it holds everywhere."""
    places: Mapping[str, Place] = field(default_factory=dict)
    place: Place | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A check as a policy uses it. `parameters` holds every parameter, plain or Dated."""

    check: Check
    severity: Severity
    required: bool
    parameters: Mapping[str, Any]
    place: Place | None = None
    """Of the last entry that says something of it."""
    since: Day | None = None
    """The first day on which it is effective."""
    until: Day | None = None
    """The first day on which it is effective no longer."""
    note: str = ""
    docs: str = ""
    disabled: str = ""
    """Why it is off; empty where it is on."""
    held: bool = True
    """False where only entries with conditions name it, and none of them holds."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where each key stands that a file sets."""
    entries: tuple[Entry, ...] = ()
    """All that files say of it, in order; an entry whose conditions hold lays its keys over those before it."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """Parameters that the run sets: no entry takes them back, and lists are added to what entries say."""
    demanded: bool = False
    """The run holds the rule, with what it sets alone, wherever the policy does not."""

    @cached_property
    def is_plain(self) -> bool:
        """Whether it holds for every subject at every time, with the same parameters."""
        depends = self.depends_on_certificate or any(isinstance(value, Dated) for value in self.parameters.values())
        return self.held and not (depends or self.disabled or self.since or self.until)

    @cached_property
    def depends_on_certificate(self) -> bool:
        """Whether each certificate decides which of the entries hold."""
        return any(entry.when and entry.when.of_certificate for entry in self.entries)

    @property
    def is_on(self) -> bool:
        """Whether it judges anything, for all that is known before a certificate is seen."""
        return self.depends_on_certificate or self.demanded or (self.held and not self.disabled)

    @cached_property
    def id(self) -> str:
        """The check's id."""
        return self.check.id


@dataclass(frozen=True)
class Policy:
    """A named set of rules, in the order in which findings are reported."""

    name: str
    rules: tuple[Rule, ...]
    waivers: tuple[Waiver, ...] = ()
    """Those of the files that it extends stand first."""

    @cached_property
    def is_spiffe(self) -> bool:
        """Whether leaves are judged as X.509-SVIDs too: one of the rules that it holds says so."""
        return any(rule.check.judges_as is Role.SPIFFE and rule.is_on for rule in self.rules)
