"""What one run saw of its targets, in the facts by which two runs are compared.

Nothing volatile is in it: no days left, timings, addresses or times of a staple.
"""

from collections.abc import Mapping
from datetime import datetime

from certgate.model.finding import Severity
from certgate.model.frozen import frozen

__all__ = ["ComparedRun", "LastSeen", "SeenCertificate", "SeenFinding", "SeenTarget", "Snapshot"]


@frozen(slots=True, kw_only=True)
class SeenCertificate:
    """A certificate. Text is untrusted; None and an empty key digest mean unknown."""

    label: str
    subject: str
    issuer: str
    sha256: str
    spki_sha256: str
    names: tuple[str, ...] | None
    not_after: datetime | None
    not_before: datetime | None = None
    serial: str = ""


@frozen(slots=True, kw_only=True)
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


@frozen(slots=True, kw_only=True)
class SeenTarget:
    """One target. The fields for negotiated values are empty if nothing was negotiated."""

    id: str
    certificates: tuple[SeenCertificate, ...] = ()
    protocols: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    findings: tuple[SeenFinding, ...] = ()
    unreachable: str = ""
    """Why nothing was observed; empty if something was."""


@frozen(slots=True)
class LastSeen:
    """A target as the last run saw it, and when that run began."""

    at: datetime
    target: SeenTarget


@frozen(slots=True, kw_only=True)
class ComparedRun:
    """A whole run without its targets."""

    name: str
    """The file, as the user named it; empty for the run under way."""
    at: datetime
    rules: frozenset[str] | None
    """The rules of the run; None for observations that no policy has evaluated."""
    only: tuple[str, ...] = ()
    """The arguments of --only, if the run checked a part of the targets."""
    targets: int = 0
    """How many targets it has."""


@frozen(slots=True, kw_only=True)
class Snapshot:
    """A whole run."""

    run: ComparedRun
    targets: Mapping[str, SeenTarget]
