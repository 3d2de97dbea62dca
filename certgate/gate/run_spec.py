"""A run as a value that worker processes can receive."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from certgate.checks.framework.needs import Setting
from certgate.model.finding import Severity
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.waiver import matches
from certgate.policy.baseline import LoadedBaseline

__all__ = ["RunSpec"]


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """The words of a run and its options. It pickles; nothing in it has been read but lists that were given."""

    policies: tuple[str, ...] = ()
    """The policies that targets name; whoever prepares the run reads them first, and refuses what cannot be read."""
    stores: tuple[tuple[str, ...], ...] = ()
    """The trust stores that targets name, each as the words whose union it is."""
    expected: tuple[str, ...] = ()
    """The words for chains that targets are expected to serve."""
    fail_on: Severity = Severity.ERROR
    at: datetime | None = None
    """The clock; None for each observation's own time."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    waivers: bool = True
    """False sets aside the waivers of all policies."""
    baseline: LoadedBaseline | None = None
    nonce: bytes = b""
    """Sent along with OCSP requests; empty for none."""
    aia: bool = False
    """Whether missing issuers are fetched, to say more of an incomplete chain."""
    settings: Mapping[Setting, Any] = field(default_factory=dict)
    """Those of the run; they hold for all targets."""
    matrix: tuple[str, ...] = ()
    """Further stores for which every chain is shown."""

    def keeps(self, rule: str) -> bool:
        """Whether `select` and `ignore` leave a rule in; that a target was observed is never left out."""
        if rule == TARGET_OBSERVED:
            return True
        selected = not self.select or any(matches(pattern, rule) for pattern in self.select)
        return selected and not any(matches(pattern, rule) for pattern in self.ignore)
