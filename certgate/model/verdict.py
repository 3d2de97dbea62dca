"""The results of a run: per target and in total."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from certgate.model.finding import Finding, Outcome, Severity, fingerprint
from certgate.model.observation import Observation, vantage_labels
from certgate.model.rule_doc import RuleDoc
from certgate.model.target import Place, Target

__all__ = [
    "CertificateSummary",
    "DisabledRule",
    "Notice",
    "PathState",
    "RunHeader",
    "RunSummary",
    "StoreSummary",
    "TargetResult",
    "TrustMatrixRow",
    "Verdict",
    "exit_code",
]


class Verdict(StrEnum):
    """Yes, no, or could not tell."""

    COMPLIANT = "compliant"
    VIOLATED = "violated"
    INCOMPLETE = "incomplete"


def exit_code(verdict: Verdict) -> int:
    """The process's exit code for a verdict: 0, 1 or 3 (2 is for usage errors, which have no verdict)."""
    return {Verdict.COMPLIANT: 0, Verdict.VIOLATED: 1, Verdict.INCOMPLETE: 3}[verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSummary:
    """What reports show of one certificate. All text is foreign. Dates are aware, UTC."""

    label: str
    """`leaf`, `issuer 1`, …; `sent 3` for a presented certificate that is on no path; `anchor`."""
    subject: str
    issuer: str = ""
    serial: str = ""
    sha256: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    line: int = 0
    """For a file, the line on which it begins."""
    spki_sha256: str = ""
    names: tuple[str, ...] = ()
    """The subject alternative names with their kinds: `DNS:a.example`."""
    key: str = ""
    """The algorithm of the key, with its curve: `RSA`, `EC P-256`."""
    key_bits: int | None = None
    signature: str = ""
    """The algorithm of the signature, as OpenSSL names it; of others, the OID."""
    vantage: str = ""
    """The address that it was seen at, where several were visited and not all show it; else empty."""


@dataclass(frozen=True, slots=True)
class StoreSummary:
    """A trust store as reports name it."""

    name: str
    sha256: str
    count: int


class PathState(StrEnum):
    """Whether a trust store has a path for a chain."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class TrustMatrixRow:
    """Whether a client with one trust store accepts the chain."""

    store: str
    state: PathState
    reason: str = ""
    """Why it does not hold; may hold foreign text."""


_WRONG = frozenset({Outcome.FAIL, Outcome.NOT_CHECKED, Outcome.CRASHED})


@dataclass(frozen=True, kw_only=True)
class TargetResult:
    """Everything the reports need to say about one target."""

    target: Target
    verdict: Verdict
    findings: tuple[Finding, ...]
    """All outcomes, in the policy's rule order."""
    policy: str
    stores: tuple[StoreSummary, ...]
    certificates: tuple[CertificateSummary, ...]
    """The chosen path from leaf to anchor, then what else was sent."""
    clock: datetime
    """The time by which it was judged."""
    observations: tuple[Observation, ...]
    """One for each vantage, without the certificates' bytes, the staple and further evidence."""
    matrix: tuple[TrustMatrixRow, ...] = ()
    """The trust matrix, if requested; it changes no verdict."""

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """Where it was seen; the empty one for what needs no connection."""
        return tuple(dict.fromkeys(seen.vantage.address for seen in self.observations))

    @cached_property
    def vantages(self) -> tuple[str, ...]:
        """A label for each observation but for the answers to probes."""
        return vantage_labels([seen for seen in self.observations if not seen.vantage.probe])

    @cached_property
    def others(self) -> tuple[Finding, ...]:
        """The findings that are not a pass."""
        return tuple([finding for finding in self.findings if finding.outcome is not Outcome.PASS])

    @cached_property
    def wrong(self) -> tuple[Finding, ...]:
        """Failures and missing answers, whether they count or not."""
        return tuple([finding for finding in self.others if finding.outcome in _WRONG])

    def fingerprint(self, finding: Finding) -> str:
        """The identity of one of this target's findings."""
        return fingerprint(self.target.id, finding)

    def certificates_of(self, finding: Finding) -> tuple[CertificateSummary, ...]:
        """The certificate that the finding is about, where it is about one; several where addresses show others."""
        labelled = [c for c in self.certificates if c.label == finding.subject]
        return tuple(c for c in labelled if not (c.vantage and finding.vantage) or c.vantage == finding.vantage)


@dataclass(frozen=True, slots=True)
class DisabledRule:
    """A rule that a policy switches off."""

    policy: str
    rule: str
    reason: str
    where: str = ""
    """The conditions under which it is off, as text; empty for everywhere."""


@dataclass(frozen=True, slots=True)
class NotObserved:
    """Declared targets that the run leaves out, because they need a connection and it makes none."""

    count: int
    names: tuple[str, ...]
    """The first of them."""
    file: str
    """Where they are declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHeader:
    """What is known before the first target is observed."""

    version: str
    started_at: datetime
    fail_on: Severity
    policies: tuple[str, ...]
    rules: Mapping[str, RuleDoc]
    """All rules of this run's policies, sorted by id."""
    stores: tuple[StoreSummary, ...] = ()
    left_out: tuple[str, ...] = ()
    """Ids of rules that --select and --ignore left out."""
    disabled: tuple[DisabledRule, ...] = ()
    """Rules that the policies of this run switched off, each with its reason."""
    only: tuple[str, ...] = ()
    """The words of --only, by which a part of the declared targets was selected; empty for all."""
    at: datetime | None = None
    """The clock that --at set; None for each observation's own time."""
    waivers: int | None = 0
    """The number of waivers in this run's policies; None if --no-waivers ignores them."""
    not_observed: NotObserved | None = None
    baseline: str = ""
    """The baseline by which only new violations fail: its file and size, as text; empty for none."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A remark on a waiver or a baseline entry, at the end of a run. It belongs to no target, and fails nothing."""

    rule: str
    """The reserved rule that explains it: waiver.expiring, waiver.unused or baseline.gone."""
    message: str
    """One sentence; may hold foreign text."""
    place: Place | None = None
    """Where the exception was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """What is known after the last target. `verdict`: violated wins over incomplete, that over compliant."""

    verdict: Verdict
    targets: Mapping[Verdict, int] = field(default_factory=dict)
    violations: int = 0
    warnings: int = 0
    """Failures below the --fail-on threshold."""
    failures: Mapping[Severity, int] = field(default_factory=dict)
    """Failures by severity, without those that are excused."""
    connections: int = 0
    """Connections made, or tried, to endpoints."""
    not_checked: int = 0
    interrupted: bool = False
    """The run was interrupted before every target was observed."""
    waived: int = 0
    """Failures that a waiver excuses."""
    known: int = 0
    """Failures listed in the baseline."""
    notices: tuple[Notice, ...] = ()
    missing: int = 0
    """Declared targets that were not handed on, for any reason."""
    missing_ids: tuple[str, ...] = ()
    """The first of them."""
    faults: tuple[str, ...] = ()
    """Errors of the run itself, one sentence each: a report that failed, a target that was lost."""

    @property
    def is_whole(self) -> bool:
        """Whether every declared target was observed as far as it can be, and handed on to every listener."""
        return not (self.interrupted or self.missing or self.faults)
