"""One target of the JSON report as text: what many targets share is written once and kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from certgate.model.bundle_facts import BundleFacts
from certgate.model.finding import Finding, Severity
from certgate.model.findings import Findings
from certgate.model.kept import Kept
from certgate.model.observation import Failure, Observation
from certgate.model.probe import ProbeAnswer
from certgate.model.target import Described, Place, Source, Target, TrustMode, Visit
from certgate.model.verdict import CertificateSummary, StoreSummary, TargetResult, TrustMatrixRow
from certgate.model.waiver import Waiver
from certgate.reports.json_text import dumped, place_member, time_member

__all__ = ["TargetText", "store_member"]

_OF_CLIENTS = frozenset({"requested", "ca_names"})
"""The facts of an answer that only a probe with a client certificate has."""
_ALWAYS_IN_BUNDLES = frozenset({"trust_domain", "source", "location", "authorities"})
_BOOLEANS = ("false", "true")


class _Findings(NamedTuple):
    """The text of the findings that targets share."""

    counts: str
    told: Sequence[tuple[Finding, str]]
    """Each of them, with its text up to the fingerprint."""


class TargetText:
    """Writes the targets of a run that fails on a severity; `verbose` writes every finding, passes too."""

    def __init__(self, fail_on: Severity, *, verbose: bool) -> None:
        self._fail_on = fail_on
        self._verbose = verbose
        self._visits = Kept(_visit)
        self._stores = Kept(_stores)
        self._certificates = Kept(_certificates)
        self._findings = Kept(self._text_of)

    def of(self, result: TargetResult) -> str:
        """The text of one target."""
        source = result.target.source
        protocol = source.endpoint.protocol if source.needs_connection else ""
        observations = [_observation(seen, protocol) for seen in result.observations]
        matrix = f'"matrix": {dumped([_row(row) for row in result.matrix])}, ' if result.matrix else ""
        found = self._findings.of(result.findings)
        findings = [f'{text}"{result.fingerprint(finding)}"}}' for finding, text in found.told] if found.told else []
        return (
            f'{{{self._declared(result.target)}, "verdict": "{result.verdict}", '
            f'"excused": {_BOOLEANS[result.is_excused]}, "known": {_BOOLEANS[result.is_known]}, '
            f'"accepted": {_BOOLEANS[result.is_accepted]}, "policy": {_shared(result.policy)}, '
            f'"stores": {self._stores.of(result.stores)}, "clock": {_clock(result.clock)}, '
            f'"observations": [{", ".join(observations)}], '
            f'"certificates": {self._certificates.of(result.certificates)}, {matrix}'
            f'"counts": {found.counts}, "findings": [{", ".join(findings)}]}}'
        )

    def _declared(self, target: Target) -> str:
        """The members about what was declared."""
        in_range = f'"range": {dumped(target.range)}, ' if target.range else ""
        trust = f'"trust_mode": "{target.trust_mode}", ' if target.trust_mode is not TrustMode.UNION else ""
        labels = dumped(dict(target.labels)) if target.labels else "{}"
        return (
            f'"id": {dumped(target.id)}, "source": {self._source(target.source)}, "place": {_place(target.place)}, '
            f'{in_range}"labels": {labels}, {trust}'
            f'"roles": {_roles(target.roles)}, "role_reason": {_shared(target.role_reason)}'
        )

    def _source(self, source: Source) -> str:
        """The kind of the source and its facts, without empty ones."""
        if not source.needs_connection:
            return f'{{"kind": "{source.kind}"{_members(source.describe())}}}'
        at = source.endpoint
        protocol = f', "protocol": {_shared(at.protocol)}' if at.protocol else ""
        return (
            f'{{"kind": "{source.kind}", "host": {dumped(at.host)}, "port": {at.port}, '
            f'"server_name": {dumped(at.server_name)}{protocol}{self._visits.of(at.visit)}}}'
        )

    def _text_of(self, findings: Sequence[Finding]) -> _Findings:
        every = Findings.of(findings)
        told = every if self._verbose else every.wrong
        return _Findings(dumped(every.counts), [(finding, self._finding(finding)) for finding in told])

    def _finding(self, finding: Finding) -> str:
        """All members but the last, the fingerprint: it alone depends on the target."""
        members = {
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
        }
        return f'{dumped(members)[:-1]}, "fingerprint": '


def store_member(store: StoreSummary) -> dict[str, Any]:
    """A trust store, with the bundles in it."""
    bundles = {"bundles": list(map(_bundle, store.bundles))} if store.bundles else {}
    return {"name": store.name, "sha256": store.sha256, "count": store.count, **bundles}


@lru_cache(maxsize=256)
def _shared(text: str) -> str:
    """A text that many targets have in common."""
    return dumped(text)


@lru_cache(maxsize=64)
def _clock(moment: datetime) -> str:
    return dumped(time_member(moment))


def _visit(visit: Visit) -> str:
    return _members(visit.describe())


def _members(facts: Mapping[str, Described]) -> str:
    """Those that are not empty, with a comma before each."""
    members = []
    for name, value in facts.items():
        if value not in ("", ()) and value is not False:
            members.append(f', "{name}": {dumped(list(value) if isinstance(value, tuple) else value)}')
    return "".join(members)


@lru_cache(maxsize=64)
def _roles(roles: frozenset[str]) -> str:
    return dumped(sorted(roles))


def _place(place: Place | None) -> str:
    if place is None:
        return "null"
    return f'{{"file": {_shared(place.file)}, "line": {place.line}, "column": {place.column}}}'


def _observation(seen: Observation, protocol: str) -> str:
    at, tls, failure = seen.vantage, seen.handshake, seen.failure
    shaken = _tls(tls.version, tls.cipher, tls.group, tls.alpn) if tls else "null"
    probes = f'"probes": {dumped([_probe(answer) for answer in seen.probes])}, ' if seen.probes else ""
    return (
        f'{{"observed_at": "{time_member(seen.observed_at)}", "address": {dumped(at.address)}, '
        f'"server_name": {dumped(at.server_name)}, "protocol": {_shared(protocol)}, "probe": {_shared(at.probe)}, '
        f'"connections": {seen.connections}, {_rare(seen)}"tls": {shaken}, '
        f'"failure": {_failure(failure) if failure else "null"}, {probes}'
        f'"notes": {dumped(list(seen.notes)) if seen.notes else "[]"}, "timings": {_timings(seen.timings)}, '
        f'"unvisited": {dumped(list(seen.unvisited)) if seen.unvisited else "[]"}}}'
    )


def _rare(seen: Observation) -> str:
    """The members that few observations have, with a comma after each."""
    at, prelude = seen.vantage, seen.prelude
    if not (at.proxy or at.key_type or seen.client_certificate or prelude):
        return ""
    members = {"proxy": at.proxy, "key_type": at.key_type, "client_certificate": seen.client_certificate}
    given = {name: value for name, value in members.items() if value}
    return f"{dumped(given | ({'prelude': asdict(prelude)} if prelude else {}))[1:-1]}, "


@lru_cache(maxsize=256)
def _tls(version: str, cipher: str, group: str | None, alpn: str | None) -> str:
    return dumped({"version": version, "cipher": cipher, "group": group, "alpn": alpn})


def _failure(failure: Failure) -> str:
    return dumped({"kind": failure.kind, "phase": failure.phase, "detail": failure.detail})


def _timings(timings: Mapping[str, float]) -> str:
    """The seconds of each phase. They are finite, so Python's text of them is JSON's."""
    return f"{{{', '.join([f'{_shared(phase)}: {seconds!r}' for phase, seconds in timings.items()])}}}"


@lru_cache(maxsize=4096)
def _probe(answer: ProbeAnswer) -> dict[str, Any]:
    """The answer, without what the probe was not about."""
    facts = asdict(answer)
    if not answer.client_id:
        del facts["client_id"]
    return {name: fact for name, fact in facts.items() if answer.requested is not None or name not in _OF_CLIENTS}


def _stores(stores: Iterable[StoreSummary]) -> str:
    return dumped([store_member(store) for store in stores])


@lru_cache(maxsize=1024)
def _bundle(facts: BundleFacts) -> dict[str, Any]:
    """Where a bundle comes from, without what it does not say of itself."""
    members = {
        "trust_domain": facts.trust_domain,
        "source": facts.source,
        "location": facts.location,
        "profile": facts.profile,
        "written_at": time_member(facts.written_at),
        "sequence": facts.sequence,
        "refresh_hint": facts.refresh_hint,
        "authorities": list(facts.authorities),
        "failure": facts.failure,
        "problem": facts.problem,
    }
    return {name: value for name, value in members.items() if name in _ALWAYS_IN_BUNDLES or value not in (None, "")}


def _certificates(certificates: Iterable[CertificateSummary]) -> str:
    return f"[{', '.join(map(_certificate, certificates))}]"


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
        "not_before": time_member(certificate.not_before),
        "not_after": time_member(certificate.not_after),
        "line": certificate.line or None,
    }
    return dumped(members)


def _waiver(waiver: Waiver | None) -> dict[str, Any] | None:
    if waiver is None:
        return None
    return {
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires.isoformat(),
        "ticket": waiver.ticket,
        "place": place_member(waiver.place),
    }


def _row(row: TrustMatrixRow) -> dict[str, Any]:
    return {"store": row.store, "state": row.state, "reason": row.reason}
