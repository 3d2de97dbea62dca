"""The rule of the family edge on whom the origin lets in."""

from collections.abc import Iterator

from certgate.checks.framework.needs import Need
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import Vantages
from certgate.checks.target.edge_pair import origin_of
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.stranger import EDGE_STRANGER, ORIGIN_STRANGER
from certgate.model.target import Origin, Probe

__all__: list[str] = []

_REFUSED = frozenset({ProbeOutcome.REFUSED, ProbeOutcome.REFUSED_AFTER_HANDSHAKE})
_REFUSED_IF_EDGE_IS_OPEN = frozenset({ProbeOutcome.REFUSED_BY_APPLICATION, ProbeOutcome.CLOSED})


@check(
    "edge.origin-closed",
    citation="certgate: an edge protects only what cannot be reached without it",
    needs=[Need.STRANGER],
)
def origin_closed(target: Vantages) -> Iterator[Answer]:
    """The origin refuses strangers, if the target says that it is closed.

    certgate asks the origin twice, without a client certificate: it connects, completes the handshake and, if the
    service speaks HTTP, sends a GET. Each of these is a refusal: no answer to the attempt to connect or a rejection of
    it, a closed or reset connection, an alert about the certificate, HTTP status 400, 401, 403, 495 or 496. If the
    refusal comes from the application, the edge must let the same request in; if nothing answers, the edge must still
    answer afterwards. Other alerts and silence after connecting
    leave the rule not-checked, and so does what keeps certgate from asking. Every policy has this rule for targets
    that declare an origin.

    Why: whoever finds the address of an open origin gets past the edge, and past its firewall, its limits and its logs.

    Fix: let the origin accept the addresses of the edge alone, or demand the client certificate of the edge (nginx:
    `ssl_verify_client on;`).
    """
    origin = origin_of(target)
    if not isinstance(origin, Origin):
        yield origin
        return
    if not origin.closed:
        yield NotApplicable("the target does not say that its origin is closed")
        return
    if not all(seen.presented for seen in target.looks):
        yield NotChecked("no certificate was seen at the edge")
        return
    answers = {answer.what: answer for seen in target.answers_to(Probe.STRANGER) for answer in seen.probes}
    at_origin = answers.get(ORIGIN_STRANGER)
    if at_origin is None:
        why = target.target.source.endpoint.unprobed
        yield NotChecked(f"the origin {origin} was not asked" + (f": {why}" if why else ""))
    elif at_origin.outcome is ProbeOutcome.ACCEPTED:
        yield Problem(f"the origin {origin} lets a stranger in: {_told(at_origin)}", key="open")
    elif at_origin.outcome in _REFUSED and not _is_reached(answers.get(EDGE_STRANGER, at_origin)):
        yield NotChecked(f"the origin {origin} does not answer, and neither does the edge after that")
    elif at_origin.outcome in _REFUSED_IF_EDGE_IS_OPEN:
        yield from _unless_edge_refuses(at_origin, answers.get(EDGE_STRANGER))
    elif at_origin.outcome not in _REFUSED:
        yield NotChecked(f"whether the origin {origin} refuses strangers is not known: {_told(at_origin)}")


def _unless_edge_refuses(at_origin: ProbeAnswer, at_edge: ProbeAnswer | None) -> Iterator[Answer]:
    """Not checked unless the edge lets the same request in: the application may treat everyone like that."""
    if at_edge is None or at_edge.outcome is not ProbeOutcome.ACCEPTED:
        edge = _told(at_edge) if at_edge else "it was not asked"
        yield NotChecked(f"the origin refuses ({_told(at_origin)}), but the edge does not let the same in: {edge}")


def _is_reached(answer: ProbeAnswer) -> bool:
    """Whether the server answered at all, if only by a refusal."""
    return bool(answer.chosen) or answer.outcome not in {ProbeOutcome.SILENT, ProbeOutcome.FAILED}


def _told(answer: ProbeAnswer) -> str:
    facts = [answer.chosen] if answer.chosen else []
    facts += [f"HTTP status {answer.status}"] if answer.status is not None else []
    facts += [f"alert {answer.alert}"] if answer.alert is not None else []
    facts += [answer.detail] if answer.detail else []
    return ", ".join([answer.outcome.replace("-", " "), *facts])
