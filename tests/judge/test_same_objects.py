"""What is made of the same objects is made once."""

import pytest

from certgate.judge.same_objects import SameObjects
from certgate.model.finding import Finding, Outcome, Severity


def finding(rule="x.y", **more):
    return Finding(rule=rule, subject="leaf", outcome=Outcome.FAIL, severity=Severity.ERROR, **more)


def never():
    pytest.fail("made again")


def test_the_same_objects_in_the_same_order_give_one_answer():
    same, one, other = SameObjects(), finding("a.b"), finding("c.d")
    first = same.get("way", (one, other), lambda: [other, one])
    assert same.get("way", (one, other), never) is first
    assert same.get("way", (other, one), lambda: "other order") == "other order"
    assert same.get("another way", (one, other), lambda: "other way") == "other way"
    assert same.get("way", (one, other), never) is first


def test_equal_objects_are_not_the_same():
    same = SameObjects()
    same.get("way", (finding(),), lambda: "one")
    assert same.get("way", (finding(),), lambda: "other") == "other"


def test_objects_with_other_contents_are_never_taken_for_those_that_are_gone():
    same = SameObjects(size=2)
    for number in range(1000):
        new = finding(message=str(number))  # where the last but one was, unless that is kept
        assert same.get("way", (new,), lambda number=number: number) == number


def test_what_was_not_used_for_longest_is_forgotten():
    same, calls = SameObjects(size=2), []
    findings = {name: finding(name) for name in "abc"}
    for name in "abacab":
        same.get("way", (findings[name],), lambda name=name: calls.append(name))
    assert calls == ["a", "b", "c", "b"]
