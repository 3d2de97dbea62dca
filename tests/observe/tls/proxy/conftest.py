"""Speaks with a proxy of one test's own, without a network."""

import pytest

from certgate.observe.tls.dialogue import Dialogue
from certgate.observe.tls.failures import ObservationFailed


class Asked:
    """What a client said to a proxy, and how that ended."""

    def __init__(self, talk, answers):
        self.dialogue = Dialogue(talk, "the proxy", "the protocol")
        self.said = []
        self.failure = None
        try:
            self.add(self.dialogue.begin())
            for answer in answers:
                self.add(self.dialogue.receive(answer))
        except ObservationFailed as failed:
            self.failure = failed.failure

    def add(self, said):
        if said:
            self.said.append(said)

    @property
    def is_open(self):
        return self.dialogue.is_over and self.failure is None


@pytest.fixture
def ask():
    """`ask(talk, *answers)` feeds a proxy's answers to the client, one after the other."""
    return lambda talk, *answers: Asked(talk, answers)


@pytest.fixture
def told(ask):
    """`told(talk, *answers)` is the kind of the failure that comes of the answers, and the end of its sentence."""

    def failure(talk, *answers):
        found = ask(talk, *answers).failure
        return found.kind.value, found.detail.removeprefix("the proxy ")

    return failure
