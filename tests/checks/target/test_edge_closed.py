"""When an origin counts as closed to strangers."""

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotChecked
from certgate.checks.framework.subjects import Vantages
from certgate.lab.pki import CLOCK
from certgate.model.observation import Failure, FailureKind, Observation, Phase, Vantage
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.stranger import EDGE_STRANGER, ORIGIN_STRANGER
from certgate.model.target import Endpoint, Origin, Probe, Target, Visit

EDGE, ORIGIN, NAME = "192.0.2.1:443", "198.51.100.7:443", "a.example"
LET_IN = ProbeAnswer(what=EDGE_STRANGER, outcome=ProbeOutcome.ACCEPTED, status=200)


def look(*, seen=True, address=EDGE):
    failure = None if seen else Failure(FailureKind.TIMED_OUT, Phase.CONNECT, "silence")
    return Observation(
        observed_at=CLOCK, vantage=Vantage(address, NAME), presented=(b"leaf",) if seen else (), failure=failure
    )


def stranger(outcome, *more, **facts):
    answer = ProbeAnswer(what=ORIGIN_STRANGER, outcome=outcome, **facts)
    return Observation(
        observed_at=CLOCK, vantage=Vantage(ORIGIN, NAME, Probe.STRANGER), probes=tuple(filter(None, (answer, *more)))
    )


def ask(*observations, closed=True, may_probe=None):
    visit = Visit(origin=Origin(host="198.51.100.7", port=443, closed=closed), may_probe=may_probe)
    target = Target(id="t", ordinal=0, source=Endpoint(NAME, 443, NAME, "", visit))
    return list(all_checks()["edge.origin-closed"].run(Vantages(target, observations)))


@pytest.mark.parametrize("outcome", [ProbeOutcome.REFUSED, ProbeOutcome.REFUSED_AFTER_HANDSHAKE])
def test_a_refusal_by_the_network_or_by_tls_is_right(outcome):
    assert ask(look(), stranger(outcome)) == []


@pytest.mark.parametrize("outcome", [ProbeOutcome.REFUSED_BY_APPLICATION, ProbeOutcome.CLOSED])
@pytest.mark.parametrize(
    ("at_edge", "told"),
    [
        (LET_IN, ""),
        (None, "it was not asked"),
        (
            ProbeAnswer(what=EDGE_STRANGER, outcome=ProbeOutcome.REFUSED_BY_APPLICATION, status=403),
            "refused by application, HTTP status 403",
        ),
        (ProbeAnswer(what=EDGE_STRANGER, outcome=ProbeOutcome.SILENT, detail="no answer"), "silent, no answer"),
    ],
)
def test_a_refusal_by_the_application_is_right_only_if_the_edge_lets_the_same_in(outcome, at_edge, told):
    found = ask(look(), stranger(outcome, at_edge, status=403))

    if at_edge is LET_IN:
        assert found == []
    else:
        (answer,) = found
        assert isinstance(answer, NotChecked)
        assert answer.reason.endswith(f"but the edge does not let the same in: {told}")


@pytest.mark.parametrize(
    ("at_edge", "is_closed"),
    [
        (LET_IN, True),
        (ProbeAnswer(what=EDGE_STRANGER, outcome=ProbeOutcome.SILENT, chosen="TLSv1.3"), True),
        (ProbeAnswer(what=EDGE_STRANGER, outcome=ProbeOutcome.REFUSED_BY_APPLICATION, status=403), True),
        (ProbeAnswer(what=EDGE_STRANGER, outcome=ProbeOutcome.SILENT), False),
        (ProbeAnswer(what=EDGE_STRANGER, outcome=ProbeOutcome.FAILED), False),
    ],
)
def test_no_answer_counts_only_if_the_edge_answers_afterwards(at_edge, is_closed):
    found = ask(look(), stranger(ProbeOutcome.REFUSED, at_edge))

    assert found == (
        []
        if is_closed
        else [NotChecked("the origin 198.51.100.7:443 does not answer, and neither does the edge after that")]
    )


def test_every_outcome_has_its_answer():
    assert {outcome for outcome in ProbeOutcome if ask(look(), stranger(outcome)) == []} == {
        ProbeOutcome.REFUSED,
        ProbeOutcome.REFUSED_AFTER_HANDSHAKE,
    }


def test_an_origin_that_was_not_asked_is_no_answer():
    assert ask(look()) == [NotChecked("the origin 198.51.100.7:443 was not asked")]
    assert ask(look(), may_probe=False) == [
        NotChecked("the origin 198.51.100.7:443 was not asked: probes are switched off")
    ]


def test_a_refusal_counts_only_while_the_edge_itself_answers():
    for looks in ([look(seen=False)], [look(), look(seen=False, address="192.0.2.2:443")]):
        assert ask(*looks, stranger(ProbeOutcome.REFUSED)) == [NotChecked("no certificate was seen at the edge")]


def test_an_origin_at_the_edges_own_address_proves_nothing():
    (answer,) = ask(look(address=ORIGIN), stranger(ProbeOutcome.REFUSED))

    assert isinstance(answer, NotChecked)
