"""Reads a JSON report that certgate wrote, this version or an older one, as a snapshot of its run."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field, StrictBool, ValidationError

from certgate.model.errors import UsageError
from certgate.model.finding import Outcome, Severity
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.snapshot import SeenCertificate, SeenFinding, SeenTarget, Snapshot
from certgate.model.strict_json import NotJson, read_json
from certgate.reports.json_report import REPORT_VERSION

__all__ = ["read_report"]


class _Certificate(BaseModel):
    """Older reports lack the key and the names."""

    label: str
    subject: str
    issuer: str
    sha256: str
    not_after: AwareDatetime | None
    spki_sha256: str = ""
    names: tuple[str, ...] | None = None

    def seen(self) -> SeenCertificate:
        return SeenCertificate(
            label=self.label,
            subject=self.subject,
            issuer=self.issuer,
            sha256=self.sha256,
            spki_sha256=self.spki_sha256,
            names=self.names,
            not_after=self.not_after,
        )


class _Finding(BaseModel):
    rule: str
    subject: str
    vantage: str = ""
    outcome: Outcome
    severity: Severity
    violation: StrictBool
    waiver: dict[str, Any] | None
    known: StrictBool
    required: StrictBool
    message: str
    fingerprint: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]

    @property
    def counts(self) -> bool:
        """Whether it is a failure, or a required answer that is missing."""
        is_missing = self.outcome is Outcome.CRASHED or (self.outcome is Outcome.NOT_CHECKED and self.required)
        return self.outcome is Outcome.FAIL or is_missing

    def seen(self) -> SeenFinding:
        return SeenFinding(
            rule=self.rule,
            subject=f"{self.subject} at {self.vantage}" if self.vantage else self.subject,
            fingerprint=self.fingerprint,
            severity=self.severity,
            message=self.message,
            is_failure=self.outcome is Outcome.FAIL,
            violates=self.violation,
            is_excused=self.known or self.waiver is not None,
        )


class _Handshake(BaseModel):
    version: str
    group: str | None


class _Observation(BaseModel):
    tls: _Handshake | None
    probe: str = ""


class _Target(BaseModel):
    id: str
    observations: tuple[_Observation, ...]
    certificates: tuple[_Certificate, ...]
    findings: tuple[_Finding, ...]

    def seen(self) -> SeenTarget:
        shown = [finding for finding in self.findings if finding.counts]
        unseen = next((finding.message for finding in shown if finding.rule == TARGET_OBSERVED), "")
        shakes = [observation.tls for observation in self.observations if observation.tls and not observation.probe]
        return SeenTarget(
            id=self.id,
            certificates=tuple(certificate.seen() for certificate in self.certificates),
            protocols=tuple(sorted({shake.version for shake in shakes})),
            groups=tuple(sorted({shake.group for shake in shakes if shake.group})),
            findings=tuple(finding.seen() for finding in shown),
            unreachable="" if self.certificates else unseen,
        )


class _Summary(BaseModel):
    interrupted: StrictBool
    missing: int


class _Report(BaseModel):
    """What a comparison needs of the report; whatever else is there is not looked at."""

    report_version: Annotated[int, Field(ge=1, le=REPORT_VERSION)]
    started_at: AwareDatetime
    rules: Mapping[str, Any]
    only: tuple[str, ...] = ()
    targets: tuple[_Target, ...]
    summary: _Summary


def read_report(path: str, data: bytes) -> Snapshot:
    """The run that a report is about. Raises UsageError for anything else than a whole report."""
    try:
        report = _Report.model_validate(read_json(data))
    except NotJson as error:
        raise UsageError(f"{path}: {error}; it must be a report of --report json, or a file of --save") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "the report"
        raise UsageError(f"{path}: is not a JSON report that this version reads: {where}: {first['msg']}") from error
    if report.summary.interrupted or report.summary.missing:
        raise UsageError(f"{path}: is the report of an incomplete run; compare whole runs")
    targets = {target.id: target.seen() for target in report.targets}
    if len(targets) < len(report.targets):
        raise UsageError(f"{path}: has a target twice")
    when: datetime = report.started_at
    return Snapshot(name=path, at=when, targets=targets, rules=frozenset(report.rules), only=report.only)
