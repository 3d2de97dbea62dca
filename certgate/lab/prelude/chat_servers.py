"""Chat and news servers up to their go-ahead for TLS."""

from certgate.observe.tls.prelude.interface import Send, Talk, Until

__all__ = ["irc", "nntp", "xmpp"]

_STREAM = (
    b"<?xml version='1.0'?><stream:stream from='lab>' version='1.0' xmlns:stream='http://etherx.jabber.org/streams'>"
)
_FEATURES = b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"


def xmpp(*, features: bytes = _FEATURES, answer: bytes = b"<proceed></proceed>") -> Talk[None]:
    """Opens its stream, lists its features, and answers `<starttls/>`."""
    yield Until(b"?>")
    yield Until(b">")
    yield Send(_STREAM + b"\n" + features)
    yield Until(b">")
    yield Send(answer)


def irc(*, answer: bytes = b":lab 670 * :go ahead\r\n") -> Talk[None]:
    """Sends a notice about the lookup of the client's host name before it answers."""
    yield Until(b"\n")
    yield Send(b":lab NOTICE * :*** Looking up your host name...\r\n:lab CAP * LS :tls\r\n")
    yield Until(b"\n")
    yield Send(answer)


def nntp(*, answer: bytes = b"382 begin\r\n") -> Talk[None]:
    """Supports STARTTLS only in reader mode."""
    yield Send(b"200 lab\r\n")
    yield Until(b"\n")
    yield Send(b"500 not yet\r\n")
    yield Until(b"\n")
    yield Send(b"201 reader\r\n")
    yield Until(b"\n")
    yield Send(answer)
