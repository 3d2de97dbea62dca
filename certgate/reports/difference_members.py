"""What differs between two runs, as members of JSON."""

from datetime import UTC, datetime
from typing import Any

from certgate.model.difference import CertificateChange, Difference, TargetFinding

__all__ = ["difference_members", "time_text"]


def difference_members(difference: Difference) -> dict[str, Any]:
    """The members for findings, certificates, connections and targets; what is still there is only counted."""
    return {
        "findings": {
            "compared": difference.is_judged,
            "new": [_finding(one) for one in difference.new_findings],
            "fixed": [_finding(one) for one in difference.fixed],
            "not_known": [_finding(one) for one in difference.unclear],
            "still_there": difference.still_count,
            **({"still": [_finding(one) for one in difference.still]} if difference.still else {}),
        },
        "certificates": [_certificate(one) for one in difference.certificates],
        "connections": [
            {"target": one.target, "what": one.what, "old": list(one.old), "new": list(one.new)}
            for one in difference.connections
        ],
        "targets": {
            "appeared": difference.appeared,
            "vanished": difference.vanished,
            "unreachable": [{"target": t.id, "reason": t.unreachable} for t in difference.unreachable],
            "back": difference.back,
        },
    }


def time_text(moment: datetime) -> str:
    """The time in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _finding(one: TargetFinding) -> dict[str, Any]:
    finding = one.finding
    return {
        "target": one.target,
        "rule": finding.rule,
        "subject": finding.subject,
        "severity": finding.severity,
        "outcome": "fail" if finding.is_failure else "not-checked",
        "violation": finding.violates,
        "excused": finding.is_excused,
        "message": finding.message,
        "fingerprint": finding.fingerprint,
    }


def _certificate(change: CertificateChange) -> dict[str, Any]:
    """`same_key` and `names` are null where they are not known, or there is only one certificate."""
    names = change.names
    return {
        "target": change.target,
        "label": change.label,
        "change": change.kind,
        "same_key": change.same_key,
        "names": names and {"added": list(names[0]), "removed": list(names[1])},
        **{
            side: one
            and {
                "subject": one.subject,
                "issuer": one.issuer,
                "sha256": one.sha256,
                "not_after": one.not_after and time_text(one.not_after),
            }
            for side, one in (("old", change.old), ("new", change.new))
        },
    }
