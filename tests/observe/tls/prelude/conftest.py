"""Speaks a protocol with a server of one test's own, without a network."""

import pytest

from certgate.observe.tls.dialogue import Dialogue, preludes_of
from certgate.observe.tls.failures import ObservationFailed

PEER = "192.0.2.1:25"


class Spoken:
    """What a client said to a server, and how that ended."""

    def __init__(self, protocol, answers, name, way):
        prelude = preludes_of(protocol)[way]
        self.dialogue = Dialogue(prelude.talk(name), PEER, protocol)
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
    def agreed(self):
        return self.dialogue.is_over and self.failure is None

    @property
    def left(self):
        return self.dialogue.left


@pytest.fixture
def speak():
    """`speak(protocol, *answers)` feeds the server's answers to the client as they are cut, one after the other."""

    def run(protocol, *answers, name="mx.corp.example", way=0):
        return Spoken(protocol, answers, name, way)

    return run


@pytest.fixture
def byte_by_byte(speak):
    """The same, each byte alone."""

    def run(protocol, *answers, **options):
        return speak(protocol, *(bytes([byte]) for byte in b"".join(answers)), **options)

    return run
