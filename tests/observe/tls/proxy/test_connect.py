"""CONNECT: what is asked, and what each answer means."""

import pytest

from certgate.model.proxy import ProxyCredentials
from certgate.observe.tls.proxy.connect import connect

OK = b"HTTP/1.1 200 Connection established\r\n\r\n"
ALADDIN = ProxyCredentials(b"Aladdin", b"open sesame")


def asked(credentials=None):
    return connect("db.corp.example:443", credentials)


def test_the_target_is_named_to_the_proxy_which_resolves_it(ask):
    opened = ask(asked(), OK)

    assert opened.is_open
    assert opened.said == [b"CONNECT db.corp.example:443 HTTP/1.1\r\nHost: db.corp.example:443\r\n\r\n"]


def test_credentials_go_along_at_once(ask):
    (said,) = ask(asked(ALADDIN), OK).said

    assert said.endswith(b"\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200\r\n\r\n",
        b"HTTP/1.1 200 OK\n\n",
        b"HTTP/1.1 204 \r\nVia: 1.1 proxy\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_every_success_opens_the_tunnel_and_nothing_behind_it_is_taken(ask, answer):
    opened = ask(asked(), answer + b"220 mx.corp.example\r\n")

    assert opened.is_open
    assert opened.dialogue.left == b"220 mx.corp.example\r\n"


def test_no_more_is_received_than_the_answer(ask):
    wanted, answer = [], OK
    talking = ask(asked()).dialogue
    while answer:
        wanted.append(talking.wanted)
        talking.receive(answer[: wanted[-1]])
        answer = answer[wanted[-1] :]

    assert talking.is_over
    assert wanted[:2] == [5, 1]
    assert sum(wanted) == len(OK)


@pytest.mark.parametrize(
    ("answer", "kind", "told_of"),
    [
        (b"403 Forbidden", "proxy-refused", "refuses to connect to the target; it said 'HTTP/1.1 403 Forbidden'"),
        (b"302 Found", "proxy-refused", "refuses to connect to the target; it said 'HTTP/1.1 302 Found'"),
        (b"405 \x1b[31m", "proxy-refused", r"refuses to connect to the target; it said 'HTTP/1.1 405 \x1b[31m'"),
        (
            b"503 Service Unavailable",
            "proxy-failed",
            "could not connect to the target; it said 'HTTP/1.1 503 Service Unavailable'",
        ),
    ],
)
def test_each_no_is_told_with_the_proxys_words(told, answer, kind, told_of):
    assert told(asked(), b"HTTP/1.1 " + answer + b"\r\nX: y\r\n\r\n") == (kind, told_of)


def test_words_of_the_proxy_are_cut(told):
    _, sentence = told(asked(), b"HTTP/1.1 403 " + b"n" * 4000 + b"\r\n\r\n")

    assert len(sentence) < 300
    assert sentence.endswith("n…'")


def demanding(scheme):
    return b"HTTP/1.1 407 Who?\r\nproxy-authenticate:  " + scheme + b"\r\n\r\n"


def test_a_proxy_may_want_to_know_who_asks(told):
    basic = demanding(b'BASIC realm="x"')

    assert told(asked(), basic) == (
        "proxy-auth",
        "asks for a user name and a password; it said 'HTTP/1.1 407 Who?'",
    )
    assert told(asked(ALADDIN), basic) == (
        "proxy-auth",
        "refuses the user name or the password; it said 'HTTP/1.1 407 Who?'",
    )
    assert told(asked(ALADDIN), demanding(b"Negotiate\r\nProxy-Authenticate: NTLM")) == (
        "proxy-auth",
        "does not take a user name and a password; it said 'HTTP/1.1 407 Who?; Negotiate, NTLM'",
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"\x15\x03\x01\x00\x02\x02", r"\x15\x03\x01\x00\x02"),
        (b"\x05\xff\x00\x00\x00", r"\x05\xff\x00\x00\x00"),
        (b"SSH-2.0-x\r\n", "SSH-2"),
        (b"HTTP/2 200\r\n", "HTTP/2 200"),
        (b"HTTP/1.1 999 ?\r\n", "HTTP/1.1 999 ?"),
    ],
)
def test_what_is_no_answer_is_told_as_soon_as_it_is_seen(told, answer, said):
    assert told(asked(), answer) == ("proxy-failed", f"does not speak the protocol; it said '{said}'")


def test_a_proxy_that_never_ends_is_ended(told):
    kind, _ = told(asked(), b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n" * 100] * 200)

    assert kind == "limit"
