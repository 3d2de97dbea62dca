"""What people are told of a target's findings: what counts against it, and what is wrong but does not."""

from collections.abc import Iterable, Mapping, Sequence

from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.findings import Findings
from certgate.model.frozen import frozen
from certgate.reports.facts import counts_against, is_harmless, kind

__all__ = ["Told"]


@frozen(slots=True, kw_only=True)
class Told:
    """Findings sorted out for a gate that fails on a severity. It is the same for all targets with these findings."""

    against: Sequence[Finding]
    """What keeps the target from being compliant, violations first."""
    harmless: Sequence[Finding]
    """What is wrong or unknown and does not count."""
    notes: Mapping[object, Finding]
    """The first of what is harmless for each rule and excuse."""
    problems: Sequence[Finding]
    """What is to be done something about: neither excused nor an answer that the policy does not require."""
    rules: frozenset[tuple[str, str]]
    """The kinds and rules of the problems, and of what is excused."""

    @classmethod
    def of(cls, findings: Iterable[Finding], fail_on: Severity) -> "Told":
        """Sort out the findings of a target."""
        wrong = Findings.of(findings).wrong
        against = sorted(
            (f for f in wrong if counts_against(f, fail_on)), key=lambda finding: not finding.violates(fail_on)
        )
        harmless = [f for f in wrong if is_harmless(f, fail_on)]
        notes = {(f.rule, f.waiver, f.known): f for f in reversed(harmless)}
        said = [*against, *(f for f in harmless if f.excused or f.outcome is Outcome.FAIL)]
        return cls(
            against=against,
            harmless=harmless,
            notes=dict(reversed(notes.items())),
            problems=[f for f in said if not f.excused],
            rules=frozenset((kind(f), f.rule) for f in said),
        )
