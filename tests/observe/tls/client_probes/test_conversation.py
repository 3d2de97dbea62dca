"""What comes after a handshake, and what came too early to tell anything."""

import socket

import pytest
from OpenSSL import SSL

from certgate.model.probe import ProbeOutcome
from certgate.observe.tls.client import Told
from certgate.observe.tls.client_probes.conversation import Conversation, Heard
from certgate.observe.tls.client_probes.let_in import by_tls
from certgate.observe.tls.deadline import Deadline
from certgate.observe.tls.stream import Stream


class Completed:
    """A connection whose handshake is complete, with these bytes of the application at hand."""

    def __init__(self, version, *at_hand):
        self.version = version
        self.at_hand = list(at_hand)

    def do_handshake(self):
        pass

    def get_protocol_version(self):
        return self.version

    def recv(self, _most):
        if not self.at_hand:
            raise SSL.WantReadError
        return self.at_hand.pop(0)

    def bio_read(self, _most):
        raise SSL.WantReadError


async def heard(version, *at_hand):
    ours, theirs = socket.socketpair()
    with Stream(ours) as stream, theirs:
        conversation = Conversation(stream, Completed(version, *at_hand), Told(), "the server")
        await conversation.shake_hands(None)
        return await conversation.hear(Deadline.after(0.01))


@pytest.mark.parametrize(("version", "said"), [(SSL.TLS1_3_VERSION, Heard.NOTHING), (SSL.TLS1_2_VERSION, Heard.BYTES)])
def test_data_that_a_tls_1_3_server_sends_before_it_knows_the_client_tells_nothing(version, said, in_a_loop):
    assert in_a_loop(heard(version, b"220 hello", b"220 again")) is said


class TicketAndClose(Completed):
    """A connection on which a ticket and the end came together, after the handshake."""

    def __init__(self, told):
        super().__init__(SSL.TLS1_3_VERSION)
        self.told = told
        self.turns = 0

    def recv(self, _most):
        self.turns += 1
        if self.turns == 1:
            raise SSL.WantReadError
        self.told.tickets = 1
        raise SSL.ZeroReturnError


async def admitted(told):
    ours, theirs = socket.socketpair()
    with Stream(ours) as stream, theirs:
        conversation = Conversation(stream, TicketAndClose(told), told, "the server")
        await conversation.shake_hands(None)
        return await by_tls(conversation, Deadline.after(1), decides=True)


def test_a_server_that_closes_with_its_ticket_has_let_the_client_in(in_a_loop):
    assert in_a_loop(admitted(Told())).outcome is ProbeOutcome.ACCEPTED
