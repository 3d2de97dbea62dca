"""What a policy server's answer means, and that every answer that is not understood is none."""

import json
from dataclasses import replace

import pytest

from certgate.checks.framework.registry import NotChecked, Problem
from certgate.custom.facts import facts_of
from certgate.custom.facts_schema import MAX_ITEMS
from certgate.custom.opa import decision_request, judge_decision
from certgate.lab.pki import CLOCK
from certgate.model.evidence import Evidence, EvidenceKind, FetchFailure
from certgate.model.finding import Severity

OPA = {"url": "http://opa.acme.example:8181/", "path": "acme/tls"}
URL = "http://opa.acme.example:8181/v1/data/acme/tls"


def judged(target_facts, content=None, *, now=CLOCK, **words):
    """What the rule says where the server answered `content` at CLOCK."""
    asked = decision_request(target_facts(), CLOCK, OPA)
    if not isinstance(content, bytes | None):
        content = json.dumps(content).encode()
    answer = {"kind": EvidenceKind.DECISION, "source": asked.url, "content": content, "about": asked.digest} | words
    return list(judge_decision(target_facts(decisions=(Evidence(**answer),)), now, opa=OPA, message="no"))


@pytest.fixture
def target_facts(new_view):
    """Always of the same certificate, since a question is about its bytes."""
    made = new_view()
    return lambda **words: replace(made, **words)


def test_the_question_is_the_view_as_json(target_facts):
    asked = decision_request(target_facts(), CLOCK, OPA)
    assert asked.url == URL
    assert json.loads(asked.body) == {"input": facts_of(target_facts(), CLOCK).data}
    assert asked == decision_request(target_facts(), CLOCK, OPA)


@pytest.mark.parametrize(
    ("result", "problems"),
    [
        (True, []),
        (False, [Problem("no")]),
        ([], []),
        ([{"message": "a", "key": "k", "severity": "warning"}], [Problem("a", "k", Severity.WARNING)]),
        (["a"], [Problem("a", "ca978112ca1bbdca")]),
        ([{"message": "m"}] * 2001, [Problem("m", "62c66a7a5dd70c31")] * 2001),
        (["x" * 1000], [Problem("x" * 1000, "44f8354494a5ba03")]),
    ],
)
def test_a_result_is_a_pass_or_names_what_is_wrong(target_facts, result, problems):
    assert judged(target_facts, {"result": result, "decision_id": "1"}) == problems


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "its answer is not JSON (line 1, column 1)"),
        (b"\xff", "its answer is not UTF-8"),
        (b"[" * 100_000, "its answer is nested too deeply"),
        (b'{"result": ' + b"[" * 100_000, "its answer is nested too deeply"),
        (b'{"result": false, "result": true}', "its answer has the key 'result' twice in one object"),
        (b'{"result": true, "result": true}', "its answer has the key 'result' twice in one object"),
        (b'{"result": [], "metrics": {"a": 1, "a": 2}}', "its answer has the key 'a' twice in one object"),
        (b'{"result": [{"message": "m", "severity": "error", "severity": "info"}]}', "has the key 'severity' twice"),
        (b'{"result": true} {"result": false}', "its answer is not JSON (line 1, column 18)"),
        (b'{"result": true, "decision_id": NaN}', "its answer contains NaN"),
        (b'{"result": 1e999}', "its answer contains the number 1e999"),
        (b'{"result": true, "n": ' + b"9" * 5000 + b"}", "its answer contains a number with more than 100 characters"),
        ([], "undefined"),
        ({}, "undefined"),
        ({"results": True}, "undefined"),
        ({"result": True, "code": "internal_error", "message": "m"}, "it reports an error"),
        ({"result": [], "errors": []}, "it reports an error"),
        ({"result": 0}, "neither true, nor false"),
        ({"result": 1.0}, "neither true, nor false"),
        ({"result": ""}, "neither true, nor false"),
        ({"result": {}}, "neither true, nor false"),
        ({"result": [[]]}, "a problem is a text"),
        ({"result": [None]}, "a problem is a text"),
        ({"result": [True]}, "a problem is a text"),
        ({"result": [{"message": "m", "severity": None}]}, "has a value that is not text"),
        ({"result": None}, "neither true, nor false"),
        ({"result": 1}, "neither true, nor false"),
        ({"result": "true"}, "neither true, nor false"),
        ({"result": {"allow": True}}, "neither true, nor false"),
        ({"result": [1]}, "a problem is a text"),
        ({"result": [{}]}, "a problem is a text"),
        ({"result": [{"message": "m", "msg": "m"}]}, "a problem is a text"),
        ({"result": [{"message": 1}]}, "has a value that is not text"),
        ({"result": ["x" * 1001]}, "more than 1000 characters"),
        ({"result": [{"message": "m", "severity": "fatal"}]}, "not one of info, warning, error"),
        ({"result": ["m"] * 2001 + [1]}, "a problem is a text"),
        ({"result": [{"message": "m"}, 1]}, "a problem is a text"),
    ],
)
def test_what_is_not_understood_is_no_answer(target_facts, content, told):
    (answer,) = judged(target_facts, content)
    assert isinstance(answer, NotChecked)
    assert answer.reason.startswith(f"{URL} gave no decision: ")
    assert told in answer.reason


def test_a_server_that_could_not_be_asked_gave_no_answer(target_facts):
    (answer,) = judged(target_facts, failure=FetchFailure.TIMED_OUT, detail="it did not answer in time")
    assert answer == NotChecked(f"{URL} gave no decision: it did not answer in time")


def test_an_answer_about_other_facts_another_time_or_from_elsewhere_is_none(target_facts):
    unasked = [NotChecked(f"{URL} was not asked about these facts; scan again")]
    assert judged(target_facts, {"result": True}, about="0" * 64) == unasked
    assert judged(target_facts, {"result": True}, source="http://other.acme.example/v1/data/acme/tls") == unasked
    assert judged(target_facts, {"result": True}, now=CLOCK.replace(hour=13)) == unasked
    assert list(judge_decision(target_facts(), CLOCK, opa=OPA, message="no")) == unasked


def test_facts_that_cannot_be_read_are_neither_sent_nor_judged(new_view):
    view = new_view(sans=[f"n{i}.acme.example" for i in range(MAX_ITEMS + 1)])
    told = f"chain[0].dns_names cannot be used: dns_names holds more than {MAX_ITEMS} items"
    assert decision_request(view, CLOCK, OPA) is None
    assert list(judge_decision(view, CLOCK, opa=OPA, message="no")) == [NotChecked(told)]
