"""RDP before TLS."""

import pytest

from certgate.model.observation import FailureKind

REQUEST = bytes.fromhex("030000130ee0000000000001000800 0b000000")
XRDP = bytes.fromhex("030000130ed000001234000201080001000000")


def answer(kind, value, code=0xD0):
    return bytes.fromhex("030000130e") + bytes([code]) + bytes(5) + bytes([kind, 0, 8, 0]) + value.to_bytes(4, "little")


@pytest.mark.parametrize("said", [XRDP, answer(2, 1), answer(2, 2), answer(2, 8)])
def test_the_client_asks_for_tls_and_for_credssp(speak, byte_by_byte, said):
    spoken = speak("rdp", said)

    assert spoken.agreed
    assert spoken.said == [REQUEST]
    assert spoken.left == b""
    assert byte_by_byte("rdp", said).agreed


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        (bytes.fromhex("0300000b06d00000123400"), FailureKind.STARTTLS_NOT_OFFERED, r"\x03\x00\x00\x0b"),
        (answer(2, 0), FailureKind.STARTTLS_NOT_OFFERED, ""),
        (answer(3, 2), FailureKind.STARTTLS_REFUSED, "2 SSL_NOT_ALLOWED_BY_SERVER"),
        (answer(3, 99), FailureKind.STARTTLS_REFUSED, "99 "),
        (bytes.fromhex("0300000b06800000123400"), FailureKind.STARTTLS_REFUSED, ""),
        (answer(2, 16), FailureKind.UNEXPECTED_ANSWER, ""),
        (answer(7, 1), FailureKind.UNEXPECTED_ANSWER, ""),
        (answer(2, 1, code=0xE0), FailureKind.UNEXPECTED_ANSWER, ""),
        (bytes.fromhex("03000007"), FailureKind.UNEXPECTED_ANSWER, ""),
        (bytes.fromhex("0300ffff"), FailureKind.UNEXPECTED_ANSWER, ""),
        (b"HTTP/1.1 400 Bad Request\r\n", FailureKind.UNEXPECTED_ANSWER, "HTTP"),
    ],
)
def test_each_no_is_told_with_what_the_server_sent(speak, said, kind, told):
    failure = speak("rdp", said).failure

    assert failure.kind is kind
    assert f"; it said '{told}" in failure.detail


def test_what_comes_with_the_yes_is_left_over(speak):
    assert speak("rdp", XRDP + b"\x03\x00").left == b"\x03\x00"
