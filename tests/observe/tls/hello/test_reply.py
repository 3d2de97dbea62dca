"""What a server replies to a ClientHello of certgate's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certgate.observe.tls.hello.flight import MAX_MESSAGES
from certgate.observe.tls.hello.reply import Alert, ReplyReader, Unreadable
from certgate.observe.tls.hello.server_hello import ServerHello

RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def record(kind, body):
    return bytes([kind]) + b"\x03\x03" + len(body).to_bytes(2) + body


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3) + body


def extension(kind, value):
    return kind.to_bytes(2) + len(value).to_bytes(2) + value


def hello(*extensions, version=0x0303, suite=0xC02F, random=bytes(32)):
    found = b"".join(extensions)
    body = version.to_bytes(2) + random + b"\0" + suite.to_bytes(2) + b"\0"
    return message(2, body + (len(found).to_bytes(2) + found if extensions else b""))


NEW = (extension(43, b"\x03\x04"), extension(51, b"\x00\x1d"))
CHAIN = message(11, bytes(5000))
EXCHANGE = message(12, b"\x03\x00\x17" + bytes(70))
DONE = message(14, b"")
TLS_1_2 = ServerHello(version=0x0303, suite=0xC02F)


def reply(data, *, wants_group=False):
    return ReplyReader(wants_group=wants_group).feed(data)


def test_the_choices_of_a_server_hello_are_read():
    assert reply(record(22, hello())) == TLS_1_2
    assert reply(record(22, hello(version=0x0301, suite=0x002F))) == ServerHello(version=0x0301, suite=0x002F)
    assert reply(record(22, hello(*NEW, suite=0x1301))) == ServerHello(version=0x0304, suite=0x1301, group=0x1D)


def test_a_hello_retry_request_is_told_from_a_server_hello():
    assert reply(record(22, hello(*NEW, suite=0x1301, random=RETRY))) == ServerHello(
        version=0x0304, suite=0x1301, group=0x1D, is_retry=True
    )


def test_the_group_of_tls_1_2_is_read_from_the_key_exchange_if_it_is_wanted():
    first, rest = record(22, hello()), record(22, CHAIN) + record(22, EXCHANGE + DONE)
    reader = ReplyReader(wants_group=True)

    assert reader.feed(first) is None
    assert reader.feed(rest) == ServerHello(version=0x0303, suite=0xC02F, group=0x17)
    assert reply(first) == TLS_1_2


@pytest.mark.parametrize(
    "flight",
    [
        hello() + DONE,
        hello() + message(12, b"\x01\x00\x17") + DONE,
        hello() + message(12, b"\x03\x00") + DONE,
    ],
)
def test_a_key_exchange_that_names_no_group_leaves_it_open(flight):
    assert reply(record(22, flight), wants_group=True) == TLS_1_2


def test_a_suite_without_a_group_is_enough_at_once():
    assert reply(record(22, hello(suite=0x009C)), wants_group=True) == ServerHello(version=0x0303, suite=0x009C)


def test_a_fatal_alert_ends_the_handshake_and_a_warning_does_not():
    unrecognized_name = record(21, b"\x01\x70")
    reader = ReplyReader(wants_group=False)

    assert reply(record(21, b"\x02\x46")) == Alert(70)
    assert reply(record(21, b"\x01\x00")) == Alert(0)
    assert (reader.feed(unrecognized_name), reader.warning) == (None, 112)
    assert reader.feed(record(22, hello())) == TLS_1_2


def test_bytes_like_those_of_an_alert_are_none_within_a_message():
    refusal = record(21, b"\x02\x28")
    body = bytes(2) + bytes(32) + bytes([len(refusal)]) + refusal + b"\xc0\x2f\0"
    before, after = record(22, message(2, body)).split(refusal)
    reader = ReplyReader(wants_group=False)

    assert reply(refusal) == Alert(40)
    assert (reader.feed(before), reader.feed(refusal)) == (None, None)
    assert reader.feed(after) == ServerHello(version=0, suite=0xC02F)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"HTTP/1.1 400 Bad Request", "it sent something that is not a TLS record"),
        (record(22, b""), "it sent something that is not a TLS record"),
        (b"\x16\x03\x03\xff\xff", "it sent something that is not a TLS record"),
        (record(20, b"\1"), "it began to encrypt"),
        (record(21, b"\2"), "it began to encrypt"),
        (record(22, CHAIN), "its first message is of type 11 and not a whole ServerHello"),
        (record(22, message(2, b"\3\3")), "its first message is of type 2 and not a whole ServerHello"),
        (record(22, message(0, b"") * (MAX_MESSAGES + 1)), f"it sent more than {MAX_MESSAGES} messages"),
        (record(21, b"\x01\x70") * (MAX_MESSAGES + 2), f"it sent more than {MAX_MESSAGES} messages"),
    ],
)
def test_what_tls_does_not_allow_here_is_unreadable(data, why):
    assert reply(data) == Unreadable(why)


ANSWERS = st.sampled_from(
    [
        record(22, hello()) + record(22, CHAIN + EXCHANGE + DONE),
        record(22, hello(*NEW, suite=0x1301)) + record(20, b"\1") + record(23, bytes(40)),
        record(21, b"\x01\x70") + record(22, hello()[:20]) + record(22, hello()[20:] + DONE),
        record(21, b"\x02\x28"),
        b"HTTP/1.1 400 Bad Request\r\n",
    ]
)


@given(data=ANSWERS, cuts=st.sets(st.integers(0, 6000), max_size=8), wants_group=st.booleans())
def test_the_reply_is_the_same_in_whatever_pieces_it_arrives(data, cuts, wants_group):
    reader = ReplyReader(wants_group=wants_group)
    ends = [*sorted(cut for cut in cuts if cut < len(data)), len(data)]
    replies = [reader.feed(data[start:end]) for start, end in zip([0, *ends], ends, strict=False)]

    assert next((found for found in replies if found), None) == reply(data, wants_group=wants_group)


@given(
    start=ANSWERS | st.just(b""),
    keep=st.integers(0, 200),
    noise=st.binary(max_size=300),
    size=st.integers(1, 50),
    wants_group=st.booleans(),
)
def test_any_bytes_in_any_pieces_give_a_reply_or_none_and_never_an_exception(start, keep, noise, size, wants_group):
    data = start[:keep] + noise
    reader = ReplyReader(wants_group=wants_group)

    for at in range(0, len(data), size):
        assert isinstance(reader.feed(data[at : at + size]), ServerHello | Alert | Unreadable | None)
