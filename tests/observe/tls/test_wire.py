"""What a peer's bytes say."""

import pytest

from certgate.observe.tls.wire import (
    client_certificate_was_asked_for,
    looks_like_tls,
    printable,
    staple_was_sent,
    what_spoke,
)


def record(*messages, split=None):
    body = b"".join(bytes([kind]) + len(content).to_bytes(3) + content for kind, content in messages)
    pieces = [body] if split is None else [body[:split], body[split:]]
    return b"".join(b"\x16\x03\x03" + len(piece).to_bytes(2) + piece for piece in pieces)


@pytest.mark.parametrize(
    ("start", "protocol"),
    [
        (b"HTTP/1.0 200 OK\r\n", "HTTP"),
        (b"<html><body>", "HTTP"),
        (b"SSH-2.0-x", "SSH"),
        (b"220 mx.corp.example ESMTP ready", "SMTP"),
        (b"220 ftp.corp.example FTP", "FTP"),
        (b"220 corp.example ready", "SMTP or FTP"),
        (b"* OK IMAP4rev1", "IMAP"),
        (b"+OK POP3 ready", "POP3"),
        (b"RFB 003.008\n", "VNC"),
        (b"AMQP\x00\x00\x09\x01", "AMQP"),
        (b"-ERR unknown command", "Redis or POP3"),
        (b"\x4a\x00\x00\x00\x0a8.4.0\x00", "MySQL"),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03", "HTTP/2 without TLS"),
        (b"E", "an unknown protocol"),
    ],
)
def test_protocols_are_known_by_their_first_bytes(start, protocol):
    assert what_spoke(start) == protocol
    assert not looks_like_tls(start)


@pytest.mark.parametrize("start", [b"\x16", b"\x16\x03", b"\x15\x03\x01\x00\x02", b"\x14\x03\x03", b"\x17\x03\x03"])
def test_the_start_of_a_record_looks_like_tls(start):
    assert looks_like_tls(start)


@pytest.mark.parametrize("start", [b"\x18\x03\x03", b"\x13\x03", b"\x16\x02", b"\x80\x16\x03"])
def test_other_bytes_do_not_look_like_tls(start):
    assert not looks_like_tls(start)


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"hello\r\nworld", "hello"),
        (b"\r\n\r\nlate", "late"),
        (b"a\x00\x1b[2J\xffb", r"a\x00\x1b[2J\xffb"),
        (b"x" * 60, "x" * 60),
        (b"x" * 61, "x" * 60 + "…"),
        (b"\n", ""),
        (b"", ""),
    ],
)
def test_foreign_bytes_are_shown_as_one_short_printable_line(data, shown):
    assert printable(data) == shown


def test_a_request_for_a_client_certificate_counts_only_after_a_signed_key_exchange():
    asked = (13, b"\x01\x40")
    signed = (12, b"\x03\x00\x1d")

    assert client_certificate_was_asked_for(record((2, b"hello"), (11, b"chain"), signed, asked))
    assert not client_certificate_was_asked_for(record((2, b"hello"), (11, b"chain"), asked))
    assert not client_certificate_was_asked_for(record((2, b"hello"), (11, b"chain"), signed))


@pytest.mark.parametrize("split", [1, 3, 9, 14, 21])
def test_messages_are_found_across_records(split):
    messages = record((2, b"hello"), (12, b"key"), (13, b"ask"), split=split)

    assert client_certificate_was_asked_for(messages)


def test_what_comes_after_the_clear_text_is_not_read():
    hidden = b"\x14\x03\x03\x00\x01\x01" + record((22, b"staple"))

    assert staple_was_sent(record((2, b""), (22, b"staple")))
    assert not staple_was_sent(record((2, b"")) + hidden)


@pytest.mark.parametrize("stream", [b"", b"\x16", b"\x16\x03\x03\x00", b"\x16\x03\x03\xff\xff\x02\xff\xff\xff"])
def test_streams_that_are_cut_short_end_the_search(stream):
    assert not staple_was_sent(stream)
