"""Entries of a baseline: violations that were accepted as known, and targets that are known not to answer."""

from dataclasses import astuple

from certgate.model.finding import Finding, Outcome, Severity, fingerprint
from certgate.model.frozen import frozen
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.verdict import TargetResult

__all__ = ["Known", "KnownUnreachable"]


@frozen(slots=True, kw_only=True)
class Known:
    """A violation as a reviewer reads it. Its identity is every field except the severity and the message."""

    target: str
    rule: str
    subject: str
    key: str
    severity: Severity
    message: str
    vantage: str = ""
    """The only address at which it was found; empty if it is the same at all addresses."""

    def __lt__(self, other: "Known") -> bool:
        """By its fields, in their order."""
        return astuple(self) < astuple(other)

    @classmethod
    def of(cls, target: str, finding: Finding) -> "Known":
        """The baseline entry for a finding."""
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
        """The fingerprint of the finding that it records."""
        finding = Finding(
            rule=self.rule,
            subject=self.subject,
            outcome=Outcome.FAIL,
            severity=self.severity,
            key=self.key,
            vantage=self.vantage,
        )
        return fingerprint(self.target, finding)


@frozen(slots=True, kw_only=True)
class KnownUnreachable:
    """A target of which nothing is seen, as a reviewer reads it. Its identity is the target."""

    target: str
    failure: str
    """The kinds of the failures: `timed-out`."""

    def __lt__(self, other: "KnownUnreachable") -> bool:
        """By its fields, in their order."""
        return astuple(self) < astuple(other)

    @classmethod
    def of(cls, result: TargetResult) -> "KnownUnreachable":
        """The baseline entry for a target that is unreachable."""
        kinds = {seen.failure.kind.value for seen in result.observations if seen.failure}
        return cls(target=result.target.id, failure=", ".join(sorted(kinds)))

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the finding that the target was not observed."""
        finding = Finding(rule=TARGET_OBSERVED, subject="target", outcome=Outcome.NOT_CHECKED, severity=Severity.ERROR)
        return fingerprint(self.target, finding)
