"""Rules of the family spiffe on who may call whom, as the configuration says in `peers`."""

from collections.abc import Iterable, Iterator, Sequence

from certgate.checks.framework.needs import Need
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import TargetFacts, Vantages
from certgate.checks.framework.wording import shortened
from certgate.model.mutual_tls import IDENTITY_KINDS, ClientKind, probe_of
from certgate.model.observation import Observation
from certgate.model.peers import TENANT, Peers
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate
from certgate.x509.spiffe_id import SpiffeId, covers, split_spiffe_id

__all__: list[str] = []

_UNDECLARED = NotApplicable("the configuration declares no peers")
_KINDS = (ClientKind.CONTROL, *IDENTITY_KINDS)
_REFUSED = frozenset({ProbeOutcome.REFUSED, ProbeOutcome.REFUSED_AFTER_HANDSHAKE, ProbeOutcome.REFUSED_BY_APPLICATION})


@check("spiffe.peer-named", citation="certgate; SPIFFE-ID §2")
def peer_named(facts: TargetFacts) -> Iterator[Answer]:
    """The SPIFFE ID of the leaf is named in `peers`.

    Every policy has this rule, as an error, for targets in a certgate.yaml with `peers`. The ID of an endpoint must be
    in a `to`, that of a client certificate (`role: client`) in a `from`, and that of another SVID in one of the two.
    Entries with a `tenant` are about targets with the same label `tenant`, entries without one about all.

    Why: a workload that nobody wrote down calls, or is called, without anybody having decided that it may.

    Fix: add the workload to `peers`, or remove its registration entry.
    """
    peers = facts.target.peers
    if peers is None:
        yield _UNDECLARED
        return
    found = _id_of(facts.leaf.uris)
    if found is None:
        yield NotApplicable("the leaf does not have one SPIFFE ID")
        return
    is_client = Role.CLIENT in facts.target.roles
    sides = [entry.clients if is_client else entry.servers for entry in peers]
    if not is_client and not facts.can_have_handshake:
        sides += [entry.clients for entry in peers]
    if not any(covers(pattern, found) for side in sides for pattern in side):
        keys = "from" if is_client else "to" if facts.can_have_handshake else "from or to"
        yield Problem(f"{_text(found)} is in no {keys} of the peers{_of_tenant(facts.target.labels.get(TENANT, ''))}")


@check("spiffe.peer-admitted", citation="certgate; X509-SVID §5", needs=[Need.MTLS])
def peer_admitted(target: Vantages) -> Iterator[Answer]:
    """The server lets in the clients that `peers` allows to call it, and refuses the others.

    Every policy has this rule, as an error, for targets in a certgate.yaml with `peers`. certgate compares with `peers`
    what the server did with clients that have a SPIFFE ID: `control`, and `wrong-id` and `foreign-trust-domain` of
    `refuse`. Without one of these the rule does not apply. mtls.verifies-identity says whether they are refused.

    Why: what is written down about access is worth as much as what servers do.

    Fix: correct the server's list of allowed SPIFFE IDs, or `peers`.
    """
    peers = target.target.peers
    if peers is None:
        yield _UNDECLARED
    elif not target.target.source.needs_connection or target.target.source.endpoint.visit.mtls is None:
        yield NotApplicable("the target names no client to probe it with (mtls)")
    elif unprobed := target.target.source.endpoint.unprobed:
        yield NotChecked(f"no probe was made: {unprobed}")
    else:
        yield from _compared([judged for look in target.looks for judged in _judged(look, peers)])


def _compared(judged: Sequence[Problem | NotChecked | None]) -> Iterator[Answer]:
    """The answer for all clients: what is wrong, else what is not known."""
    problems = [answer for answer in judged if isinstance(answer, Problem)]
    unclear = dict.fromkeys(answer.reason for answer in judged if isinstance(answer, NotChecked))
    yield from problems
    if not problems and unclear:
        yield NotChecked("; ".join(unclear))
    elif not judged:
        yield NotApplicable("no client with a SPIFFE ID was shown to a server with one")


def _judged(look: Observation, peers: Sequence[Peers]) -> Iterator[Problem | NotChecked | None]:
    """For each client whose identity decides, what is wrong with how the server treated it; None for nothing."""
    server = _server_of(look)
    for kind, answer in _answers(look):
        client = _id_of([answer.client_id])
        if server is None or client is None:
            continue
        allowed = _may_call(client, server, peers)
        if answer.outcome not in {*_REFUSED, ProbeOutcome.ACCEPTED}:
            yield NotChecked(f"it is not known whether {_text(client)} is let in: {answer.detail or answer.outcome}")
        elif allowed and kind is not ClientKind.CONTROL and answer.outcome in _REFUSED:
            yield _problem(client, server, "may call", "is refused", look)
        elif not allowed and answer.outcome is ProbeOutcome.ACCEPTED:
            yield _problem(client, server, "may not call", "is let in", look)
        else:
            yield None


def _answers(look: Observation) -> Iterator[tuple[ClientKind, ProbeAnswer]]:
    """What became of the clients whose identity decides."""
    by_name = {answer.what: answer for answer in look.probes}
    for kind in _KINDS:
        if answer := by_name.get(probe_of(kind)):
            yield kind, answer


def _server_of(look: Observation) -> SpiffeId | None:
    """The SPIFFE ID of the server. Raises Malformed."""
    return _id_of(parse_certificate(look.presented[0]).uris) if look.presented else None


def _id_of(uris: Sequence[str]) -> SpiffeId | None:
    """The SPIFFE ID, if there is exactly one URI and it is valid."""
    found = split_spiffe_id(uris[0]) if len(uris) == 1 else None
    return found if found and found.is_valid else None


def _may_call(client: SpiffeId, server: SpiffeId, peers: Iterable[Peers]) -> bool:
    return any(
        any(covers(pattern, client) for pattern in entry.clients)
        and any(covers(pattern, server) for pattern in entry.servers)
        for entry in peers
    )


def _problem(client: SpiffeId, server: SpiffeId, may: str, happens: str, look: Observation) -> Problem:
    return Problem(
        f"{_text(client)} {may} {_text(server)} by peers, but {happens}",
        key=f"{client.trust_domain}{client.path}",
        evidence={"address": look.vantage.address},
    )


def _of_tenant(tenant: str) -> str:
    return f" of tenant {shortened(tenant)}" if tenant else ""


def _text(found: SpiffeId) -> str:
    return shortened(f"spiffe://{found.trust_domain}{found.path}")
