"""The results of a run: per target and in total."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

from certgate.model.account import Account
from certgate.model.bundle_facts import BundleFacts
from certgate.model.difference import Difference
from certgate.model.finding import Finding, Outcome, Severity, fingerprint
from certgate.model.findings import Findings
from certgate.model.frozen import frozen
from certgate.model.hint import Hint, RunHint
from certgate.model.observation import Observation, vantage_labels
from certgate.model.rule_doc import RuleDoc
from certgate.model.target import Place, Target
from certgate.model.text_enum import TextEnum
from certgate.model.vantage_label import is_of_key_type, label_parts

__all__ = [
    "CertificateSummary",
    "DisabledRule",
    "NoEndpoint",
    "Notice",
    "PathState",
    "RunHeader",
    "RunHistory",
    "RunRecord",
    "RunSummary",
    "StoreSummary",
    "TargetResult",
    "TrustMatrixRow",
    "Verdict",
    "exit_code",
]


class Verdict(TextEnum):
    """Compliant, violated, or not determined."""

    COMPLIANT = "compliant"
    VIOLATED = "violated"
    INCOMPLETE = "incomplete"


def exit_code(verdict: Verdict) -> int:
    """The exit code of a verdict: 0, 1 or 3 (2 is for usage errors, which have no verdict)."""
    return {Verdict.COMPLIANT: 0, Verdict.VIOLATED: 1, Verdict.INCOMPLETE: 3}[verdict]


@frozen(slots=True, kw_only=True)
class CertificateSummary:
    """What reports show of one certificate. All text is untrusted. Dates are aware, UTC."""

    label: str
    """`leaf`, `issuer 1`, …; `sent 3` for a presented certificate that is on no path; `anchor`. Those of the target's
    origin, of which no path is chosen, are `origin leaf` and `origin sent 2`."""
    subject: str
    issuer: str = ""
    issuer_name: str = ""
    """The issuer for people: its common name, or else the whole name."""
    serial: str = ""
    sha256: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    line: int = 0
    """The line on which it begins, for a file."""
    spki_sha256: str = ""
    names: tuple[str, ...] = ()
    """The subject alternative names with their kinds: `DNS:a.example`."""
    key: str = ""
    """The algorithm of the key, with its curve: `RSA`, `EC P-256`."""
    key_bits: int | None = None
    signature: str = ""
    """The algorithm of the signature, by OpenSSL's name, or else by OID."""
    key_identifier: str = ""
    issuer_key_identifier: str = ""
    """The identifiers of its key and of the issuer's key, as its extensions state them, in hexadecimal."""
    vantage: str = ""
    """The address that sent it, if several were visited and not all sent it, and the type of key with which it was
    seen, if not with the first; else empty."""

    @property
    def is_of_origin(self) -> bool:
        """Whether the origin of the target sent it."""
        return self.label.startswith("origin ")

    @property
    def is_used(self) -> bool:
        """Whether it is on the chosen path, or is the origin's leaf."""
        return not self.label.removeprefix("origin ").startswith("sent ")


@frozen(slots=True)
class StoreSummary:
    """A trust store as reports name it."""

    name: str
    sha256: str
    count: int
    bundles: tuple[BundleFacts, ...] = ()
    """Where the bundles of SPIFFE trust domains in it come from."""


class PathState(StrEnum):
    """Whether a trust store has a path for a chain."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_CHECKED = "not-checked"


@frozen(slots=True)
class TrustMatrixRow:
    """Whether a client with one trust store accepts the chain."""

    store: str
    state: PathState
    reason: str = ""
    """Why the chain is not accepted; may contain untrusted text."""


@frozen(kw_only=True)
class TargetResult:
    """Everything that reports need about one target."""

    target: Target
    verdict: Verdict
    findings: tuple[Finding, ...]
    """All outcomes, in the policy's rule order."""
    policy: str
    stores: tuple[StoreSummary, ...]
    certificates: tuple[CertificateSummary, ...]
    """The chosen path from leaf to anchor, then the other certificates that were sent."""
    clock: datetime
    """The time at which it was evaluated."""
    observations: tuple[Observation, ...]
    """One for each vantage, without the certificates' bytes, the staple and further evidence."""
    matrix: tuple[TrustMatrixRow, ...] = ()
    """The trust matrix, if requested; it changes no verdict."""
    is_excused: bool = False
    """Whether it is compliant only because of waivers or the baseline."""
    is_unreachable: bool = False
    """Whether nothing was seen of it, because all connections failed."""
    hint: Hint | None = None
    """The command that judges it as what it is, if it is probably judged as something else."""

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """The addresses at which it was observed; an empty string if it needs no connection."""
        return tuple(dict.fromkeys(seen.vantage.address for seen in self.observations))

    @cached_property
    def vantages(self) -> tuple[str, ...]:
        """A label for each observation, except answers to probes and chains for further types of keys."""
        usual = [seen for seen in self.observations if not (seen.vantage.probe or seen.vantage.key_type)]
        return vantage_labels(usual)

    @cached_property
    def others(self) -> tuple[Finding, ...]:
        """The findings that are not a pass."""
        return Findings.of(self.findings).others

    @cached_property
    def wrong(self) -> tuple[Finding, ...]:
        """Failures and missing answers, whether or not they count."""
        return Findings.of(self.findings).wrong

    @cached_property
    def counts(self) -> Mapping[Outcome, int]:
        """How many findings have each outcome."""
        return Findings.of(self.findings).counts

    @property
    def is_known(self) -> bool:
        """Whether nothing was seen of it, and the baseline lists it as a target that does not answer."""
        return self.is_unreachable and any(finding.known for finding in self.wrong)

    @property
    def is_accepted(self) -> bool:
        """Whether it is incomplete for no other reason than that it is known not to answer, and that is accepted."""
        if self.verdict is not Verdict.INCOMPLETE or not self.is_known:
            return False
        accepted = any(finding.accepted_until for finding in self.wrong)
        return accepted and not any(finding.not_checked for finding in self.wrong)

    def fingerprint(self, finding: Finding) -> str:
        """The identity of one of this target's findings."""
        return fingerprint(self.target.id, finding)

    def certificates_of(self, finding: Finding) -> tuple[CertificateSummary, ...]:
        """The certificate that the finding is about, if any; several if addresses send different ones."""
        labelled = [c for c in self.certificates if c.label == finding.subject]
        exact = tuple(c for c in labelled if c.vantage == finding.vantage)
        if exact:
            return exact
        where, _ = label_parts(finding.vantage)
        first = (c for c in labelled if not is_of_key_type(c.vantage))
        return tuple(c for c in first if not (c.vantage and where) or c.vantage == where)


@frozen(slots=True)
class NoEndpoint:
    """A target of a range at which nothing accepts connections: it is counted, and no report has it."""

    connections: int
    """Connections that were tried."""


@frozen(slots=True)
class DisabledRule:
    """A rule that a policy switches off."""

    policy: str
    rule: str
    reason: str
    where: str = ""
    """The conditions under which it is off, as text; empty for always."""


@frozen(slots=True)
class NotObserved:
    """Declared targets that the run skips because they need a connection and it makes none."""

    count: int
    names: tuple[str, ...]
    """The names of the first of these targets."""
    file: str
    """The file that declares them."""


@frozen(slots=True, kw_only=True)
class RunHeader:
    """What is known before the first target is observed."""

    version: str
    started_at: datetime
    fail_on: Severity
    policies: tuple[str, ...]
    rules: Mapping[str, RuleDoc]
    """All rules of this run's policies, sorted by id."""
    targets: int = 0
    """How many targets the run is to observe."""
    left_out_targets: int = 0
    """Declared targets that the run leaves out, `not_observed` among them."""
    stores: tuple[StoreSummary, ...] = ()
    left_out: tuple[str, ...] = ()
    """Ids of the rules that --select and --ignore exclude."""
    disabled: tuple[DisabledRule, ...] = ()
    """Rules that the policies of this run switch off, each with its reason."""
    only: tuple[str, ...] = ()
    """The arguments of --only, which select a part of the declared targets; empty for all."""
    at: datetime | None = None
    """The clock that --at sets; None for each observation's own time."""
    waivers: int | None = 0
    """The number of waivers in this run's policies; None if --no-waivers ignores them."""
    not_observed: NotObserved | None = None
    accepted_until: date | None = None
    """The last day, UTC, on which targets that are known not to answer do not count; None if they always count."""
    baseline: str = ""
    """The file and the size of the baseline, as text; with a baseline only new violations fail. Empty for none."""
    history: "RunHistory | None" = None
    """The earlier runs of these targets; None without --history."""
    exit_zero: bool = False
    """Whether --exit-zero ends the process with 0 whatever the observations show."""


@frozen(slots=True)
class Notice:
    """A remark on a waiver or a baseline entry, at the end of a run. It has no target and does not fail the run."""

    rule: str
    """The reserved rule that explains it: waiver.expiring, waiver.unused, baseline.gone or
    baseline.expiring."""
    message: str
    """One sentence; may contain untrusted text."""
    place: Place | None = None
    """Where the exception is written."""


@frozen(slots=True, kw_only=True)
class RunSummary:
    """What is known after the last target. `verdict`: violated takes precedence over incomplete, then compliant."""

    verdict: Verdict
    targets: Mapping[Verdict, int] = field(default_factory=dict)
    excused: int = 0
    """Targets, of the compliant ones, that are compliant only because of waivers or the baseline."""
    known_unreachable: int = 0
    """Targets, of the incomplete ones, that are known not to answer."""
    accepted_unreachable: int = 0
    """Targets, of the known ones, that do not count: the run may be compliant."""
    violations: int = 0
    warnings: int = 0
    """Failures below the --fail-on threshold."""
    failures: Mapping[Severity, int] = field(default_factory=dict)
    """Failures by severity, without excused ones."""
    connections: int = 0
    """Connections to endpoints that were made or tried."""
    account: Account = field(default_factory=Account)
    """Every declared target, counted once."""
    not_checked: int = 0
    interrupted: bool = False
    """Whether the run was interrupted before every target was observed."""
    not_visited: int = 0
    """Targets that were not visited because the time of the run was over."""
    unjudged: int = 0
    """Targets without an answer that no observation explains: a rule crashed, certgate has a bug, the run ended before
    it came to them, or no rule passed or failed."""
    exit_zero: bool = False
    """Whether --exit-zero ends the process with 0 whatever the observations show."""
    waived: int = 0
    """Failures that a waiver excuses."""
    known: int = 0
    """Failures listed in the baseline, and accepted targets that do not answer."""
    notices: tuple[Notice, ...] = ()
    hints: tuple[RunHint, ...] = ()
    missing: int = 0
    """The number of declared targets of which nothing is known, for any reason."""
    missing_ids: tuple[str, ...] = ()
    """The ids of the first of these targets."""
    faults: tuple[str, ...] = ()
    """Errors of the run itself, one sentence each: a report that failed, a target that was lost."""
    difference: Difference | None = None
    """What changed since the last whole run; None if there is none, or if this run did not visit all targets."""

    @property
    def is_whole(self) -> bool:
        """Whether every declared target was observed as far as possible and every listener got its result."""
        return not (self.interrupted or self.not_visited or self.missing or self.faults)

    @property
    def exit_code(self) -> int:
        """The process's exit code: that of the verdict, or with --exit-zero 0 if every target was observed and judged.

        With --exit-zero, a run that lost a target or an output is 3, even if it found a violation.
        """
        if not self.exit_zero or self.verdict is Verdict.COMPLIANT:
            return exit_code(self.verdict)
        return 0 if self.is_whole and not self.unjudged else exit_code(Verdict.INCOMPLETE)


@frozen(slots=True, kw_only=True)
class RunRecord:
    """A run in a history, without its targets."""

    name: str
    """The folder of the run, inside the folder of the history."""
    started_at: datetime
    declared: tuple[str, ...]
    """What runs over the same list of targets, evaluated in the same way, have in common: the command, the files and
    arguments that declare the targets, then the policies and what else decides which rules apply."""
    only: tuple[str, ...] = ()
    """The arguments of --only."""
    is_whole: bool
    """Whether every declared target was observed as far as possible, and every output was written."""
    summary: RunSummary
    """The totals; without lists."""

    @property
    def can_be_compared(self) -> bool:
        """Whether it is a whole run over all targets of its list."""
        return self.is_whole and not self.only


@frozen(slots=True, kw_only=True)
class RunHistory:
    """The earlier runs of a list of targets."""

    folder: str
    last: RunRecord | None
    """The run with which this one is compared: the last whole one."""
    earlier: tuple[RunRecord, ...]
    """The whole runs before this one, the oldest first; `last` is the last of them."""
    problems: tuple[str, ...] = ()
    """What in the folder cannot be used, one sentence each, with its name."""
