"""Reads a JSON report that certgate wrote, this version or an older one, as a snapshot of its run."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, Field, StrictBool, ValidationError

from certgate.model.errors import UsageError
from certgate.model.finding import Outcome, Severity
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.snapshot import ComparedRun, SeenCertificate, SeenFinding, SeenTarget, Snapshot
from certgate.model.strict_json import NotJson, read_json
from certgate.model.vantage_label import position, seen_at
from certgate.reports.escape import for_json
from certgate.reports.json_report import REPORT_VERSION
from certgate.reports.json_text import dumped

__all__ = ["ReportLines", "find_target", "is_report_line", "read_report", "read_report_lines"]


class _Certificate(BaseModel):
    """Older reports lack the key and the names."""

    label: str
    vantage: str = ""
    subject: str
    issuer: str
    sha256: str
    not_after: AwareDatetime | None
    not_before: AwareDatetime | None = None
    serial: str = ""
    spki_sha256: str = ""
    names: tuple[str, ...] | None = None

    def seen(self) -> SeenCertificate:
        return SeenCertificate(
            label=position(self.label, self.vantage),
            subject=self.subject,
            issuer=self.issuer,
            sha256=self.sha256,
            spki_sha256=self.spki_sha256,
            names=self.names,
            not_after=self.not_after,
            not_before=self.not_before,
            serial=self.serial,
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
            subject=f"{self.subject}{seen_at(self.vantage)}",
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
    key_type: str = ""


class _Target(BaseModel):
    id: str
    observations: tuple[_Observation, ...]
    certificates: tuple[_Certificate, ...]
    findings: tuple[_Finding, ...]

    def seen(self) -> SeenTarget:
        shown = [finding for finding in self.findings if finding.counts]
        unseen = next((finding.message for finding in shown if finding.rule == TARGET_OBSERVED), "")
        usual = [observation for observation in self.observations if not (observation.probe or observation.key_type)]
        shakes = [observation.tls for observation in usual if observation.tls]
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
    not_visited: int = 0


class _Head(BaseModel):
    """What a comparison needs of the members about the run; whatever else is there is not looked at."""

    report_version: Annotated[int, Field(ge=1, le=REPORT_VERSION)]
    started_at: AwareDatetime
    rules: Mapping[str, Any]
    only: tuple[str, ...] = ()

    def run(self, path: str, targets: int) -> ComparedRun:
        return ComparedRun(name=path, at=self.started_at, rules=frozenset(self.rules), only=self.only, targets=targets)


class _Report(_Head):
    targets: tuple[_Target, ...]
    summary: _Summary


class _First(BaseModel):
    run: _Head


class _Further(BaseModel):
    """A line with one of these members."""

    target: _Target | None = None
    summary: _Summary | None = None


def read_report(path: str, data: bytes) -> Snapshot:
    """The run that a report of --report json is about. Raises UsageError for anything else than a whole report."""
    report = _validated(_Report, path, data)
    _refuse_incomplete(path, report.summary)
    targets = {target.id: target.seen() for target in report.targets}
    if len(targets) < len(report.targets):
        raise UsageError(f"{path}: has a target twice")
    return Snapshot(run=report.run(path, len(targets)), targets=targets)


def is_report_line(line: bytes) -> bool:
    """Whether it can be the first line of a report of --report jsonl."""
    try:
        value = read_json(line)
    except NotJson:
        return False
    return isinstance(value, dict) and list(value) == ["run"]


def read_report_lines(path: str, lines: Iterable[bytes]) -> Snapshot:
    """The run that a report of --report jsonl is about. Raises UsageError for anything else than a whole report."""
    report = ReportLines(path, lines)
    targets: dict[str, SeenTarget] = {}
    for target in report.targets():
        if target.id in targets:
            raise UsageError(f"{path}: has a target twice")
        targets[target.id] = target
    return Snapshot(run=report.run, targets=targets)


def find_target(path: str, lines: Iterable[bytes], id: str) -> SeenTarget | None:
    """The target with this id in a report of --report jsonl, which may be incomplete. Raises UsageError."""
    ReportLines(path, lines := iter(lines))
    begins = dumped({"target": {"id": id}}).removesuffix("}}").encode()
    for line in lines:
        if line.startswith(begins):
            found = _validated(_Further, path, line).target
            if found and found.id == for_json(id):
                return found.seen()
    return None


class ReportLines:
    """A report of --report jsonl: the run first, then its targets as they are read."""

    def __init__(self, path: str, lines: Iterable[bytes]) -> None:
        """Raises UsageError if the first line is not that of a report which this version reads."""
        self._path = path
        self._lines = iter(lines)
        self._head = _validated(_First, path, next(self._lines, b"")).run
        self._read = 0

    @property
    def run(self) -> ComparedRun:
        """The run, with the number of targets that were read so far."""
        return self._head.run(self._path, self._read)

    def targets(self) -> Iterator[SeenTarget]:
        """The targets, once. Raises UsageError for a wrong line, and at the end for a report that is not whole."""
        last: _Summary | None = None
        for number, line in enumerate(self._lines, 2):
            further = _validated(_Further, f"{self._path}:{number}", line)
            if last or (further.target is None) == (further.summary is None):
                raise UsageError(f"{self._path}:{number}: is not a line of a JSON lines report")
            if further.target:
                self._read += 1
                yield further.target.seen()
            last = further.summary
        if last is None:
            raise UsageError(f"{self._path}: the end is missing; the run was killed, or the file was cut off")
        _refuse_incomplete(self._path, last)


_Model = TypeVar("_Model", bound=BaseModel)


def _validated(model: type[_Model], path: str, data: bytes) -> _Model:
    try:
        return model.model_validate(read_json(data))
    except NotJson as error:
        raise UsageError(f"{path}: {error}; it must be a report of --report json, or a file of --save") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "the report"
        raise UsageError(f"{path}: is not a JSON report that this version reads: {where}: {first['msg']}") from error


def _refuse_incomplete(path: str, summary: _Summary) -> None:
    if summary.interrupted or summary.missing or summary.not_visited:
        raise UsageError(f"{path}: is the report of an incomplete run; compare whole runs")
