"""Rules of the family tls on what a server answers to clients that send no server name, or a wrong one."""

from collections.abc import Iterator
from datetime import datetime

from certgate.checks.framework.needs import Need
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import Vantages
from certgate.model.observation import FailureKind, Observation
from certgate.model.target import Probe
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.identity import matches

__all__: list[str] = []

_REFUSED = frozenset({FailureKind.ALERT, FailureKind.RESET, FailureKind.NOT_TLS})


@check(
    "tls.no-sni",
    citation="RFC 6066 §3; RFC 9325 §3.7",
    needs=[Need.NO_SNI],
)
def no_sni(target: Vantages, now: datetime) -> Iterator[Answer]:
    """A client that sends no server name gets a certificate for the target's names, or is refused.

    certgate makes one more connection for this rule, without a server name. A refusal is a failure only for targets
    with `clients_without_sni: true`, for which every policy has this rule as an error.

    Why: health checks and old clients send no server name, and a fallback certificate makes them fail or trust the
    wrong host.

    Fix: set the certificate of the host as the server's default (nginx: `listen 443 ssl default_server;`), or let the
    server refuse such clients (nginx: `ssl_reject_handshake on;`).
    """
    if not (target.target.source.needs_connection and target.target.source.endpoint.server_name):
        yield NotApplicable("the target sends no server name anyway")
        return
    needed = target.target.source.endpoint.visit.clients_without_sni
    yield from _problems(target, Probe.NO_SNI, "without a server name", now, may_refuse=not needed)


@check(
    "tls.unknown-sni",
    unshipped="it costs one more connection, and no source of a shipped policy asks for it",
    citation="RFC 6066 §3",
    needs=[Need.UNKNOWN_SNI],
)
def unknown_sni(target: Vantages, now: datetime) -> Iterator[Answer]:
    """A client that sends a server name nobody has gets a certificate for the target's names, or is refused.

    certgate makes one more connection for this rule, with the name unknown.certgate.invalid.

    Why: a fallback certificate that belongs to something else shows clients of a mistyped name the wrong host.

    Fix: let the server refuse names it does not serve (nginx: `ssl_reject_handshake on;` in the default server), or
    set the certificate of the host as its default.
    """
    if not target.target.source.needs_connection:
        yield NotApplicable("it is about endpoints")
        return
    yield from _problems(target, Probe.UNKNOWN_SNI, "with an unknown server name", now, may_refuse=True)


def _problems(target: Vantages, probe: Probe, how: str, now: datetime, *, may_refuse: bool) -> Iterator[Answer]:
    """What is wrong with the answers to a probe at all addresses."""
    answers = target.answers_to(probe)
    answered = {seen.vantage.address for seen in answers}
    leaves = {(seen.vantage.address, seen.presented[0]) for seen in target.looks if seen.presented}
    missing = sorted({address for address, _ in leaves} - answered)
    unprobed = target.target.source.endpoint.unprobed
    if missing and unprobed:
        yield NotChecked(f"no connection was made {how}: {unprobed}")
        return
    if missing or not leaves:
        yield NotChecked(f"no connection was made {how}" + "".join(f" to {address}" for address in missing[:1]))
        return
    unclear = next((seen.failure for seen in answers if _is_unclear(seen)), None)
    if unclear:
        yield NotChecked(f"the connection {how} failed: {unclear.kind}: {unclear.detail}")
        return
    wrong: dict[str, list[str]] = {"leaf": [], "refused": []}
    for seen in sorted(answers, key=lambda answer: answer.vantage.address):
        address = seen.vantage.address
        if seen.presented:
            problem = "" if (address, seen.presented[0]) in leaves else _wrong_leaf(seen.presented[0], target, now)
            wrong["leaf"] += [f"a client {how} gets {problem} at {address}"] if problem else []
        elif seen.failure and not may_refuse:
            wrong["refused"].append(f"a client {how} is refused: {seen.failure.detail}")
    for key, sentences in wrong.items():
        if sentences:
            yield Problem("; ".join(sentences), key=key)


def _is_unclear(seen: Observation) -> bool:
    return not seen.presented and not (seen.failure and seen.failure.kind in _REFUSED)


def _wrong_leaf(der: bytes, target: Vantages, now: datetime) -> str:
    """What is wrong with a leaf for the target; empty if nothing is."""
    try:
        leaf = parse_certificate(der)
        missing = [name for name in target.target.names if not matches(leaf.san or (), name)]
        if missing:
            return f"a certificate that is not for {', '.join(missing)}: {leaf.subject.short}"
        if not leaf.not_before <= now <= leaf.not_after:
            return f"a certificate that is valid from {leaf.not_before:%Y-%m-%d} to {leaf.not_after:%Y-%m-%d}"
    except Malformed as error:
        return f"a certificate that cannot be read: {error}"
    return ""
