"""Every protocol with a server that says nothing."""

import pytest

from certgate.model.observation import FailureKind
from certgate.model.protocol import PROTOCOLS
from certgate.observe.tls.dialogue import Dialogue, preludes_of

CLIENT_SPEAKS_FIRST = {"ldap", "xmpp", "xmpp-server", "postgres", "mssql", "rdp", "irc"}


@pytest.mark.parametrize("protocol", [protocol.name for protocol in PROTOCOLS])
def test_a_greeting_is_missed_only_where_the_server_speaks_first(protocol):
    dialogue = Dialogue(preludes_of(protocol)[-1].talk("corp.example"), "192.0.2.1:1", protocol)

    said = dialogue.begin()

    kind = FailureKind.TIMED_OUT if protocol in CLIENT_SPEAKS_FIRST else FailureKind.GREETING_MISSING
    assert bool(said) == (protocol in CLIENT_SPEAKS_FIRST)
    assert dialogue.too_slow("10 s").failure.kind is kind
