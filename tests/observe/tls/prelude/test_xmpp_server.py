"""XMPP before TLS, between servers."""

STREAM = b"<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
FEATURES = b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"


def test_servers_speak_in_their_own_namespace(speak):
    spoken = speak("xmpp-server", STREAM, FEATURES, b"<proceed/>", name="corp.example")

    assert spoken.agreed
    assert b"to=\"corp.example\" xmlns='jabber:server' " in spoken.said[0]
