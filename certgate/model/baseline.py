"""Entries of a baseline: violations that were accepted as known."""

from dataclasses import dataclass

from certgate.model.finding import Finding, Outcome, Severity, fingerprint

__all__ = ["Known"]


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Known:
    """A violation as a reviewer reads it; all but the severity and the message is its identity."""

    target: str
    rule: str
    subject: str
    key: str
    severity: Severity
    message: str
    vantage: str = ""
    """The one address that it was found at; empty for wherever the target was seen."""

    @classmethod
    def of(cls, target: str, finding: Finding) -> "Known":
        """A violation as it is found."""
        return cls(
            target=target,
            rule=finding.rule,
            subject=finding.subject,
            key=finding.key,
            severity=finding.severity,
            message=finding.message,
            vantage=finding.vantage,
        )

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the finding that it was."""
        finding = Finding(
            rule=self.rule,
            subject=self.subject,
            outcome=Outcome.FAIL,
            severity=self.severity,
            key=self.key,
            vantage=self.vantage,
        )
        return fingerprint(self.target, finding)
