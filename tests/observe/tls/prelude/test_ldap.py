"""LDAP before TLS."""

import pytest

from certgate.model.observation import FailureKind

REQUEST = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
SLAPD = bytes.fromhex("300c02010178070a010004000400")
ACTIVE_DIRECTORY = bytes.fromhex("308400000028020101788400 00001f0a0100040004008a16") + REQUEST[9:]

SHORTER = bytes.fromhex("30810d0201017881070a010004000400")


def response(code, words=b"", message_id=b"\x01"):
    body = b"\x0a\x01" + bytes([code]) + b"\x04\x00\x04" + bytes([len(words)]) + words
    body = b"\x02" + bytes([len(message_id)]) + message_id + b"\x78" + bytes([len(body)]) + body
    return b"\x30" + bytes([len(body)]) + body


@pytest.mark.parametrize(
    "answer",
    [SLAPD, ACTIVE_DIRECTORY, SHORTER, response(0, b"welcome"), response(0, message_id=b"\0\0\0\x01")],
)
def test_a_yes_may_come_in_any_legal_form(speak, byte_by_byte, answer):
    spoken = speak("ldap", answer)

    assert spoken.agreed
    assert spoken.said == [REQUEST]
    assert spoken.left == b""
    assert byte_by_byte("ldap", answer).agreed


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (response(2, b"unsupported extended operation"), FailureKind.STARTTLS_NOT_OFFERED, "2 unsupported extended"),
        (response(52, b"TLS \x1b[31moff"), FailureKind.STARTTLS_REFUSED, r"52 TLS \x1b[31moff"),
        (response(53), FailureKind.STARTTLS_REFUSED, "53 "),
        (response(1), FailureKind.STARTTLS_REFUSED, "1 "),
        (response(52, b"shutting down", b"\0"), FailureKind.STARTTLS_REFUSED, "52 shutting down"),
        (response(0, b"for nobody", b"\0"), FailureKind.STARTTLS_REFUSED, "0 for nobody"),
        (response(0, message_id=b"\x02"), FailureKind.UNEXPECTED_ANSWER, r"\x02\x01\x02"),
        (response(0, message_id=b""), FailureKind.UNEXPECTED_ANSWER, r"\x02\x00x"),
        (bytes.fromhex("300b02010178060a0004000400"), FailureKind.UNEXPECTED_ANSWER, r"\x02\x01\x01x"),
        (bytes.fromhex("300c02010178090a010004000400"), FailureKind.UNEXPECTED_ANSWER, ""),
        (bytes.fromhex("300c02010161070a010004000400"), FailureKind.UNEXPECTED_ANSWER, ""),
        (bytes.fromhex("3003020101"), FailureKind.UNEXPECTED_ANSWER, ""),
        (bytes.fromhex("3000"), FailureKind.UNEXPECTED_ANSWER, ""),
        (bytes.fromhex("3080"), FailureKind.UNEXPECTED_ANSWER, r"0\x80"),
        (bytes.fromhex("30850000000000"), FailureKind.UNEXPECTED_ANSWER, r"0\x85"),
        (b"HTTP/1.1 400 Bad Request\r\n", FailureKind.UNEXPECTED_ANSWER, "HT"),
        (b"\x15\x03\x01\x00\x02\x02\x50", FailureKind.UNEXPECTED_ANSWER, ""),
    ],
)
def test_each_no_is_told_with_the_servers_words(speak, answer, kind, said):
    failure = speak("ldap", answer).failure

    assert failure.kind is kind
    assert f"; it said '{said}" in failure.detail


def test_what_comes_with_the_yes_is_left_over(speak):
    spoken = speak("ldap", SLAPD + SLAPD)

    assert spoken.agreed
    assert spoken.left == SLAPD


def test_a_message_that_announces_too_much_is_not_waited_for(speak):
    assert speak("ldap", b"\x30\x84\x7f\xff\xff\xff").failure.kind is FailureKind.LIMIT
