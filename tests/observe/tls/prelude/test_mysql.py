"""MySQL before TLS."""

import pytest

from certgate.model.observation import FailureKind

SSL_REQUEST = bytes.fromhex("20000001 008a0000 00000001 21") + bytes(23)


def packet(payload, number=0):
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


def greeting(version=b"8.4.3", capabilities=0xFFFF, rest=b"\x21\x02\0\xff\xc7\x15" + bytes(10) + b"x" * 13):
    nonce = b"\x16\x03\x01abcde\0"
    return packet(b"\x0a" + version + b"\0" + b"\1\0\0\0" + nonce + capabilities.to_bytes(2, "little") + rest)


@pytest.mark.parametrize(
    "said",
    [greeting(), greeting(b"5.5.5-10.11.6-MariaDB-0+deb12u1"), greeting(b""), greeting(capabilities=0x0800, rest=b"")],
)
def test_the_server_greets_and_the_client_asks_for_tls(speak, byte_by_byte, said):
    spoken = speak("mysql", said)

    assert spoken.agreed
    assert spoken.said == [SSL_REQUEST]
    assert byte_by_byte("mariadb", said).agreed


def test_nothing_is_said_before_the_greeting(speak):
    assert speak("mysql").said == []
    assert speak("mysql", greeting()[:-1]).said == []


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (greeting(b"5.5.5-10.11\x1b[m", 0xF7FF), FailureKind.STARTTLS_NOT_OFFERED, r"5.5.5-10.11\x1b[m"),
        (packet(b"\xff\x6a\x04Host 'x' is not allowed"), FailureKind.STARTTLS_REFUSED, "1130 Host 'x' is not allowed"),
        (packet(b"\xff\x69\x04#HY000Host is blocked"), FailureKind.STARTTLS_REFUSED, "1129 Host is blocked"),
        (packet(b"\x09" + b"3.23" + bytes(20)), FailureKind.UNEXPECTED_ANSWER, r"\x19\x00\x00\x00"),
        (packet(b"\x0a8.4"), FailureKind.UNEXPECTED_ANSWER, ""),
        (packet(b"\x0a8.4\0\1\0\0\0"), FailureKind.UNEXPECTED_ANSWER, ""),
        (packet(b""), FailureKind.UNEXPECTED_ANSWER, ""),
        (greeting()[:3] + b"\1" + greeting()[4:], FailureKind.UNEXPECTED_ANSWER, ""),
        (bytes.fromhex("05000000 0b08051a00"), FailureKind.UNEXPECTED_ANSWER, ""),
        (b"SSH-2.0-OpenSSH_9.2\r\n", FailureKind.UNEXPECTED_ANSWER, "SSH-"),
    ],
)
def test_each_no_is_told_with_the_servers_words(speak, answer, kind, said):
    failure = speak("mysql", answer).failure

    assert failure.kind is kind
    assert f"; it said '{said}" in failure.detail


def test_what_comes_with_the_greeting_is_left_over(speak):
    spoken = speak("mysql", greeting() + packet(b"\0", 2))

    assert spoken.agreed
    assert spoken.left == packet(b"\0", 2)
