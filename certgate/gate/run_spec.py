"""A run as a value that worker processes can receive."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certgate.checks.framework.needs import Setting
from certgate.model.finding import Severity
from certgate.model.frozen import frozen
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.waiver import matches
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate

if TYPE_CHECKING:
    from certgate.policy.baseline import LoadedBaseline

__all__ = ["RunSpec"]


@frozen(kw_only=True)
class RunSpec:
    """The policies, trust stores and options of a run. Can be pickled.

    It has the contents of all files that were read, so that every process judges by the same, whatever happens to the
    files.
    """

    policies: Mapping[str, Mapping[Path, str]] = field(default_factory=dict)
    """The policies that targets use, by name: the text of each of its files."""
    stores: Mapping[tuple[str, ...], TrustStore] = field(default_factory=dict)
    """The trust stores that targets use, by the names of their parts."""
    expected: Mapping[str, tuple[Certificate, ...]] = field(default_factory=dict)
    """The chains that targets are expected to serve, by the words that name them."""
    fail_on: Severity = Severity.ERROR
    at: datetime | None = None
    """The time to judge by; None for each observation's own time."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    waivers: bool = True
    """Whether the waivers of policies apply."""
    baseline: "LoadedBaseline | None" = None
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
    resolve: tuple[str, ...] = ()
    """The values of --resolve, which the commands in hints repeat."""

    def keeps(self, rule: str) -> bool:
        """Whether `select` and `ignore` keep the rule. They never leave out target.observed."""
        if rule == TARGET_OBSERVED:
            return True
        selected = not self.select or any(matches(pattern, rule) for pattern in self.select)
        return selected and not any(matches(pattern, rule) for pattern in self.ignore)
