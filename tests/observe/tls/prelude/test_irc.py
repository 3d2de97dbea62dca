"""IRC before TLS."""

import pytest

from certgate.model.observation import FailureKind

NOTICES = b":irc.corp.example NOTICE * :*** Looking up your host name...\r\nNOTICE AUTH :*** Checking ident\r\n"
OFFERS = b":irc.corp.example CAP * LS :multi-prefix tls\r\n"
GO_AHEAD = b":irc.corp.example 670 * :STARTTLS successful, go ahead with TLS handshake\r\n"


def test_the_client_asks_at_once(speak):
    spoken = speak("irc", NOTICES + OFFERS + GO_AHEAD)

    assert spoken.agreed
    assert spoken.said == [b"CAP LS 302\r\nSTARTTLS\r\n"]
    assert spoken.left == b""


@pytest.mark.parametrize(
    "before",
    [
        b"",
        NOTICES + OFFERS,
        b"@time=2026-01-01T00:00:00Z :irc NOTICE * :hi\n",
        b":irc 421 * CAP :Unknown command\r\n",
        b":irc 451 * CAP :You have not registered\r\n",
        b":irc CAP * LS * :multi-prefix sasl=PLAIN\r\nCAP * LS tls\r\n",
        b"PING :1234\r\n:irc 020 * :Please wait\r\n",
    ],
)
def test_other_words_may_come_first(byte_by_byte, before):
    assert byte_by_byte("irc", before, GO_AHEAD).agreed


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (b":irc 421 * STARTTLS :Unknown command\r\n", FailureKind.STARTTLS_NOT_OFFERED, ":irc 421 * STARTTLS :Unknown"),
        (b":irc 451 * :Connection not registered\r\n", FailureKind.STARTTLS_NOT_OFFERED, ":irc 451 * :Connection"),
        (
            b":irc CAP * LS * :tls.example\r\n:irc CAP * LS :sasl\r\n",
            FailureKind.STARTTLS_NOT_OFFERED,
            ":irc CAP * LS :sasl",
        ),
        (b":irc 691 * :\x1b[31mno\r\n", FailureKind.STARTTLS_REFUSED, r":irc 691 * :\x1b[31mno"),
        (b"ERROR :Closing link\r\n", FailureKind.STARTTLS_REFUSED, "ERROR :Closing link"),
        (b":irc ERROR :Closing link\r\n", FailureKind.STARTTLS_REFUSED, ":irc ERROR :Closing link"),
        (b"HTTP/1.1 400 Bad Request\r\n", FailureKind.UNEXPECTED_ANSWER, "HTTP/1.1 400 Bad Request"),
        (b"670 go\r\n", FailureKind.UNEXPECTED_ANSWER, "670 go"),
        (b"220 mx ESMTP\r\n", FailureKind.UNEXPECTED_ANSWER, "220 mx ESMTP"),
    ],
)
def test_each_no_is_told_with_the_servers_words(speak, answer, kind, said):
    failure = speak("irc", answer).failure

    assert failure.kind is kind
    assert f"; it said '{said}" in failure.detail


def test_what_comes_with_the_go_ahead_is_left_over(speak):
    assert speak("irc", GO_AHEAD + b":irc 691 * :no\r\n").left == b":irc 691 * :no\r\n"
