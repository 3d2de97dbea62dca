"""POP3 before TLS."""

import pytest

from certgate.model.observation import FailureKind

GREETING = b"+OK Dovecot ready. <1896.697170952@mx>\r\n"


def test_the_client_asks_for_tls_without_asking_what_there_is(speak, byte_by_byte):
    spoken = speak("pop3", GREETING, b"+OK Begin TLS negotiation now.\r\n")

    assert spoken.agreed
    assert spoken.said == [b"STLS\r\n"]
    assert byte_by_byte("pop3", b"+OK\n", b"+OK\n").agreed


def test_nothing_is_said_before_the_greeting_has_ended(speak):
    assert speak("pop3").said == []
    assert speak("pop3", b"+OK wait").said == []


@pytest.mark.parametrize(
    ("answers", "kind", "said"),
    [
        ((GREETING, b"-ERR Unknown command.\r\n"), FailureKind.STARTTLS_NOT_OFFERED, "-ERR Unknown command."),
        ((GREETING, b"-ERR TLS support isn't enabled.\r\n"), FailureKind.STARTTLS_NOT_OFFERED, "-ERR TLS support"),
        ((GREETING, b"-ERR [SYS/TEMP] later\r\n"), FailureKind.STARTTLS_REFUSED, "-ERR [SYS/TEMP] later"),
        ((GREETING, b"-ERR \x1b[31mno\r\n"), FailureKind.STARTTLS_REFUSED, r"-ERR \x1b[31mno"),
        ((b"-ERR unknown host\r\n",), FailureKind.STARTTLS_REFUSED, "-ERR unknown host"),
        ((b"* OK IMAP\r\n",), FailureKind.UNEXPECTED_ANSWER, "* OK IMAP"),
        ((GREETING, b"220 go\r\n"), FailureKind.UNEXPECTED_ANSWER, "220 go"),
    ],
)
def test_each_no_is_told_with_the_servers_words(speak, answers, kind, said):
    failure = speak("pop3", *answers).failure

    assert failure.kind is kind
    assert f"; it said '{said}" in failure.detail


def test_what_comes_with_the_go_ahead_is_left_over(speak):
    assert speak("pop3", GREETING, b"+OK go\r\n+OK injected\r\n").left == b"+OK injected\r\n"
