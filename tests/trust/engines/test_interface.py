"""What an engine's answer counts for where it, or what it may not judge, cannot be read."""

import pytest

from certgate.lab.pki import CLOCK, issue
from certgate.trust.engines.interface import Engine, EngineResult, EngineState, Limit, PathQuestion
from certgate.trust.problem import Kind
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed

QUESTION = PathQuestion(parse_certificate(issue("a.example").der), (), TrustStore("none", ()), CLOCK)
REFUSED = EngineResult(EngineState.FAIL, "no")


def unreadable(*_):
    raise Malformed("no name")


def engine(answer, *refuses, overlooks=()):
    class Some(Engine):
        name = "some"

        def _verify(self, question):
            return answer(question) if callable(answer) else answer

    Some.refuses, Some.overlooks = refuses, dict(overlooks)
    return Some()


def limit(applies):
    return Limit("a limit", applies if callable(applies) else lambda *_: applies)


@pytest.mark.parametrize("applies", [True, unreadable])
def test_a_refusal_that_a_limit_may_explain_is_no_refusal(applies):
    found = engine(REFUSED, limit(False), limit(applies)).judge(QUESTION)

    assert found == EngineResult(EngineState.UNSUPPORTED, "a limit")


def test_a_refusal_that_no_limit_explains_and_a_consent_stay():
    assert engine(REFUSED, limit(False)).judge(QUESTION) == REFUSED
    consent = EngineResult(EngineState.PASS)
    assert engine(consent, limit(True)).judge(QUESTION) == consent


@pytest.mark.parametrize("answer", [unreadable, lambda _: 1 / 0])
def test_an_engine_that_breaks_off_says_nothing(answer):
    assert engine(answer).judge(QUESTION).state is EngineState.UNSUPPORTED


@pytest.mark.parametrize(("applies", "expected"), [(True, True), (False, False), (unreadable, True)])
def test_what_an_engine_may_overlook_is_overlooked(applies, expected):
    some = engine(REFUSED, overlooks={Kind.ANCHOR_DATES: limit(applies)})

    assert some.overlooked(Kind.ANCHOR_DATES, QUESTION) is expected
    assert not some.overlooked(Kind.NO_CA, QUESTION)
