"""An inspection as JSON."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from certgate.judge.inspection import InspectedCertificate, InspectedStaple, Inspection
from certgate.reports.json_text import dumped

__all__ = ["inspections_as_json"]


def inspections_as_json(inspections: Iterable[Inspection]) -> str:
    """One JSON object on one line, with every foreign text escaped. Times are UTC."""
    return dumped({"inspection_version": 1, "observations": [_inspection(one) for one in inspections]})


def _inspection(inspection: Inspection) -> dict[str, Any]:
    seen = inspection.observation
    return {
        "target": inspection.target.id,
        "observed_at": _time(seen.observed_at),
        "address": seen.vantage.address,
        "server_name": seen.vantage.server_name,
        "tls": seen.handshake and asdict(seen.handshake),
        "failure": seen.failure
        and {"kind": seen.failure.kind, "phase": seen.failure.phase, "detail": seen.failure.detail},
        "notes": list(seen.notes),
        "certificates": [_certificate(one, inspection.clock) for one in inspection.certificates],
        "staple": inspection.staple and _staple(inspection.staple),
        "stores": [{"store": row.store, "state": row.state, "reason": row.reason} for row in inspection.stores],
    }


def _certificate(certificate: InspectedCertificate, clock: datetime) -> dict[str, Any]:
    summary = certificate.summary
    return {
        "label": summary.label,
        "sent": certificate.is_sent,
        "subject": summary.subject,
        "issuer": summary.issuer,
        "names": list(summary.names),
        "serial": summary.serial,
        "sha256": summary.sha256,
        "spki_sha256": summary.spki_sha256,
        "not_before": _time(summary.not_before),
        "not_after": _time(summary.not_after),
        "days_left": (summary.not_after - clock).days if summary.not_after else None,
        "key": summary.key,
        "key_bits": summary.key_bits,
        "signature": summary.signature,
        **{name: list(values) for name, values in certificate.facts},
    }


def _staple(staple: InspectedStaple) -> dict[str, Any]:
    return {
        "status": staple.status,
        "produced_at": _time(staple.produced_at),
        "this_update": _time(staple.this_update),
        "next_update": _time(staple.next_update),
        "problem": staple.problem,
    }


def _time(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else None
