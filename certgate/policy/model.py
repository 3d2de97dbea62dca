"""A policy as the judge uses it: rules with their parameters, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from certgate.checks.registry import Check
from certgate.model.finding import Severity
from certgate.model.target import Place

__all__ = ["Dated", "Policy", "Rule"]


@dataclass(frozen=True, slots=True)
class Dated:
    """A value that depends on when the certificate was issued: the first row whose date lies after notBefore.

    A row is (issued before this day, 00:00 UTC; or None for the rest, value).
    """

    rows: tuple[tuple[date | None, Any], ...]


@dataclass(frozen=True)
class Rule:
    """A check as a policy uses it. `parameters` holds every parameter, plain or Dated."""

    check: Check
    severity: Severity
    required: bool
    parameters: Mapping[str, Any]
    place: Place | None = None

    @cached_property
    def is_dated(self) -> bool:
        """Whether any parameter depends on when the certificate was issued."""
        return any(isinstance(value, Dated) for value in self.parameters.values())

    @property
    def id(self) -> str:
        """The check's id."""
        return self.check.id


@dataclass(frozen=True, slots=True)
class Policy:
    """A named set of rules, in the order in which findings are reported."""

    name: str
    rules: tuple[Rule, ...]

    @property
    def is_spiffe(self) -> bool:
        """Whether leaves are judged as X.509-SVIDs too: the policy holds spiffe.single-uri."""
        return any(rule.id == "spiffe.single-uri" for rule in self.rules)
