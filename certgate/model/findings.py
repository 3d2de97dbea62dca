"""Findings together, with what is asked of all of them, so that targets with the same findings share the answers."""

from collections.abc import Iterable, Mapping

from certgate.model.cached import cached_property
from certgate.model.finding import Finding, Outcome

__all__ = ["Findings"]

_OUTCOMES = tuple(Outcome)
_WRONG = frozenset({Outcome.FAIL, Outcome.NOT_CHECKED, Outcome.CRASHED})


class Findings(tuple[Finding, ...]):  # noqa: SLOT001 (it caches what it is asked)
    """Findings in the policy's rule order."""

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> "Findings":
        """The findings as such; the same object if they are already."""
        return findings if isinstance(findings, cls) else cls(findings)

    @cached_property
    def others(self) -> tuple[Finding, ...]:
        """The findings that are not a pass."""
        return tuple([finding for finding in self if finding.outcome is not Outcome.PASS])

    @cached_property
    def wrong(self) -> tuple[Finding, ...]:
        """Failures and missing answers, whether or not they count."""
        return tuple([finding for finding in self.others if finding.outcome in _WRONG])

    @cached_property
    def counts(self) -> Mapping[Outcome, int]:
        """How many findings have each outcome."""
        outcomes = [finding.outcome for finding in self.others]
        counts = {outcome: outcomes.count(outcome) for outcome in _OUTCOMES}
        return counts | {Outcome.PASS: len(self) - len(outcomes)}
