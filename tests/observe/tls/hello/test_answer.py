"""What a reply means for a question."""

from dataclasses import replace

import pytest

from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.question import About, Question
from certgate.observe.tls.hello.answer import answer_to
from certgate.observe.tls.hello.reply import Alert, Unreadable
from certgate.observe.tls.hello.server_hello import ServerHello

ASKED = Question(
    what="q", about=About.VERSION, wanted=frozenset({0x0301}), version=0x0302, suites=(0x002F, 0xC013), groups=(23, 29)
)  # fmt: skip
GROUP = replace(
    ASKED, about=About.GROUP, wanted=frozenset({0x11EC}), version=0x0304, suites=(0x1301,), groups=(29, 0x11EC)
)


def outcome(reply, question=ASKED, further=None):
    answer = answer_to(question, reply, further)
    assert answer.what == "q"
    return answer.outcome, answer.chosen, answer.alert, answer.detail


def hello(version=0x0301, suite=0x002F, **words):
    return ServerHello(version=version, suite=suite, **words)


@pytest.mark.parametrize(
    ("question", "reply", "chosen"),
    [
        (ASKED, hello(), "TLSv1"),
        (replace(ASKED, about=About.CIPHER, wanted=frozenset({0x2F})), hello(), "AES128-SHA"),
        (GROUP, hello(0x0304, 0x1301, group=0x11EC), "X25519MLKEM768"),
        (GROUP, hello(0x0304, 0x1301, group=0x11EC, is_retry=True), "X25519MLKEM768"),
    ],
)
def test_a_choice_of_what_is_asked_about_is_accepted(question, reply, chosen):
    assert outcome(reply, question) == (ProbeOutcome.ACCEPTED, chosen, None, "")


def test_another_choice_is_a_refusal():
    assert outcome(hello(0x0300)) == (ProbeOutcome.REFUSED, "SSLv3", None, "it chose SSLv3")
    assert outcome(hello(0x0304, 0x1301, group=29), GROUP) == (ProbeOutcome.REFUSED, "x25519", None, "it chose x25519")
    assert outcome(hello(group=24), replace(GROUP, version=0x0302, suites=(0x2F,)), 24)[:2] == (
        ProbeOutcome.REFUSED,
        "secp384r1",
    )


def test_a_group_that_must_be_taken_at_once_is_refused_by_a_retry():
    retry = hello(0x0304, 0x1301, group=0x11EC, is_retry=True)

    assert outcome(retry, replace(GROUP, at_once=True)) == (
        ProbeOutcome.REFUSED, "X25519MLKEM768", None, "it asked for another key share, for X25519MLKEM768"
    )  # fmt: skip


def test_an_alert_is_a_refusal():
    assert outcome(Alert(70)) == (ProbeOutcome.REFUSED, "", 70, "")


@pytest.mark.parametrize("number", [50, 109, 110, 112, 120])
def test_an_alert_for_another_reason_says_nothing(number):
    assert outcome(Alert(number))[:3] == (ProbeOutcome.FAILED, "", number)


@pytest.mark.parametrize(
    ("question", "reply", "name"),
    [
        (ASKED, hello(0x0303), "TLSv1.2"),
        (ASKED, hello(0x0200), "0x0200"),
        (ASKED, hello(suite=0x0035), "AES256-SHA"),
        (GROUP, hello(0x0303, 0x1301), "TLSv1.2"),
        (GROUP, hello(0x0304, 0x1301, group=24), "secp384r1"),
        (GROUP, hello(0x7F1C, 0x1301, group=29), "0x7F1C"),
    ],
)
def test_what_was_not_offered_says_nothing(question, reply, name):
    assert outcome(reply, question) == (ProbeOutcome.FAILED, "", None, f"it chose {name}, which was not offered")


def test_what_cannot_be_read_says_nothing():
    assert answer_to(ASKED, Unreadable("why")) == ProbeAnswer(what="q", outcome=ProbeOutcome.FAILED, detail="why")
    assert outcome(hello(0x0304, 0x1301), GROUP)[3] == "it did not name the group that it chose"
