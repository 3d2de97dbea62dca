"""Proxies whose words are damaged on their way."""

from random import Random

import pytest

from certgate.lab.scenarios.proxied import SCENARIOS
from certgate.observe.tls.dialogue import Dialogue
from certgate.observe.tls.failures import ObservationFailed
from certgate.observe.tls.proxy.connect import connect
from certgate.observe.tls.proxy.socks import socks
from tests.fuzz.mutate import damaged

GOOD = {scenario.proxy: scenario for scenario in SCENARIOS if scenario.proxy and not scenario.gives}
ASKED = {
    "http": lambda: connect("lab.example:443", None),
    "socks5h": lambda: socks("lab.example", 443, None),
}


def is_open_after(scheme, on_the_way):
    """Whether the tunnel is open at the end, or when both sides are silent."""
    client = Dialogue(ASKED[scheme](), "the proxy", scheme)
    proxy = Dialogue(GOOD[scheme].opening(), "a client", scheme)
    said, answer = client.begin(), proxy.begin()
    while said or answer:
        said += client.receive(on_the_way(answer)) if answer and not client.is_over else b""
        answer, said = proxy.receive(said) if said and not proxy.is_over else b"", b""
    return client.is_over


@pytest.mark.parametrize("scheme", ASKED)
def test_what_is_not_damaged_opens_the_tunnel(scheme):
    assert is_open_after(scheme, bytes)


@pytest.mark.parametrize("scheme", ASKED)
def test_what_is_damaged_ends_in_a_failure_or_opens_the_tunnel_all_the_same(scheme):
    random = Random(scheme)
    ends = set()

    for _ in range(300):
        try:
            ends.add(is_open_after(scheme, lambda answer: damaged(random, answer)))
        except ObservationFailed as failed:
            ends.add(failed.failure.kind)

    assert len(ends) > 1
