"""FTP before TLS."""

import pytest

from certgate.model.observation import FailureKind

GREETING = b"220 (vsFTPd 3.0.3)\r\n"


def test_the_client_asks_for_tls_without_asking_what_there_is(speak):
    spoken = speak("ftp", GREETING, b"234 Proceed with negotiation.\r\n")

    assert spoken.agreed
    assert spoken.said == [b"AUTH TLS\r\n"]


def test_a_server_that_knows_the_older_word_alone_gets_it(speak):
    spoken = speak("ftp", GREETING, b"504 AUTH SSL only\r\n", b"234 go\r\n")

    assert spoken.agreed
    assert spoken.said == [b"AUTH TLS\r\n", b"AUTH SSL\r\n"]


@pytest.mark.parametrize(
    "greeting",
    [
        b"220-hello\r\n220 ready\r\n",
        b"220-hello\r\n free words\r\n\r\n221 is not the end\r\n220-nor is this\r\n2200 nor this\r\n220 ready\r\n",
        b"120 ready in two minutes\r\n220 ready\r\n",
        b"220\r\n",
    ],
)
def test_a_greeting_may_come_in_any_legal_form(byte_by_byte, greeting):
    spoken = byte_by_byte("ftp", greeting, b"234-go\n ahead\n234 now\n")

    assert spoken.agreed
    assert spoken.said == [b"AUTH TLS\r\n"]


def test_nothing_is_said_before_the_last_line_of_the_greeting(speak):
    assert speak("ftp").said == []
    assert speak("ftp", b"220-hello\r\nfree words\r\n").said == []


@pytest.mark.parametrize(
    ("answers", "kind", "said"),
    [
        ((b"500 what?\r\n", b"502 no\r\n"), FailureKind.STARTTLS_NOT_OFFERED, "502 no"),
        ((b"504 no\r\n", b"431 not now\r\n"), FailureKind.STARTTLS_REFUSED, "431 not now"),
        ((b"530 Please login with USER and PASS.\r\n",), FailureKind.STARTTLS_REFUSED, "530 Please login with USER"),
        ((b"534 \x1b[31mpolicy\r\n",), FailureKind.STARTTLS_REFUSED, r"534 \x1b[31mpolicy"),
        ((b"what?\r\n",), FailureKind.UNEXPECTED_ANSWER, "what?"),
    ],
)
def test_each_no_is_told_with_the_servers_words(speak, answers, kind, said):
    failure = speak("ftp", GREETING, *answers).failure

    assert failure.kind is kind
    assert f"; it said '{said}" in failure.detail


def test_a_greeting_that_is_a_no_is_told_as_that(speak):
    assert speak("ftp", b"421 too many\r\n").failure.kind is FailureKind.STARTTLS_REFUSED


def test_what_comes_with_the_go_ahead_is_left_over(speak):
    assert speak("ftp", GREETING, b"234 go\r\n230 logged in\r\n").left == b"230 logged in\r\n"
