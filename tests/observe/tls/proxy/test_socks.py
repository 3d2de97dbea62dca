"""SOCKS5: what is asked, and what each answer means."""

import pytest

from certgate.model.proxy import ProxyCredentials
from certgate.observe.tls.proxy.socks import socks

NOBODY, PASSWORD = b"\x05\x00", b"\x05\x02"
OPEN = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x10\x92"
ALADDIN = ProxyCredentials(b"Aladdin", b"open sesame")


def asked(credentials=None, host="db.corp.example"):
    return socks(host, 8443, credentials)


def test_the_target_is_named_to_the_proxy_which_resolves_it(ask):
    opened = ask(asked(), NOBODY, OPEN)

    assert opened.is_open
    assert opened.said == [b"\x05\x01\x00", b"\x05\x01\x00\x03\x0fdb.corp.example\x20\xfb"]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", b"\x01\xc0\x00\x02\x07"),
        ("2001:db8::1", b"\x04\x20\x01\x0d\xb8" + b"\0" * 11 + b"\1"),
    ],
)
def test_an_address_is_sent_as_one(ask, host, address):
    assert ask(asked(host=host), NOBODY).said[-1] == b"\x05\x01\x00" + address + b"\x20\xfb"


def test_credentials_are_sent_to_a_proxy_that_asks_for_them(ask):
    opened = ask(asked(ALADDIN), PASSWORD, b"\x01\x00", OPEN)

    assert opened.is_open
    assert opened.said[:2] == [b"\x05\x02\x00\x02", b"\x01\x07Aladdin\x0bopen sesame"]


def test_credentials_are_not_sent_to_one_that_does_not(ask):
    opened = ask(asked(ALADDIN), NOBODY, OPEN)

    assert opened.is_open
    assert not any(b"sesame" in said for said in opened.said)


@pytest.mark.parametrize(
    "answer",
    [OPEN, b"\x05\x00\x00\x04" + b"\0" * 18, b"\x05\x00\x00\x03\x05proxy\x10\x92", b"\x05\x00\x00\x03\x00\x10\x92"],
)
def test_nothing_behind_the_answer_is_taken(ask, answer):
    opened = ask(asked(), NOBODY, answer + b"220 mx")

    assert opened.is_open
    assert opened.dialogue.left == b"220 mx"


def test_no_more_is_received_than_the_answers(ask):
    wanted, answers = 0, NOBODY + OPEN
    talking = ask(asked()).dialogue
    while answers:
        count = talking.wanted
        wanted += count
        talking.receive(answers[:count])
        answers = answers[count:]

    assert talking.is_over
    assert wanted == len(NOBODY + OPEN)


@pytest.mark.parametrize(
    ("code", "kind", "sentence"),
    [
        (1, "proxy-failed", "could not connect to the target; it said 'general failure (reply 1)'"),
        (2, "proxy-refused", "refuses to connect to the target; it said 'not allowed by its rules (reply 2)'"),
        (4, "proxy-failed", "could not connect to the target; it said 'host unreachable (reply 4)'"),
        (5, "proxy-failed", "could not connect to the target; it said 'connection refused (reply 5)'"),
        (8, "proxy-refused", "refuses to connect to the target; it said 'address type not supported (reply 8)'"),
        (77, "proxy-refused", "refuses to connect to the target; it said 'unassigned (reply 77)'"),
    ],
)
def test_each_no_has_its_meaning(told, code, kind, sentence):
    assert told(asked(), NOBODY, bytes([5, code, 0, 1]) + b"\0" * 6) == (kind, sentence)


@pytest.mark.parametrize(
    ("credentials", "answers", "sentence"),
    [
        (None, [b"\x05\xff"], r"asks for a user name and a password; it said '\x05\xff'"),
        (ALADDIN, [b"\x05\xff"], r"does not take a user name and a password; it said '\x05\xff'"),
        (ALADDIN, [PASSWORD, b"\x01\x01"], r"refuses the user name or the password; it said '\x01\x01'"),
    ],
)
def test_a_proxy_may_want_to_know_who_asks(told, credentials, answers, sentence):
    assert told(asked(credentials), *answers) == ("proxy-auth", sentence)


@pytest.mark.parametrize("answers", [[b"H"], [b"\x04\x00"], [PASSWORD], [NOBODY, b"H"], [NOBODY, b"\x05\x00\x00\x02"]])
def test_what_is_no_answer_is_told_as_soon_as_it_is_seen(told, answers):
    kind, sentence = told(asked(), *answers)

    assert kind == "proxy-failed"
    assert sentence.startswith("does not speak the protocol; it said '")
