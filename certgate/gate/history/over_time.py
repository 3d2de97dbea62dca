"""The certificates of one target in all runs of a history."""

from collections.abc import Callable
from datetime import datetime

from certgate.gate.history.folder import REPORT, HistoryFolder
from certgate.gate.history.record import KeptRecord, Unusable
from certgate.model.certificate_period import CertificatePeriod, TargetHistory
from certgate.model.errors import UsageError
from certgate.model.snapshot import SeenCertificate, SeenTarget
from certgate.reports.report_file import find_target

__all__ = ["certificates_over_time"]

_OWN = frozenset({"leaf", "request"})
"""What is the target's own; the other positions of a chain are its CAs'."""


def certificates_over_time(folder: HistoryFolder, target: str, tell: Callable[[str], object]) -> TargetHistory:
    """The target's own certificates: leaves, or requests. Runs that cannot be read are named by `tell`.

    Raises UsageError if no run has the target.
    """
    found = TargetHistory(target=target, certificates=[])
    kept = folder.runs()
    for problem in kept.problems:
        tell(f"{problem}, so it is left out")
    for run in kept.runs:
        try:
            seen = _seen(folder, run, target)
        except (Unusable, UsageError) as error:
            tell(f"{folder.path / run.record.name} {error}, so it is left out")
        else:
            if seen:
                _add(found, seen, run.record.started_at)
    if not found.runs:
        raise UsageError(f"no run in {folder.path} has the target {target}; certgate history {folder.path} lists them")
    return found


def _seen(folder: HistoryFolder, run: KeptRecord, target: str) -> SeenTarget | None:
    with folder.lines(run, REPORT) as lines:
        return find_target(REPORT, lines, target)


def _add(found: TargetHistory, seen: SeenTarget, at: datetime) -> None:
    found.runs += 1
    own = [one for one in seen.certificates if one.label in _OWN]
    found.not_observed += not own
    for one in {one.sha256: one for one in own}.values():
        known = next((period for period in found.certificates if period.certificate.sha256 == one.sha256), None)
        if known:
            known.last_seen = at
            known.runs += 1
        else:
            keys = [period.certificate.spki_sha256 for period in found.certificates]
            found.certificates.append(
                CertificatePeriod(
                    certificate=one, first_seen=at, last_seen=at, runs=1, same_key=_is_known_key(one, keys)
                )
            )


def _is_known_key(one: SeenCertificate, keys: list[str]) -> bool | None:
    return one.spki_sha256 in keys if keys and all((one.spki_sha256, *keys)) else None
