"""Writes observations as JSON lines: a header, a line for each target, and an end with their number."""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, Any

from certgate.model.evidence import Evidence
from certgate.model.listener import Listener
from certgate.model.observation import Failure, HandshakeFacts, IssuancePlan, Observation, Observed, PreludeFacts
from certgate.model.peers import Peers
from certgate.model.probe import ProbeAnswer
from certgate.model.published import Published
from certgate.model.target import Place, Target
from certgate.model.verdict import RunHeader, RunSummary
from certgate.observe.saved.form import FORMAT, VERSION
from certgate.observe.saved.objects_facts import members_of

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

__all__ = ["LARGE", "SavedObservations", "saved_members", "target_members"]

LARGE = 64 * 1024
"""Evidence of at least this many bytes gets its own line, once for all observations."""


class SavedObservations(Listener):
    """Writes observations as they arrive, in any order. Raises OSError."""

    name = "the file of saved observations"

    def __init__(self, stream: "SupportsWrite[str]") -> None:
        self._stream = stream
        self._known: set[str] = set()

    def begin(self, header: RunHeader) -> None:
        """Write the header: format, version, the version of certgate, and which part of the targets it has."""
        self._line({"format": FORMAT, "version": VERSION, "certgate": header.version, "only": list(header.only)})

    def observed(self, observed: Observed) -> None:
        """Write a target as one line, after any new large evidence."""
        self._contents(observed)
        self._line(saved_members(observed))

    def end(self, summary: RunSummary) -> None:
        """Write the number of declared targets, and whether the run was interrupted, or had no time for all of them."""
        interrupted = summary.interrupted or summary.not_visited > 0
        declared = sum(summary.targets.values()) + summary.account.no_endpoint + summary.missing
        self._line({"end": {"targets": declared, "interrupted": interrupted}})

    def _contents(self, observed: Observed) -> None:
        """Write the large evidence that is new, a line each."""
        for piece in chain.from_iterable(seen.evidence for seen in observed.observations):
            if _is_large(piece) and (digest := sha256(piece.content or b"").hexdigest()) not in self._known:
                self._known.add(digest)
                self._line({"content": digest, "base64": _base64(piece.content)})

    def _line(self, value: Mapping[str, Any]) -> None:
        self._stream.write(json.dumps(value, allow_nan=False) + "\n")


def saved_members(observed: Observed) -> dict[str, Any]:
    """The members of the line of a target."""
    return {
        "target": target_members(observed.target),
        "observations": [_observation(seen) for seen in observed.observations],
    }


def target_members(target: Target) -> dict[str, Any]:
    """The members of a target: everything declared about it except its ordinal."""
    return {
        "id": target.id,
        "source": _source(target),
        "place": _place(target.place),
        **({"range": target.range} if target.range else {}),
        "policy": target.policy,
        "trust": list(target.trust),
        "trust_mode": target.trust_mode.value,
        "roles": sorted(target.roles),
        "role_reason": target.role_reason,
        "names": list(target.names),
        "spiffe_ids": list(target.spiffe_ids),
        **({} if target.peers is None else {"peers": list(map(_peers, target.peers))}),
        "policy_oids": list(target.policy_oids),
        "labels": dict(target.labels),
        "revocation": target.revocation.value,
        "expect": target.expect,
        "purpose": target.purpose and target.purpose.value,
    }


def _peers(peers: Peers) -> dict[str, Any]:
    return {"from": list(peers.clients), "to": list(peers.servers), "tenant": peers.tenant}


def _source(target: Target) -> dict[str, Any]:
    facts = target.source.describe().items()
    members = {name: list(value) if isinstance(value, tuple) else value for name, value in facts}
    return {"kind": target.source.kind, **members}


def _place(place: Place | None) -> dict[str, Any] | None:
    return {"file": place.file, "line": place.line, "column": place.column} if place else None


def _observation(seen: Observation) -> dict[str, Any]:
    return {
        "address": seen.vantage.address,
        "server_name": seen.vantage.server_name,
        "probe": seen.vantage.probe,
        "proxy": seen.vantage.proxy,
        **({"key_type": seen.vantage.key_type} if seen.vantage.key_type else {}),
        "observed_at": _time(seen.observed_at),
        "presented": [_base64(der) for der in seen.presented],
        "staple": _base64(seen.staple),
        "prelude": _prelude(seen.prelude),
        "handshake": _handshake(seen.handshake),
        "client_certificate": seen.client_certificate,
        "failure": _failure(seen.failure),
        **({"probes": [_probe(answer) for answer in seen.probes]} if seen.probes else {}),
        "notes": [note.value for note in seen.notes],
        "timings": dict(seen.timings),
        "connections": seen.connections,
        "unvisited": list(seen.unvisited),
        "lines": list(seen.lines),
        "evidence": [_evidence(piece) for piece in seen.evidence],
        "container": seen.container,
        "public_key": _base64(seen.public_key),
        "key_problem": seen.key_problem,
        "request": _base64(seen.request),
        "plan": _plan(seen.plan),
        **({"published": _published(seen.published)} if seen.published else {}),
        **({"kubernetes": members_of(seen.kubernetes)} if seen.kubernetes else {}),
    }


def _published(published: Published) -> dict[str, Any]:
    return {"role": published.role.value, "content": _base64(published.der)}


def _prelude(facts: PreludeFacts | None) -> dict[str, Any] | None:
    return None if facts is None else {"protocol": facts.protocol, "way": facts.way, "injected": facts.injected}


def _handshake(tls: HandshakeFacts | None) -> dict[str, Any] | None:
    if tls is None:
        return None
    return {"version": tls.version, "cipher": tls.cipher, "group": tls.group, "alpn": tls.alpn}


def _failure(failure: Failure | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    return {"kind": failure.kind.value, "phase": failure.phase.value, "detail": failure.detail}


def _probe(answer: ProbeAnswer) -> dict[str, Any]:
    return {
        "what": answer.what,
        "outcome": answer.outcome.value,
        "chosen": answer.chosen,
        "alert": answer.alert,
        "status": answer.status,
        "detail": answer.detail,
        **({} if answer.requested is None else {"requested": answer.requested, "ca_names": list(answer.ca_names)}),
        **({"client_id": answer.client_id} if answer.client_id else {}),
    }


def _plan(plan: IssuancePlan | None) -> dict[str, Any] | None:
    if plan is None:
        return None
    return {
        "duration": None if plan.duration is None else plan.duration.total_seconds(),
        "renew_before": None if plan.renew_before is None else plan.renew_before.total_seconds(),
        "self_signed": plan.self_signed,
        "is_drafted": plan.is_drafted,
        "refusals": [{"key": refusal.key, "detail": refusal.detail} for refusal in plan.refusals],
    }


def _evidence(piece: Evidence) -> dict[str, Any]:
    large = _is_large(piece)
    return {
        "kind": piece.kind.value,
        "source": piece.source,
        "base64": None if large else _base64(piece.content),
        "content": sha256(piece.content or b"").hexdigest() if large else None,
        "failure": piece.failure and piece.failure.value,
        "detail": piece.detail,
        "about": piece.about,
        "nonce": _base64(piece.nonce),
    }


def _is_large(piece: Evidence) -> bool:
    return piece.content is not None and len(piece.content) >= LARGE


def _base64(data: bytes | None) -> str | None:
    return None if data is None else b64encode(data).decode("ascii")


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
