"""Findings: what a rule found about a subject."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from certgate.model.text_enum import TextEnum
from certgate.model.waiver import Waiver

__all__ = ["DEPENDS_ON", "Finding", "Outcome", "Severity", "fingerprint"]


DEPENDS_ON = "depends_on"
"""The evidence of a missing answer that names the rule to fix first."""


class Severity(TextEnum):
    """How bad a failure is; ordered by `rank`."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for error."""
        return _RANKS[self.value]


_RANKS = {"info": 0, "warning": 1, "error": 2}


class Outcome(TextEnum):
    """The outcome of one rule on one subject. Only PASS is a pass."""

    PASS = "pass"  # noqa: S105 (an outcome, no password)
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"
    NOT_EFFECTIVE = "not-effective"
    NOT_CHECKED = "not-checked"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule's answer about one subject; a rule that found two problems gives two findings.

    It knows no target, so that endpoints that serve the same chain share their findings.
    """

    rule: str
    subject: str
    """`leaf`, `issuer 1` (the leaf's issuer), `presented chain`, `path`, `staple`, `handshake` or `target`."""
    outcome: Outcome
    severity: Severity
    message: str = ""
    """One sentence; may hold foreign text, so every sink escapes it."""
    key: str = ""
    """Distinguishes two problems of one rule on one subject, without serials or dates."""
    required: bool = True
    evidence: Mapping[str, str] = field(default_factory=dict)
    cause: str = ""
    """The rule that reports what this failure comes from. Where it does, this answer is not checked, not a failure."""
    waiver: Waiver | None = None
    """What excuses this failure."""
    known: bool = False
    """This failure stands in the baseline."""
    vantage: str = ""
    """The address it is about, if several were visited and not all agree; else empty."""

    @property
    def excused(self) -> bool:
        """Whether it is a failure that does not count, because it is waived or known."""
        return self.waiver is not None or self.known

    def violates(self, fail_on: Severity) -> bool:
        """Whether this finding is a violation for a gate that fails on `fail_on` and worse."""
        return self.outcome is Outcome.FAIL and self.severity.rank >= fail_on.rank and not self.excused

    @property
    def can_be_excused(self) -> bool:
        """Whether a waiver or a baseline may accept it: a failure, or what one that another rule reports leads to."""
        return self.outcome is Outcome.FAIL or (self.outcome is Outcome.NOT_CHECKED and self.cause != "")

    @property
    def not_checked(self) -> bool:
        """Whether a required answer is missing: such a target cannot be compliant."""
        missing = self.outcome is Outcome.NOT_CHECKED and self.required and not self.excused
        return missing or self.outcome is Outcome.CRASHED


def fingerprint(target_id: str, finding: Finding) -> str:
    """An identity that survives a renewal: rule, target, vantage, subject and key; 32 hexadecimal digits."""
    parts = (finding.rule, target_id, finding.vantage, finding.subject, finding.key)
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
