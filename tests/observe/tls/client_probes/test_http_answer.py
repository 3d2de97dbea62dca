"""The one HTTP request of a probe, and the status of what comes back, in whatever pieces."""

import pytest

from certgate.observe.tls.client_probes.http_answer import MAX_HEAD_BYTES, HttpAnswer, request_for


def heard(*pieces):
    answer = HttpAnswer()
    for piece in pieces:
        answer.receive(piece)
    return answer.status, answer.is_http, answer.is_clear


def test_the_request_is_one_get_that_closes():
    assert request_for("/healthz?a=1", "pay.corp.example:8443").split(b"\r\n") == [
        b"GET /healthz?a=1 HTTP/1.1",
        b"Host: pay.corp.example:8443",
        b"User-Agent: certgate",
        b"Accept: */*",
        b"Connection: close",
        b"",
        b"",
    ]


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ([b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<html>"], 400),
        ([b"HTTP/1.0 204\r\n\r\n"], 204),
        ([b"HTTP/1.1 301\n"], 301),
        ([bytes([byte]) for byte in b"HTTP/1.1 403 Forbidden\r\n"], 403),
        ([b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", b"HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\r\n"], 200),
    ],
)
def test_the_status_is_that_of_the_last_answer_and_not_of_an_interim_one(pieces, status):
    assert heard(*pieces) == (status, True, True)


@pytest.mark.parametrize("piece", [b"", b"H", b"HTTP/1.1 40", b"HTTP/1.1 100 Continue\r\n", b"HTTP/1.1 100\r\n\r\n"])
def test_less_than_that_is_not_clear_yet(piece):
    assert heard(piece) == (None, True, False)


@pytest.mark.parametrize(
    "piece",
    [
        b"220 mail.example ESMTP\r\n",
        b"\x00\x00\x06\x04",
        b"HTTP/2 200\r\n",
        b"HTTP/1.1 no status\r\n",
        b"HTTP/1.1 100 Continue\r\n" + b"a: b\r\n" * MAX_HEAD_BYTES,
    ],
)
def test_what_is_no_http_is_clear_without_a_status(piece):
    assert heard(piece) == (None, False, True)
