"""NNTP before TLS."""

import pytest

from certgate.model.observation import FailureKind

GREETING = b"200 news.corp.example InterNetNews NNRP server ready\r\n"


def test_the_client_asks_for_tls(speak, byte_by_byte):
    spoken = speak("nntp", GREETING, b"382 Begin TLS negotiation now\r\n")

    assert spoken.agreed
    assert spoken.said == [b"STARTTLS\r\n"]
    assert byte_by_byte("nntp", b"201 read only\n", b"382\n").agreed


def test_a_server_that_knows_readers_alone_is_told_that_one_is_there(speak):
    spoken = speak("nntp", GREETING, b"500 what?\r\n", b"201 now\r\n", b"382 go\r\n")

    assert spoken.agreed
    assert spoken.said == [b"STARTTLS\r\n", b"MODE READER\r\n", b"STARTTLS\r\n"]


@pytest.mark.parametrize(
    ("answers", "kind", "said"),
    [
        ((GREETING, b"500 what?\r\n", b"200\r\n", b"500 never\r\n"), FailureKind.STARTTLS_NOT_OFFERED, "500 never"),
        ((GREETING, b"500 what?\r\n", b"502 no readers\r\n"), FailureKind.STARTTLS_NOT_OFFERED, "500 what?"),
        ((GREETING, b"580 \x1b[31mno\r\n"), FailureKind.STARTTLS_REFUSED, r"580 \x1b[31mno"),
        ((GREETING, b"502 not to you\r\n"), FailureKind.STARTTLS_REFUSED, "502 not to you"),
        ((GREETING, b"483 by another port\r\n"), FailureKind.STARTTLS_REFUSED, "483 by another port"),
        ((b"400 closed\r\n",), FailureKind.STARTTLS_REFUSED, "400 closed"),
        ((b"* OK IMAP\r\n",), FailureKind.UNEXPECTED_ANSWER, "* OK IMAP"),
    ],
)
def test_each_no_is_told_with_the_servers_words(speak, answers, kind, said):
    failure = speak("nntp", *answers).failure

    assert failure.kind is kind
    assert failure.detail.endswith(f"; it said '{said}'")


def test_what_comes_with_the_go_ahead_is_left_over(speak):
    assert speak("nntp", GREETING, b"382 go\r\n200 injected\r\n").left == b"200 injected\r\n"
