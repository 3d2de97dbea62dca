"""Mail servers other than for SMTP, up to their go-ahead for TLS."""

from certgate.observe.tls.prelude.interface import Send, Talk, Until

__all__ = ["imap", "lmtp", "pop3", "sieve"]


def lmtp(*, offers: bytes = b"250-lab\r\n250 STARTTLS\r\n") -> Talk[None]:
    """Sends a greeting of two lines."""
    yield Send(b"220-lab\r\n220 LMTP\r\n")
    yield Until(b"\n")
    yield Send(offers)
    yield Until(b"\n")
    yield Send(b"220 go ahead\r\n")


def imap(*, greeting: bytes = b"* OK [CAPABILITY IMAP4rev1] lab\r\n", answer: bytes = b"a2 OK begin\r\n") -> Talk[None]:
    """Lists STARTTLS with other responses, one with a literal that contains something like an answer."""
    yield Send(greeting)
    yield Until(b"\n")
    yield Send(b'* ID ("name" {8}\r\na1 NO x\n)\r\n* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na1 OK done\r\n')
    yield Until(b"\n")
    yield Send(answer)


def pop3(*, answer: bytes = b"+OK begin\r\n") -> Talk[None]:
    """Sends a greeting and answers STLS."""
    yield Send(b"+OK lab <1@lab>\r\n")
    yield Until(b"\n")
    yield Send(answer)


def sieve(*, offer: bytes = b"{8}\r\nSTARTTLS\r\n") -> Talk[None]:
    """Sends its capabilities as the greeting, with STARTTLS as a literal."""
    yield Send(b'"IMPLEMENTATION" "lab"\r\n"SASL" ""\r\n' + offer + b'OK "lab"\r\n')
    yield Until(b"\n")
    yield Send(b'OK "begin"\r\n')
