"""What is made of the same findings is made once."""

from certgate.judge.same_findings import SameFindings
from certgate.model.finding import Finding, Outcome, Severity


def finding(rule="x.y", **more):
    return Finding(rule=rule, subject="leaf", outcome=Outcome.FAIL, severity=Severity.ERROR, **more)


def test_the_same_findings_in_the_same_order_give_one_answer():
    same, one, other = SameFindings(), finding("a.b"), finding("c.d")
    first = same.get("way", [one, other], reversed)
    assert first == (other, one)
    assert same.get("way", (one, other), reversed) is first
    assert same.get("way", [other, one], reversed) == (one, other)
    assert same.get("another way", [one, other], iter) == (one, other)


def test_findings_with_other_contents_are_never_taken_for_those_that_are_gone():
    same = SameFindings(size=2)
    for number in range(1000):
        new = finding(message=str(number))
        assert same.get("way", [new], iter) == (new,)


def test_what_was_not_used_for_longest_is_forgotten():
    same, calls = SameFindings(size=2), []
    findings = {name: finding(name) for name in "abc"}

    def get(name):
        return same.get("way", [findings[name]], lambda given: calls.append(name) or given)

    for name in "abacab":
        get(name)
    assert calls == ["a", "b", "c", "b"]
