"""Every protocol with a server whose words are damaged on their way."""

from random import Random

import pytest

from certgate.lab.scenarios.starttls import SCENARIOS
from certgate.observe.tls.dialogue import Dialogue, preludes_of
from certgate.observe.tls.failures import ObservationFailed
from tests.fuzz.mutate import damaged

GOOD = {scenario.name: scenario for scenario in SCENARIOS if scenario.opening and not scenario.gives}


def talk(scenario, on_the_way):
    """The client's side of a talk with a server of the lab, up to its end or to a silence on both sides."""
    client = Dialogue(preludes_of(scenario.protocol)[-1].talk("lab"), "192.0.2.1:1", scenario.protocol)
    server = Dialogue(scenario.opening(), "a client", "the lab's protocol")
    said, answer = client.begin(), server.begin()
    while said or answer:
        said += client.receive(on_the_way(answer)) if answer and not client.is_over else b""
        answer, said = server.receive(said) if said and not server.is_over else b"", b""
    return client


@pytest.mark.parametrize("name", GOOD)
def test_what_is_not_damaged_leads_to_tls(name):
    client = talk(GOOD[name], bytes)

    assert client.is_over
    assert client.left == b""


@pytest.mark.parametrize("name", GOOD)
def test_what_is_damaged_ends_in_a_failure_or_leads_to_tls_all_the_same(name):
    random = Random(name)
    ends = set()

    for _ in range(300):
        try:
            ends.add(talk(GOOD[name], lambda answer: damaged(random, answer)).is_over)
        except ObservationFailed as failed:
            ends.add(failed.failure.kind)

    assert len(ends) > 1
