"""IMAP before TLS."""

import pytest

from certgate.model.observation import FailureKind

GREETING = b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED STARTTLS] ready {9}\r\n"
OFFERS = b"* CAPABILITY IMAP4rev1 IDLE STARTTLS LOGINDISABLED\r\na1 OK done\r\n"
GO_AHEAD = b"a2 OK Begin TLS negotiation now.\r\n"


def test_the_client_asks_what_there_is_and_then_for_tls(speak):
    spoken = speak("imap", GREETING, OFFERS, GO_AHEAD)

    assert spoken.agreed
    assert spoken.said == [b"a1 CAPABILITY\r\n", b"a2 STARTTLS\r\n"]
    assert spoken.left == b""


def test_nothing_is_said_before_the_greeting_has_ended(speak):
    assert speak("imap").said == []
    assert speak("imap", b"* OK wait").said == []


@pytest.mark.parametrize(
    "offers",
    [
        OFFERS,
        b"* 3 EXISTS\r\n" + OFFERS + b"* OK still here\r\n",
        b"* capability imap4rev1\r\n* capability starttls\r\na1 ok\r\n",
        b"a1 OK [CAPABILITY IMAP4rev1 STARTTLS] done\r\n",
        b'* ID ("name" {19}\r\nx\r\na1 NO trickery\r\n "v" ~{2}\r\n\r\n)\r\n' + OFFERS,
        b"* NO [ALERT] the disk is nearly full {100}\r\n" + OFFERS,
    ],
)
def test_an_offer_may_come_in_any_legal_form(byte_by_byte, offers):
    assert byte_by_byte("imap", GREETING, offers, GO_AHEAD).agreed


@pytest.mark.parametrize(
    ("answers", "kind", "said"),
    [
        ((GREETING, b"* CAPABILITY IMAP4rev1\r\na1 OK\r\n"), FailureKind.STARTTLS_NOT_OFFERED, "CAPABILITY IMAP4REV1"),
        ((GREETING, b"a1 OK\r\n"), FailureKind.STARTTLS_NOT_OFFERED, "CAPABILITY"),
        ((b"* PREAUTH you are root\r\n",), FailureKind.STARTTLS_REFUSED, "* PREAUTH you are root"),
        ((b"* BYE \x1b[31mtoo many\r\n",), FailureKind.STARTTLS_REFUSED, r"* BYE \x1b[31mtoo many"),
        ((GREETING, b"* BYE later\r\n"), FailureKind.STARTTLS_REFUSED, "* BYE later"),
        ((GREETING, b"a1 BAD what?\r\n"), FailureKind.STARTTLS_REFUSED, "a1 BAD what?"),
        ((GREETING, OFFERS, b"a2 NO not now\r\n"), FailureKind.STARTTLS_REFUSED, "a2 NO not now"),
        ((GREETING, OFFERS, b"a2 BAD TLS is off\r\n"), FailureKind.STARTTLS_REFUSED, "a2 BAD TLS is off"),
        ((GREETING, b"+ go on\r\n"), FailureKind.UNEXPECTED_ANSWER, "+ go on"),
        ((b"a1 OK hello\r\n",), FailureKind.UNEXPECTED_ANSWER, "a1 OK hello"),
        ((b"220 mx ESMTP\r\n",), FailureKind.UNEXPECTED_ANSWER, "220 mx ESMTP"),
    ],
)
def test_each_no_is_told_with_the_servers_words(speak, answers, kind, said):
    failure = speak("imap", *answers).failure

    assert failure.kind is kind
    assert failure.detail.endswith(f"; it said '{said}'")


def test_the_answer_to_another_command_is_none(speak):
    assert not speak("imap", GREETING, OFFERS, b"a1 OK\r\n").agreed


def test_what_comes_with_the_go_ahead_is_left_over(speak):
    spoken = speak("imap", GREETING, OFFERS, GO_AHEAD + b"* OK injected\r\n")

    assert spoken.agreed
    assert spoken.left == b"* OK injected\r\n"


def test_a_string_that_is_too_long_is_not_waited_for(speak):
    assert speak("imap", GREETING, b"* X {99999999}\r\n").failure.kind is FailureKind.LIMIT
