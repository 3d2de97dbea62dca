"""Findings together answer what is asked of all of them."""

from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.findings import Findings

ALL = Findings(Finding(rule=f"x.{o}", subject="leaf", outcome=o, severity=Severity.ERROR) for o in Outcome)


def test_they_are_told_apart_by_outcome():
    assert [finding.outcome for finding in ALL.others] == [
        outcome for outcome in Outcome if outcome is not Outcome.PASS
    ]
    assert [finding.outcome for finding in ALL.wrong] == [Outcome.FAIL, Outcome.NOT_CHECKED, Outcome.CRASHED]
    assert ALL.counts == dict.fromkeys(Outcome, 1)
    assert Findings(()).counts == dict.fromkeys(Outcome, 0)


def test_findings_are_made_such_once():
    assert Findings.of(ALL) is ALL
    assert Findings.of(list(ALL)) == ALL
