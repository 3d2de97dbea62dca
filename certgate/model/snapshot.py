"""What one run saw of its targets, in the facts by which two runs are compared.

Nothing volatile is in it: no days left, timings, addresses or times of a staple.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import Observation
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.verdict import CertificateSummary, TargetResult

__all__ = ["SeenCertificate", "SeenFinding", "SeenTarget", "Snapshot", "spoken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCertificate:
    """A certificate. Text is untrusted; None and an empty key digest mean unknown."""

    label: str
    subject: str
    issuer: str
    sha256: str
    spki_sha256: str
    names: tuple[str, ...] | None
    not_after: datetime | None

    @classmethod
    def of(cls, certificate: CertificateSummary) -> "SeenCertificate":
        """The snapshot of a certificate of this run."""
        return cls(
            label=certificate.label,
            subject=certificate.subject,
            issuer=certificate.issuer,
            sha256=certificate.sha256,
            spki_sha256=certificate.spki_sha256,
            names=certificate.names,
            not_after=certificate.not_after,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFinding:
    """A failure or a missing required answer."""

    rule: str
    subject: str
    fingerprint: str
    severity: Severity
    message: str
    is_failure: bool
    violates: bool
    is_excused: bool = False

    @classmethod
    def of(cls, result: TargetResult, finding: Finding, fail_on: Severity) -> "SeenFinding":
        """The snapshot of a finding of this run."""
        return cls(
            rule=finding.rule,
            subject=finding.subject,
            fingerprint=result.fingerprint(finding),
            severity=finding.severity,
            message=finding.message,
            is_failure=finding.outcome is Outcome.FAIL,
            violates=finding.violates(fail_on),
            is_excused=finding.excused,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTarget:
    """One target. The fields for negotiated values are empty if nothing was negotiated."""

    id: str
    certificates: tuple[SeenCertificate, ...] = ()
    protocols: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    findings: tuple[SeenFinding, ...] = ()
    unreachable: str = ""
    """Why nothing was observed; empty if something was."""

    @classmethod
    def of(cls, result: TargetResult, fail_on: Severity) -> "SeenTarget":
        """The snapshot of a result of this run."""
        shown = [f for f in result.wrong if f.outcome is Outcome.FAIL or f.not_checked]
        unseen = next((f.message for f in shown if f.rule == TARGET_OBSERVED), "")
        protocols, groups = spoken(result.observations)
        return cls(
            id=result.target.id,
            certificates=tuple(map(SeenCertificate.of, result.certificates)),
            protocols=protocols,
            groups=groups,
            findings=tuple(SeenFinding.of(result, f, fail_on) for f in shown),
            unreachable="" if result.certificates else unseen,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A whole run."""

    name: str
    """The file, as the user named it."""
    at: datetime
    targets: Mapping[str, SeenTarget]
    rules: frozenset[str] | None
    """The rules of the run; None for observations that no policy has evaluated."""
    only: tuple[str, ...] = ()
    """The arguments of --only, if the run checked a part of the targets."""


def spoken(observations: tuple[Observation, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The negotiated protocols and groups, without those of probes; sorted."""
    shakes = [seen.handshake for seen in observations if seen.handshake and not seen.vantage.probe]
    return _each(shake.version for shake in shakes), _each(shake.group or "" for shake in shakes)


def _each(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(filter(None, texts))))
