"""The report for programs: JSON by `report.schema.json` beside this module, one target per line."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TextIO

from certgate.model.bundle_facts import BundleFacts
from certgate.model.difference import Difference
from certgate.model.finding import Finding, Severity
from certgate.model.hint import RunHint
from certgate.model.observation import Observation
from certgate.model.probe import ProbeAnswer
from certgate.model.reserved import BASELINE_EXPIRING, BASELINE_GONE, EXCEPTION_RULES, WAIVER_EXPIRING, WAIVER_UNUSED
from certgate.model.rule_doc import RuleDoc
from certgate.model.target import Place, Source, Target, TrustMode
from certgate.model.verdict import (
    CertificateSummary,
    RunHeader,
    RunHistory,
    RunSummary,
    StoreSummary,
    TargetResult,
    TrustMatrixRow,
    Verdict,
    exit_code,
)
from certgate.model.waiver import Waiver
from certgate.reports.difference_members import difference_members, time_text
from certgate.reports.escape import JSON_LIMIT, for_json, to_json
from certgate.reports.interface import Report, ReportOptions

__all__ = ["REPORT_VERSION", "JsonReport", "dumped"]

_OF_CLIENTS = frozenset({"requested", "ca_names"})
"""The facts of an answer that only a probe with a client certificate has."""
_ALWAYS_IN_BUNDLES = frozenset({"trust_domain", "source", "location", "authorities"})
REPORT_VERSION = 2
"""Rises when a reader of the version before could not read the report; new members do not raise it."""


class JsonReport(Report):
    """Written as results come."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._fail_on = Severity.ERROR
        self._separator = "\n"

    def begin(self, header: RunHeader) -> None:
        """Everything up to the targets."""
        self._fail_on = header.fail_on
        members = self.header(header)
        self.sink.write("{\n")
        for name, value in members.items():
            self.sink.write(f'"{name}": {dumped(value)},\n')
        self.sink.write('"targets": [')

    def add(self, result: TargetResult) -> None:
        """One target on one line."""
        self.sink.write(self._separator + self.target(result))
        self._separator = ",\n"

    def end(self, summary: RunSummary) -> None:
        """The totals and the verdict."""
        self.sink.write(f'\n],\n"summary": {dumped(self.summary(summary))}\n}}\n')

    def header(self, header: RunHeader) -> dict[str, Any]:
        """The members about the run."""
        return {
            "certgate": header.version,
            "report_version": REPORT_VERSION,
            "started_at": _time(header.started_at),
            "at": _time(header.at),
            "fail_on": header.fail_on.value,
            "policies": list(header.policies),
            "stores": [_store(s) for s in header.stores],
            "waivers": header.waivers,
            "baseline": header.baseline,
            "accept_known_unreachable": header.accepted_until and header.accepted_until.isoformat(),
            "only": list(header.only),
            "left_out": list(header.left_out),
            "not_observed": header.not_observed and asdict(header.not_observed),
            "disabled": [asdict(off) for off in header.disabled],
            **({"history": _history(header.history)} if header.history else {}),
            "rules": {
                doc.id: {"title": doc.title, "citation": doc.citation, "why": doc.why, "fix": doc.fix}
                for doc in (*header.rules.values(), *_exceptions(header))
            },
        }

    def summary(self, summary: RunSummary) -> dict[str, Any]:
        """The members of the summary."""
        return {
            "verdict": summary.verdict,
            "exit_code": exit_code(summary.verdict),
            **({"exit_zero": True} if summary.exit_zero else {}),
            "targets": {v.value: summary.targets.get(v, 0) for v in Verdict},
            "excused": summary.excused,
            "known_unreachable": summary.known_unreachable,
            "accepted_unreachable": summary.accepted_unreachable,
            "violations": summary.violations,
            "warnings": summary.warnings,
            "not_checked": summary.not_checked,
            "interrupted": summary.interrupted,
            "not_visited": summary.not_visited,
            "connections": summary.connections,
            "account": asdict(summary.account),
            "missing": summary.missing,
            "missing_ids": list(summary.missing_ids),
            "faults": list(summary.faults),
            "waived": summary.waived,
            "known": summary.known,
            "notices": [{"rule": n.rule, "message": n.message, "place": _place(n.place)} for n in summary.notices],
            **({"hints": [_hint(hint) for hint in summary.hints]} if summary.hints else {}),
            **({"changes": _changes(summary.difference)} if summary.difference else {}),
        }

    def target(self, result: TargetResult) -> str:
        """One target as text; what many targets share is written once and kept."""
        told = result.findings if self.options.verbose else result.wrong
        before = {
            **_declared(result.target),
            "verdict": result.verdict,
            "excused": result.is_excused,
            "known": result.is_known,
            "accepted": result.is_accepted,
            "policy": result.policy,
            "stores": [_store(s) for s in result.stores],
            "clock": _time(result.clock),
            "observations": [_observation(result.target, seen) for seen in result.observations],
        }
        after = {
            **({"matrix": [_row(row) for row in result.matrix]} if result.matrix else {}),
            "counts": result.counts,
            "findings": [self._finding(result, f) for f in told],
        }
        certificates = ", ".join(map(_certificate, result.certificates))
        return f'{dumped(before)[:-1]}, "certificates": [{certificates}], {dumped(after)[1:]}'

    def _finding(self, result: TargetResult, finding: Finding) -> dict[str, Any]:
        return {
            "rule": finding.rule,
            "subject": finding.subject,
            **({"vantage": finding.vantage} if finding.vantage else {}),
            "outcome": finding.outcome,
            "severity": finding.severity,
            "violation": finding.violates(self._fail_on),
            "waiver": _waiver(finding.waiver),
            "known": finding.known,
            "required": finding.required,
            "message": finding.message,
            "evidence": dict(finding.evidence),
            "fingerprint": result.fingerprint(finding),
        }


def _history(history: RunHistory) -> dict[str, Any]:
    """The earlier runs; `last` is null if there is none to compare with."""
    return {
        "folder": history.folder,
        "runs": len(history.earlier),
        "last": history.last and time_text(history.last.started_at),
        "problems": list(history.problems),
    }


def _changes(difference: Difference) -> dict[str, Any]:
    return {"since": time_text(difference.old.at), **difference_members(difference)}


def _declared(target: Target) -> dict[str, Any]:
    return {
        "id": target.id,
        "source": {"kind": target.source.kind, **_described(target.source)},
        "place": _place(target.place),
        **({"range": target.range} if target.range else {}),
        "labels": dict(target.labels),
        **({"trust_mode": target.trust_mode} if target.trust_mode is not TrustMode.UNION else {}),
        "roles": sorted(target.roles),
        "role_reason": target.role_reason,
    }


def _described(source: Source) -> dict[str, Any]:
    """The facts of the source, without empty ones."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in source.describe().items()
        if value not in ("", ()) and value is not False
    }


def _observation(target: Target, observation: Observation) -> dict[str, Any]:
    tls, failure = observation.handshake, observation.failure
    return {
        "observed_at": _time(observation.observed_at),
        "address": observation.vantage.address,
        "server_name": observation.vantage.server_name,
        "protocol": target.source.endpoint.protocol if target.source.needs_connection else "",
        "probe": observation.vantage.probe,
        "connections": observation.connections,
        **({"proxy": observation.vantage.proxy} if observation.vantage.proxy else {}),
        **({"key_type": observation.vantage.key_type} if observation.vantage.key_type else {}),
        **({"client_certificate": observation.client_certificate} if observation.client_certificate else {}),
        **({"prelude": asdict(observation.prelude)} if observation.prelude else {}),
        "tls": tls and {"version": tls.version, "cipher": tls.cipher, "group": tls.group, "alpn": tls.alpn},
        "failure": failure and {"kind": failure.kind, "phase": failure.phase, "detail": failure.detail},
        **({"probes": [_probe(answer) for answer in observation.probes]} if observation.probes else {}),
        "notes": list(observation.notes),
        "timings": dict(observation.timings),
        "unvisited": list(observation.unvisited),
    }


@lru_cache(maxsize=4096)
def _probe(answer: ProbeAnswer) -> dict[str, Any]:
    """The answer, without what the probe was not about."""
    facts = asdict(answer)
    if not answer.client_id:
        del facts["client_id"]
    return {name: fact for name, fact in facts.items() if answer.requested is not None or name not in _OF_CLIENTS}


@lru_cache(maxsize=1024)
def _certificate(certificate: CertificateSummary) -> str:
    members = {
        "label": certificate.label,
        **({"vantage": certificate.vantage} if certificate.vantage else {}),
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial": certificate.serial,
        "sha256": certificate.sha256,
        "spki_sha256": certificate.spki_sha256,
        "names": list(certificate.names),
        "key": certificate.key,
        "key_bits": certificate.key_bits,
        "signature": certificate.signature,
        "not_before": _time(certificate.not_before),
        "not_after": _time(certificate.not_after),
        "line": certificate.line or None,
    }
    return dumped(members)


def _place(place: Place | None) -> dict[str, Any] | None:
    return {"file": place.file, "line": place.line, "column": place.column} if place else None


def _waiver(waiver: Waiver | None) -> dict[str, Any] | None:
    if waiver is None:
        return None
    return {
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires.isoformat(),
        "ticket": waiver.ticket,
        "place": _place(waiver.place),
    }


def _exceptions(header: RunHeader) -> Iterator[RuleDoc]:
    """Rules that the notices at the end of the run may be about."""
    if header.waivers:
        yield from (EXCEPTION_RULES[WAIVER_EXPIRING], EXCEPTION_RULES[WAIVER_UNUSED])
    if header.baseline:
        yield from (EXCEPTION_RULES[BASELINE_GONE], EXCEPTION_RULES[BASELINE_EXPIRING])


def _hint(hint: RunHint) -> dict[str, Any]:
    return {
        "cause": hint.cause,
        "message": hint.message,
        "target": hint.target,
        "targets": hint.targets,
        "command": hint.command,
    }


def _row(row: TrustMatrixRow) -> dict[str, Any]:
    return {"store": row.store, "state": row.state, "reason": row.reason}


def _store(store: StoreSummary) -> dict[str, Any]:
    bundles = {"bundles": list(map(_bundle, store.bundles))} if store.bundles else {}
    return {"name": store.name, "sha256": store.sha256, "count": store.count, **bundles}


@lru_cache(maxsize=1024)
def _bundle(facts: BundleFacts) -> dict[str, Any]:
    """Where a bundle comes from, without what it does not say of itself."""
    members = {
        "trust_domain": facts.trust_domain,
        "source": facts.source,
        "location": facts.location,
        "profile": facts.profile,
        "written_at": _time(facts.written_at),
        "sequence": facts.sequence,
        "refresh_hint": facts.refresh_hint,
        "authorities": list(facts.authorities),
        "failure": facts.failure,
        "problem": facts.problem,
    }
    return {name: value for name, value in members.items() if name in _ALWAYS_IN_BUNDLES or value not in (None, "")}


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def dumped(value: Any) -> str:
    """The value as JSON on one line, with every text in it escaped."""
    text = to_json(value)
    needs_escaping = len(text) > JSON_LIMIT or "\\ud" in text  # a text too long, or a surrogate, perhaps a lone one
    return to_json(_clean(value)) if needs_escaping else text


def _clean(value: Any) -> Any:
    """The value with every text in it escaped."""
    if isinstance(value, str):
        return for_json(value)
    if isinstance(value, dict):
        return {for_json(name): _clean(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_clean(member) for member in value]
    return value
