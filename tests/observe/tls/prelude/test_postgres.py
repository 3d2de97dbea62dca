"""PostgreSQL before TLS."""

import pytest

from certgate.model.observation import FailureKind

SSL_REQUEST = bytes.fromhex("0000000804d2162f")


def error(*fields):
    body = b"".join(field + b"\0" for field in fields) + b"\0"
    return b"E" + (4 + len(body)).to_bytes(4) + body


TOO_MANY = error(b"SFATAL", b"VFATAL", b"C53300", b"Msorry, too many clients already", b"Fproc.c")


def test_the_client_asks_first_and_takes_a_single_byte(speak):
    spoken = speak("postgres", b"S")

    assert spoken.agreed
    assert spoken.said == [SSL_REQUEST]


@pytest.mark.parametrize("more", [b"R", b"\x16\x03\x03", b"N"])
def test_what_comes_with_the_yes_is_left_over(speak, more):
    spoken = speak("postgresql", b"S" + more)

    assert spoken.agreed
    assert spoken.left == more


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (b"N", FailureKind.STARTTLS_NOT_OFFERED, "N"),
        (TOO_MANY, FailureKind.STARTTLS_REFUSED, "sorry, too many clients already"),
        (error(b"M\x1b[31mno"), FailureKind.STARTTLS_REFUSED, r"\x1b[31mno"),
        (error(b"C53300"), FailureKind.STARTTLS_REFUSED, "E"),
        (b"Ecould not fork new process\n\0", FailureKind.STARTTLS_REFUSED, "could not fork new process"),
        (b"E\0\0\0\x03", FailureKind.UNEXPECTED_ANSWER, "E"),
        (b"HTTP/1.1 400 Bad Request\r\n", FailureKind.UNEXPECTED_ANSWER, "H"),
    ],
)
def test_each_no_is_told_with_the_servers_words(byte_by_byte, answer, kind, said):
    failure = byte_by_byte("postgres", answer).failure

    assert failure.kind is kind
    assert failure.detail.endswith(f"; it said '{said}'")


def test_an_error_that_announces_too_much_is_not_waited_for(speak):
    assert speak("postgres", b"E\0\xff\xff\xff").failure.kind is FailureKind.LIMIT


def test_an_alert_is_told_as_tls(speak):
    failure = speak("postgres", b"\x15\x03\x01\x00\x02\x02\x50").failure

    assert "does not speak postgres: it speaks TLS at once" in failure.detail
