"""The facts of a result by which runs are compared."""

from collections.abc import Iterable

from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import Observation
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.snapshot import SeenCertificate, SeenFinding, SeenTarget
from certgate.model.vantage_label import position
from certgate.model.verdict import CertificateSummary, TargetResult

__all__ = ["seen_certificate", "seen_target", "spoken"]


def seen_target(result: TargetResult, fail_on: Severity) -> SeenTarget:
    """What a run saw of a target."""
    shown = [f for f in result.wrong if f.outcome is Outcome.FAIL or f.not_checked]
    unseen = next((f.message for f in result.wrong if f.rule == TARGET_OBSERVED), "")
    protocols, groups = spoken(result.observations)
    return SeenTarget(
        id=result.target.id,
        certificates=tuple(map(seen_certificate, result.certificates)),
        protocols=protocols,
        groups=groups,
        findings=tuple(_finding(result, f, fail_on) for f in shown),
        unreachable="" if result.certificates else unseen,
    )


def seen_certificate(certificate: CertificateSummary) -> SeenCertificate:
    """What a run saw of a certificate."""
    return SeenCertificate(
        label=position(certificate.label, certificate.vantage),
        subject=certificate.subject,
        issuer=certificate.issuer,
        sha256=certificate.sha256,
        spki_sha256=certificate.spki_sha256,
        names=certificate.names,
        not_after=certificate.not_after,
        not_before=certificate.not_before,
        serial=certificate.serial,
    )


def spoken(observations: tuple[Observation, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The negotiated protocols and groups, without those of probes and further looks; sorted."""
    usual = [seen for seen in observations if not (seen.vantage.probe or seen.vantage.key_type)]
    shakes = [seen.handshake for seen in usual if seen.handshake]
    return _each(shake.version for shake in shakes), _each(shake.group or "" for shake in shakes)


def _finding(result: TargetResult, finding: Finding, fail_on: Severity) -> SeenFinding:
    return SeenFinding(
        rule=finding.rule,
        subject=finding.subject,
        fingerprint=result.fingerprint(finding),
        severity=finding.severity,
        message=finding.message,
        is_failure=finding.outcome is Outcome.FAIL,
        violates=finding.violates(fail_on),
        is_excused=finding.excused,
    )


def _each(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(filter(None, texts))))
