"""A mail server up to its go-ahead for TLS."""

from certgate.observe.tls.prelude.interface import Send, Talk, Until

__all__ = ["smtp"]


def smtp(*, greeting: bytes = b"220 lab ESMTP\r\n", answer: bytes = b"220 go ahead\r\n") -> Talk[None]:
    """Sends a greeting, offers STARTTLS, and answers it; the client gives up after a greeting that refuses service."""
    yield Send(greeting)
    yield Until(b"\n")
    yield Send(b"250-lab\r\n250-SIZE 1000000\r\n250 STARTTLS\r\n")
    yield Until(b"\n")
    yield Send(answer)
