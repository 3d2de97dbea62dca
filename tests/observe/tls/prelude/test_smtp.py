"""SMTP before TLS."""

import pytest

from certgate.model.observation import FailureKind

GREETING = b"220 mx.corp.example ESMTP ready\r\n"
OFFERS = b"250-mx.corp.example at your service\r\n250-SIZE 35882577\r\n250-STARTTLS\r\n250 PIPELINING\r\n"
GO_AHEAD = b"220 2.0.0 Ready to start TLS\r\n"


def test_the_client_speaks_when_spoken_to_and_asks_for_nothing_but_tls(speak):
    spoken = speak("smtp", GREETING, OFFERS, GO_AHEAD)

    assert spoken.agreed
    assert spoken.said == [b"EHLO certgate.invalid\r\n", b"STARTTLS\r\n"]
    assert spoken.left == b""


def test_nothing_is_said_before_the_last_line_of_the_greeting(speak):
    assert speak("smtp").said == []
    assert speak("smtp", b"220-mx.corp.example\r\n", b"220-please wait\r\n").said == []
    assert speak("smtp", b"220-mx.corp.example\r\n", b"220 go\r\n").said == [b"EHLO certgate.invalid\r\n"]


def test_answers_may_come_byte_by_byte(byte_by_byte):
    assert byte_by_byte("smtp", GREETING, OFFERS, GO_AHEAD).agreed


@pytest.mark.parametrize("offer", [b"250 STARTTLS\r\n", b"250 starttls\n", b"250-x\r\n250 StartTLS\r\n"])
def test_the_offer_may_stand_anywhere_behind_the_name(speak, offer):
    assert speak("smtp", GREETING, b"250-mx\r\n" + offer, GO_AHEAD).agreed


@pytest.mark.parametrize(
    ("answers", "kind", "said"),
    [
        ((GREETING, b"250-STARTTLS\r\n250 SIZE\r\n"), FailureKind.STARTTLS_NOT_OFFERED, "250 SIZE"),
        ((GREETING, b"250 mx\r\n"), FailureKind.STARTTLS_NOT_OFFERED, "250 "),
        ((GREETING, b"502 what?\r\n"), FailureKind.STARTTLS_NOT_OFFERED, "502 what?"),
        ((GREETING, OFFERS, b"502 unknown\r\n"), FailureKind.STARTTLS_NOT_OFFERED, "502 unknown"),
        ((GREETING, OFFERS, b"454 TLS not available\r\n"), FailureKind.STARTTLS_REFUSED, "454 TLS not available"),
        ((GREETING, OFFERS, b"530-no\r\n530 never\r\n"), FailureKind.STARTTLS_REFUSED, "530 never"),
        ((b"554 no service\r\n",), FailureKind.STARTTLS_REFUSED, "554 no service"),
        ((b"421 \x1b[31mtoo busy\r\n",), FailureKind.STARTTLS_REFUSED, r"421 \x1b[31mtoo busy"),
    ],
)
def test_each_no_is_told_with_the_servers_words(speak, answers, kind, said):
    failure = speak("smtp", *answers).failure

    assert failure.kind is kind
    assert failure.detail.endswith(f"; it said '{said}'")


def test_what_is_no_reply_is_told_as_what_it_is(speak):
    spoken = speak("smtp", b"SSH-2.0-OpenSSH_9.2\r\n")

    assert spoken.failure.kind is FailureKind.UNEXPECTED_ANSWER
    assert spoken.failure.detail == ("192.0.2.1:25 does not speak smtp: it speaks SSH; it said 'SSH-2.0-OpenSSH_9.2'")


@pytest.mark.parametrize("more", [b"250 injected\r\n", b"\n", b"\x16\x03\x01"])
def test_what_comes_with_the_go_ahead_is_left_over(speak, more):
    spoken = speak("smtp", GREETING, OFFERS, GO_AHEAD + more)

    assert spoken.agreed
    assert spoken.left == more
