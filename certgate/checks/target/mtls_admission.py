"""Rules of the family mtls on whom a server lets in: what it did with clients of each kind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from certgate.checks.framework.needs import Need
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Passed, Problem, check
from certgate.checks.framework.subjects import Vantages
from certgate.checks.framework.wording import listed, shortened
from certgate.model.finding import Severity
from certgate.model.frozen import frozen
from certgate.model.mutual_tls import (
    CHAIN_KINDS,
    IDENTITY_KINDS,
    PROBE_PREFIX,
    TIME_KINDS,
    ClientKind,
    Expect,
    MutualTls,
    probe_of,
    resumption_under,
)
from certgate.model.observation import Observation
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.target import Endpoint

__all__: list[str] = []

_REFUSED = frozenset({ProbeOutcome.REFUSED, ProbeOutcome.REFUSED_AFTER_HANDSHAKE, ProbeOutcome.REFUSED_BY_APPLICATION})
_CLIENTS: Mapping[ClientKind, str] = {
    ClientKind.CONTROL: "the client that must be let in",
    ClientKind.NONE: "a client without a certificate",
    ClientKind.SELF_SIGNED: "a client with a self-signed certificate",
    ClientKind.LOOKALIKE: "a client with a certificate of a CA that only has the name of an accepted one",
    ClientKind.EXPIRED: "a client with an expired certificate",
    ClientKind.NOT_YET_VALID: "a client with a certificate that is not valid yet",
    ClientKind.REVOKED: "a client with a revoked certificate",
    ClientKind.PUBLIC_CA: "a client with a certificate of a public CA",
    ClientKind.FOREIGN_TRUST_DOMAIN: "a client of another trust domain",
    ClientKind.WRONG_ID: "a client that has no access",
}
_UNDECLARED = "the target says nothing of client certificates; write mtls: in certgate.yaml, or use --probe-mtls"


@check(
    "mtls.required",
    citation="RFC 8446 §4.4.2.4; RFC 5246 §7.4.6",
    needs=[Need.MTLS],
)
def required(target: Vantages) -> Iterator[Answer]:
    """The server does with clients without a certificate what the target expects: it refuses them, or lets them in.

    Every policy has this rule, as an error, for targets with `mtls:` in certgate.yaml, and with `--probe-mtls`. Under
    `expect: required` a client without a certificate must be refused, under `expect: none` it must be let in, and under
    `expect: optional` both are right. A refusal may come in the handshake, after it, or from the application (HTTP 400,
    401, 403, 495, 496). It counts only if another client was let in: the one of `control` or `--cert`.

    Why: a server that asks for a certificate and lets everybody in protects nothing.

    Fix: make the certificate compulsory (nginx: `ssl_verify_client on;`, haproxy: `verify required`, Go:
    `RequireAndVerifyClientCert`).
    """
    admissions = _admissions(target)
    if isinstance(admissions, NotApplicable | NotChecked):
        yield admissions
    elif admissions.mtls.expect is Expect.OPTIONAL:
        yield NotApplicable("the target expects that a client certificate is optional")
    elif admissions.mtls.expect is Expect.NONE:
        yield from admissions.all_let_in(ClientKind.NONE)
    else:
        yield from admissions.all_refused((ClientKind.NONE,), needs_request=True)


@check(
    "mtls.verifies-chain",
    citation="RFC 5280 §6.1; RFC 8446 §4.4.2.4",
    needs=[Need.MTLS],
)
def verifies_chain(target: Vantages) -> Iterator[Answer]:
    """The server refuses client certificates that no accepted CA vouches for.

    certgate probes with a self-signed certificate, and with one of a CA of its own that has the name and the key
    identifier of an accepted CA. A certificate of a public CA and a revoked one are used if the target names their
    files (`refuse: {public-ca: …, revoked: …}`). Every policy has this rule, as an error, for targets with `mtls:`.

    Why: a server that asks for any certificate, but verifies none, lets everybody in who makes one.

    Fix: give the server the CA of its clients, and have it verify (Go: `RequireAndVerifyClientCert` with `ClientCAs`:
    without them Go accepts every public CA; nginx: not `optional_no_ca`; haproxy: no `crt-ignore-err`).
    """
    yield from _refusals(target, CHAIN_KINDS)


@check(
    "mtls.verifies-time",
    citation="RFC 5280 §6.1.3(a)(2)",
    needs=[Need.MTLS],
)
def verifies_time(target: Vantages) -> Iterator[Answer]:
    """The server refuses client certificates that have expired or are not valid yet.

    The certificates are the target's own: `refuse: {expired: …, not-yet-valid: …}`. Every policy has this rule, as an
    error, for targets that name one of them.

    Why: a certificate that never ends is a password that never changes: whoever left keeps access.

    Fix: remove what makes the server ignore dates (haproxy: `crt-ignore-err`), and set its clock.
    """
    yield from _refusals(target, TIME_KINDS)


@check(
    "mtls.verifies-identity",
    citation="X509-SVID §5; certgate: a valid certificate is not yet access",
    needs=[Need.MTLS],
)
def verifies_identity(target: Vantages) -> Iterator[Answer]:
    """The server refuses clients whose certificate is valid, but that have no access.

    The certificates are the target's own: `refuse: {foreign-trust-domain: …, wrong-id: …}`. Every policy has this rule,
    as an error, for targets that name one of them.

    Why: where every certificate of the CA opens every door, one stolen certificate opens all of them.

    Fix: allow the names or SPIFFE IDs of the clients that need access, and no others.
    """
    yield from _refusals(target, IDENTITY_KINDS)


@check(
    "mtls.ca-names",
    citation="RFC 8446 §4.2.4; RFC 5246 §7.4.4",
    needs=[Need.MTLS],
)
def ca_names(target: Vantages) -> Iterator[Answer]:
    """The server says which CAs it accepts when it asks for a client certificate.

    An empty list is at most a warning. The names that everybody gets to see are listed as information.

    Why: clients with several certificates choose by these names, and a Go server that has no `ClientCAs` sends none and
    accepts every public CA. What the names say about the inside of an organisation, they say to strangers.

    Fix: give the server the CA of its clients (nginx: `ssl_client_certificate`; Go: `ClientCAs`); give it a CA without
    telling names if the names are not for everybody.
    """
    admissions = _admissions(target, if_needed=True)
    if isinstance(admissions, NotApplicable | NotChecked):
        yield admissions
        return
    asked = [(look, answer) for look in admissions.looks for answer in _answers(look).values() if answer.requested]
    if not asked:
        known = any(answer.requested is False for look in admissions.looks for answer in _answers(look).values())
        yield (NotApplicable if known else NotChecked)("the server asks for no client certificate")
        return
    silent = sorted({look.vantage.address for look, answer in asked if not answer.ca_names})
    names = dict.fromkeys(name for _, answer in asked for name in answer.ca_names)
    if silent:
        yield Problem(f"no CA is named to clients{_at(silent)}", key="none", severity=Severity.WARNING)
    if names:
        yield Problem(
            f"everybody can see these names of accepted CAs: {listed([shortened(name) for name in names])}",
            key="names",
            severity=Severity.INFO,
        )


@check(
    "mtls.resumption-bound",
    citation="RFC 6066 §3; RFC 8446 §4.6.1; CVE-2025-23419",
    needs=[Need.MTLS],
)
def resumption_bound(target: Vantages) -> Iterator[Answer]:
    """A session that a client has under one server name is not resumed under another.

    certgate connects with the certificate of `control` or `--cert` under the target's name, and then resumes the
    session under each name of `also`, without a certificate. Every policy has this rule, as an error, for such targets
    with `mtls:`.

    Why: a resumed session skips the certificate, so a client of one service gets into another that shares its keys for
    tickets.

    Fix: update the server, or give each name keys for tickets and a session cache of its own (nginx:
    `ssl_session_tickets off;` and no shared `ssl_session_cache`).
    """
    admissions = _admissions(target, if_needed=True)
    if isinstance(admissions, NotApplicable | NotChecked):
        yield admissions
        return
    names = admissions.endpoint.visit.also
    if not names:
        yield NotApplicable("the target names no other server name in also")
        return
    resumed: dict[str, list[str]] = {}
    unclear: list[str] = []
    for look in admissions.looks:
        for name in names:
            answer = _answers(look).get(resumption_under(name))
            if answer and answer.outcome is ProbeOutcome.ACCEPTED:
                resumed.setdefault(name, []).append(look.vantage.address)
            elif answer is None or answer.outcome not in _REFUSED:
                said = _said(answer) if answer else _no_control(look)
                unclear.append(f"it is not known whether {name} resumes sessions{_at([look.vantage.address])}: {said}")
    for name, at in resumed.items():
        yield Problem(f"a session of {admissions.endpoint.server_name} is resumed under {name}{_at(at)}", key=name)
    if unclear and not resumed:
        yield NotChecked("; ".join(dict.fromkeys(unclear)))


@frozen(slots=True)
class _Admissions:
    """What an endpoint did with clients, at each address."""

    endpoint: Endpoint
    mtls: MutualTls
    looks: Sequence[Observation]

    def all_let_in(self, kind: ClientKind) -> Iterator[Answer]:
        """Whether such clients are let in at every address."""
        verdict = _Verdict()
        for look in self.looks:
            answer = _answers(look).get(probe_of(kind))
            if answer and _is_refused(answer, look):
                verdict.wrong.setdefault(kind, []).append((look, answer))
            elif answer is None or answer.outcome is not ProbeOutcome.ACCEPTED:
                verdict.unclear.append(_unclear(kind, look, answer))
        yield from verdict.answers("is refused", "")

    def all_refused(self, kinds: Sequence[ClientKind], *, needs_request: bool = False) -> Iterator[Answer]:
        """Whether such clients are refused at every address."""
        made = [kind for kind in kinds if any(probe_of(kind) in _answers(look) for look in self.looks)]
        if not made:
            yield NotChecked(f"without a probe: {_listed(kinds)}{_no_files(kinds)}")
            return
        verdict = _Verdict()
        for look in self.looks:
            for kind in made:
                self._judge(kind, look, verdict, needs_request=needs_request)
        missing = [kind for kind in kinds if kind not in made]
        remark = f"without a probe: {_listed(missing)}{_no_files(missing)}" if missing else ""
        yield from verdict.answers("is let in", remark)

    def _judge(self, kind: ClientKind, look: Observation, verdict: "_Verdict", *, needs_request: bool) -> None:
        answer = _answers(look).get(probe_of(kind))
        if answer is None:
            verdict.unclear.append(_unclear(kind, look, answer))
        elif answer.outcome is ProbeOutcome.ACCEPTED:
            verdict.wrong.setdefault(kind, []).append((look, answer))
        elif not _is_refused(answer, look):
            verdict.unclear.append(_unclear(kind, look, answer))
        elif needs_request and not any(answer.requested for answer in _answers(look).values()):
            verdict.unclear.append(f"the server never asked for a client certificate{_at([look.vantage.address])}")
        elif self.mtls.needs_control and not _somebody_is_let_in(look):
            verdict.unclear.append(
                f"perhaps nobody gets in{_at([look.vantage.address])}: {_no_control(look)}. Name a client that must be "
                "let in (control, or --cert), or say control: none"
            )


@frozen(slots=True)
class _Verdict:
    """What is wrong, and what is not clear."""

    wrong: dict[ClientKind, list[tuple[Observation, ProbeAnswer]]] = field(default_factory=dict)
    unclear: list[str] = field(default_factory=list)

    def answers(self, fault: str, remark: str) -> Iterator[Answer]:
        """The answers of the rule."""
        for kind, seen in self.wrong.items():
            at = _at(sorted({look.vantage.address for look, _ in seen}))
            answer = seen[0][1]
            yield Problem(
                f"{_CLIENTS[kind]} {fault}{at}: {_said(answer)}",
                key=kind.value,
                evidence={"outcome": answer.outcome.value, "tls": answer.chosen},
            )
        if not self.wrong and self.unclear:
            yield NotChecked("; ".join(dict.fromkeys(self.unclear)))
        elif not self.wrong and remark:
            yield Passed(remark)


def _refusals(target: Vantages, kinds: Sequence[ClientKind]) -> Iterator[Answer]:
    admissions = _admissions(target, if_needed=True)
    if isinstance(admissions, NotApplicable | NotChecked):
        yield admissions
    else:
        yield from admissions.all_refused(kinds)


def _admissions(target: Vantages, *, if_needed: bool = False) -> _Admissions | NotApplicable | NotChecked:
    """What was declared and seen, or why there is nothing to judge. `if_needed`: somebody has to need a certificate."""
    if not target.target.source.needs_connection:
        return NotApplicable("it is about endpoints")
    endpoint = target.target.source.endpoint
    if endpoint.visit.mtls is None:
        return NotChecked(_UNDECLARED)
    if if_needed and endpoint.visit.mtls.expect is Expect.NONE:
        return NotApplicable("the target expects that nobody needs a client certificate")
    looks = [seen for seen in target.looks if seen.vantage.server_name == endpoint.server_name]
    probed = [look for look in looks if _answers(look)]
    if len(probed) < len(looks) or not looks:
        unprobed = next((look.vantage.address for look in looks if look not in probed), "")
        return NotChecked(f"no probe was made{_at([unprobed])}" + (f": {why}" if (why := endpoint.unprobed) else ""))
    return _Admissions(endpoint, endpoint.visit.mtls, looks)


def _answers(look: Observation) -> Mapping[str, ProbeAnswer]:
    """The answers to clients, by the name of the probe."""
    return {answer.what: answer for answer in look.probes if answer.what.startswith(PROBE_PREFIX)}


def _control(look: Observation) -> bool:
    """Whether the client that must be let in was."""
    answer = _answers(look).get(probe_of(ClientKind.CONTROL))
    return answer is not None and answer.outcome is ProbeOutcome.ACCEPTED


def _is_refused(answer: ProbeAnswer, look: Observation) -> bool:
    """Whether the client is refused; a close says so only if it is known whom the server lets in."""
    return answer.outcome in _REFUSED or (answer.outcome is ProbeOutcome.CLOSED and _control(look))


def _somebody_is_let_in(look: Observation) -> bool:
    """Whether the client that must be let in was; without one, whether anybody was."""
    answers = _answers(look)
    if probe_of(ClientKind.CONTROL) in answers:
        return _control(look)
    kinds = [probe_of(kind) for kind in ClientKind]
    return any(what in kinds and answer.outcome is ProbeOutcome.ACCEPTED for what, answer in answers.items())


def _no_control(look: Observation) -> str:
    answer = _answers(look).get(probe_of(ClientKind.CONTROL))
    if answer is None:
        return "every client that was tried is refused, and none of them has to be let in"
    return f"the client that must be let in is not: {_said(answer)}"


def _unclear(kind: ClientKind, look: Observation, answer: ProbeAnswer | None) -> str:
    at = _at([look.vantage.address])
    if answer is None:
        return f"no probe was made with {_CLIENTS[kind]}{at}"
    advice = ". Say how to ask: app: http, or app: none" if answer.outcome is ProbeOutcome.SILENT else ""
    return f"{_CLIENTS[kind]} is neither let in nor refused{at}: {_said(answer)}{advice}"


def _said(answer: ProbeAnswer) -> str:
    """What the server did, for people."""
    if answer.status is not None:
        return f"HTTP status {answer.status}"
    if answer.outcome in _REFUSED and answer.alert is not None:
        after = " after the handshake" if answer.outcome is ProbeOutcome.REFUSED_AFTER_HANDSHAKE else ""
        return f"TLS alert {answer.alert}{after}"
    return answer.detail or answer.outcome.value


def _at(addresses: Sequence[str]) -> str:
    return f" at {', '.join(addresses)}" if any(addresses) else ""


def _listed(kinds: Sequence[ClientKind]) -> str:
    return ", ".join(kind.value for kind in kinds)


def _no_files(kinds: Sequence[ClientKind]) -> str:
    """Why kinds of clients were not tried."""
    reasons = ["the target names no file"] if any(kind.needs_files for kind in kinds) else []
    if ClientKind.LOOKALIKE in kinds:
        reasons.append("no accepted CA is known by name")
    return f" ({'; '.join(reasons)})" if reasons else ""
