"""Microsoft SQL Server before TLS, and TLS in its packets."""

import pytest

from certgate.model.observation import FailureKind
from certgate.observe.tls.dialogue import preludes_of
from certgate.observe.tls.prelude.interface import UnexpectedAnswer

STRICT, PRELOGIN = range(2)
REQUEST = bytes.fromhex("1201001a00000000 00000b0006 0100110001 ff 000000000000 01")


def packet(data, kind=4, last=1):
    return bytes([kind, last]) + (8 + len(data)).to_bytes(2) + b"\0\0\1\0" + data


def answer(encryption):
    return bytes.fromhex("00001a0006 0100200001 0200210001 0300220000 0400220001 ff 0f0007d00000") + bytes(
        [encryption, 0, 0]
    )


@pytest.fixture
def framing():
    return preludes_of("mssql")[PRELOGIN].framing()


def test_the_first_way_speaks_tls_at_once_under_its_own_name(speak):
    spoken = speak("mssql", way=STRICT)

    assert spoken.agreed
    assert spoken.said == []
    assert preludes_of("mssql")[STRICT].alpn == ("tds/8.0",)
    assert [way.way for way in preludes_of("mssql")] == ["strict", "prelogin"]


@pytest.mark.parametrize("encryption", [0, 1, 3])
def test_the_second_way_asks_for_encryption(speak, byte_by_byte, encryption):
    spoken = speak("mssql", packet(answer(encryption)), way=PRELOGIN)

    assert spoken.agreed
    assert spoken.said == [REQUEST]
    assert spoken.left == b""
    assert byte_by_byte("mssql", packet(answer(encryption)), way=PRELOGIN).agreed


def test_an_answer_may_come_in_several_packets(byte_by_byte):
    whole = answer(1)

    spoken = byte_by_byte("mssql", packet(whole[:7], last=0), packet(b"", last=0), packet(whole[7:]), way=PRELOGIN)
    assert spoken.agreed


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (packet(answer(2)), FailureKind.STARTTLS_NOT_OFFERED),
        (packet(answer(9)), FailureKind.UNEXPECTED_ANSWER),
        (packet(b"\xff"), FailureKind.UNEXPECTED_ANSWER),
        (packet(b""), FailureKind.UNEXPECTED_ANSWER),
        (packet(b"\x01\xff\xff\x00\x01\xff"), FailureKind.UNEXPECTED_ANSWER),
        (packet(answer(1), kind=0x12), FailureKind.UNEXPECTED_ANSWER),
        (b"\x04\x01\x00\x07\0\0\0\0", FailureKind.UNEXPECTED_ANSWER),
        (b"HTTP/1.1 400 Bad Request\r\n", FailureKind.UNEXPECTED_ANSWER),
    ],
)
def test_each_no_is_told_apart(speak, said, kind):
    assert speak("mssql", said, way=PRELOGIN).failure.kind is kind


def test_what_comes_with_the_answer_is_left_over(speak):
    assert speak("mssql", packet(answer(1)) + b"more", way=PRELOGIN).left == b"more"


def test_a_flight_travels_in_packets_of_which_the_last_is_marked(framing):
    flight = bytes(range(256)) * 40

    packed = framing.wrap(flight)

    assert [packed[at : at + 4].hex() for at in (0, 4096, 8192)] == ["12001000", "12001000", "12010818"]
    assert len(packed) == len(flight) + 3 * 8
    assert framing.unwrap(packed) == flight
    assert framing.wrap(b"") == b""


def test_packets_may_come_byte_by_byte_and_of_either_kind(framing):
    packed = packet(b"first", kind=0x12) + packet(b"", kind=0x12) + packet(b"second", kind=4)

    assert b"".join(framing.unwrap(bytes([byte])) for byte in packed) == b"firstsecond"


@pytest.mark.parametrize("data", [b"\x16\x03\x03\0\1\0\0\0", b"\x12\x01\0\7\0\0\0\0"])
def test_what_is_no_packet_is_told_as_that(framing, data):
    with pytest.raises(UnexpectedAnswer):
        framing.unwrap(data)
