"""A run as a value that worker processes can receive."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from certgate.checks.framework.needs import Setting
from certgate.model.finding import Severity
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.waiver import matches
from certgate.policy.baseline import LoadedBaseline

__all__ = ["RunSpec"]


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """The policies, trust stores and options of a run. Can be pickled."""

    policies: tuple[str, ...] = ()
    """Names of the policies that targets use."""
    stores: tuple[tuple[str, ...], ...] = ()
    """The trust stores that targets use, each as the names of its parts."""
    expected: tuple[str, ...] = ()
    """The files of the chains that targets are expected to serve."""
    fail_on: Severity = Severity.ERROR
    at: datetime | None = None
    """The time to judge by; None for each observation's own time."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    waivers: bool = True
    """Whether the waivers of policies apply."""
    baseline: LoadedBaseline | None = None
    accepted_until: date | None = None
    """The last day on which targets that the baseline knows not to answer do not count; None if they always count."""
    nonce: bytes = b""
    """The nonce for OCSP requests; empty for none."""
    aia: bool = False
    """Whether missing issuers are fetched."""
    settings: Mapping[Setting, Any] = field(default_factory=dict)
    """Settings that apply to all targets."""
    matrix: tuple[str, ...] = ()
    """Stores of the trust matrix."""

    def keeps(self, rule: str) -> bool:
        """Whether `select` and `ignore` keep the rule. They never leave out target.observed."""
        if rule == TARGET_OBSERVED:
            return True
        selected = not self.select or any(matches(pattern, rule) for pattern in self.select)
        return selected and not any(matches(pattern, rule) for pattern in self.ignore)
