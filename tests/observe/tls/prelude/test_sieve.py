"""ManageSieve before TLS."""

import pytest

from certgate.model.observation import FailureKind

GREETING = (
    b'"IMPLEMENTATION" "Dovecot Pigeonhole"\r\n"SIEVE" "fileinto reject"\r\n"SASL" ""\r\n"STARTTLS"\r\n'
    b'"VERSION" "1.0"\r\nOK "Dovecot ready."\r\n'
)
GO_AHEAD = b'OK "Begin TLS negotiation now."\r\n'


def test_the_client_takes_the_greeting_as_the_offer(speak):
    spoken = speak("sieve", GREETING, GO_AHEAD)

    assert spoken.agreed
    assert spoken.said == [b"STARTTLS\r\n"]
    assert spoken.left == b""


@pytest.mark.parametrize(
    "greeting",
    [
        GREETING,
        b'"starttls"\nok\n',
        b"{8}\r\nSTARTTLS\r\nOK {11}\r\nbring \r\nme!\r\n",
        b'"NOTIFY" {11+}\r\nx\r\nNO "y"\r\n\r\n"STARTTLS" "whatever"\r\nOK (WARNINGS) "hi"\r\n',
    ],
)
def test_the_greeting_may_come_in_any_legal_form(byte_by_byte, greeting):
    spoken = byte_by_byte("sieve", greeting, GO_AHEAD)

    assert spoken.agreed
    assert spoken.said == [b"STARTTLS\r\n"]


def test_nothing_is_said_before_the_last_line_of_the_greeting(speak):
    assert speak("sieve").said == []
    assert speak("sieve", GREETING[:-1]).said == []


@pytest.mark.parametrize(
    ("answers", "kind", "said"),
    [
        ((b'"SASL" "PLAIN"\r\nOK\r\n',), FailureKind.STARTTLS_NOT_OFFERED, "SASL"),
        ((b"OK\r\n",), FailureKind.STARTTLS_NOT_OFFERED, ""),
        ((b'"X" "STARTTLS"\r\n{3}\r\nabc "STARTTLS"\r\nOK\r\n',), FailureKind.STARTTLS_NOT_OFFERED, "X ABC"),
        ((b'BYE "\x1b[31mtoo many"\r\n',), FailureKind.STARTTLS_REFUSED, r'BYE "\x1b[31mtoo many"'),
        ((GREETING, b'NO (TRYLATER) "no"\r\n'), FailureKind.STARTTLS_REFUSED, 'NO (TRYLATER) "no"'),
        ((GREETING, b"BYE {3}\r\nnow\r\n"), FailureKind.STARTTLS_REFUSED, "BYE {3}"),
        ((b"* OK IMAP\r\n",), FailureKind.UNEXPECTED_ANSWER, "* OK IMAP"),
        ((b"OKAY\r\n",), FailureKind.UNEXPECTED_ANSWER, "OKAY"),
    ],
)
def test_each_no_is_told_with_the_servers_words(speak, answers, kind, said):
    failure = speak("sieve", *answers).failure

    assert failure.kind is kind
    assert failure.detail.endswith(f"; it said '{said}'")


def test_what_comes_with_the_go_ahead_is_left_over(speak):
    assert speak("sieve", GREETING, GO_AHEAD + b'"SASL" "PLAIN"\r\n').left == b'"SASL" "PLAIN"\r\n'
