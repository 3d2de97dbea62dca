"""Findings: what a rule found about a subject."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from hashlib import sha256

from certgate.model.frozen import frozen
from certgate.model.text_enum import TextEnum
from certgate.model.waiver import Waiver

__all__ = ["DEPENDS_ON", "Finding", "Outcome", "Severity", "fingerprint"]


DEPENDS_ON = "depends_on"
"""The evidence key that names the rule to fix first, for an answer that is missing."""


class Severity(TextEnum):
    """How bad a failure is; ordered by `rank`."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for error."""
        return _RANKS[self]


_RANKS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


class Outcome(TextEnum):
    """The outcome of one rule on one subject. Only PASS is a pass."""

    PASS = "pass"  # noqa: S105 (an outcome, no password)
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"
    NOT_EFFECTIVE = "not-effective"
    NOT_CHECKED = "not-checked"
    CRASHED = "crashed"


@frozen(slots=True, kw_only=True)
class Finding:
    """One rule's answer about one subject; a rule that finds two problems gives two findings.

    It does not refer to a target, so endpoints that serve the same chain share their findings.
    """

    rule: str
    subject: str
    """`leaf`, `issuer 1` (the leaf's issuer), `presented chain`, `path`, `staple`, `handshake` or `target`."""
    outcome: Outcome
    severity: Severity
    message: str = ""
    """One sentence; may contain untrusted text, so every output escapes it."""
    key: str = ""
    """Distinguishes two problems of one rule on one subject; never contains serial numbers or dates."""
    required: bool = True
    evidence: Mapping[str, str] = field(default_factory=dict)
    cause: str = ""
    """The rule that reports the cause of this failure. If that rule fails, this answer is not checked instead."""
    denies: str = ""
    """What other rules take for granted and this failure denies: their failures are its consequences."""
    unread: bool = False
    """Whether the answer is missing because a part of the certificate cannot be read."""
    waiver: Waiver | None = None
    """The waiver that excuses this failure."""
    known: bool = False
    """Whether this failure is in the baseline, or the target is known there not to answer."""
    accepted_until: date | None = None
    """The last day on which a target that is known not to answer does not count; None if it counts."""
    vantage: str = ""
    """The address that it is about, if several were visited and they differ; else empty."""

    @property
    def excused(self) -> bool:
        """Whether it does not count: a failure that is waived or known, or a known missing answer that is accepted."""
        return self.waiver is not None or (self.known and (self.can_be_excused or self.accepted_until is not None))

    def violates(self, fail_on: Severity) -> bool:
        """Whether this finding is a violation for a gate that fails on `fail_on` and worse."""
        return self.outcome is Outcome.FAIL and self.severity.rank >= fail_on.rank and not self.excused

    @property
    def can_be_excused(self) -> bool:
        """Whether a waiver or a baseline may accept it: a failure, or a consequence of another rule's failure."""
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
