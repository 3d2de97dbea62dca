"""One rule on one subject: every way to answer becomes the right outcome, and nothing escapes as an exception."""

from dataclasses import replace
from datetime import date

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import CertificateInRole
from certgate.judge.rules import MAX_PROBLEMS, apply
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.target import Role
from certgate.policy.model import Dated, Rule
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed

LEAF = CertificateInRole(parse_certificate(issue("a.example").der), "leaf", frozenset({Role.SERVER}))


def outcome(answers, severity=Severity.ERROR, parameters=None, bound=None):
    def run(_subject, **_parameters):
        run.parameters = _parameters
        yield from answers() if callable(answers) else answers

    check = replace(
        all_checks()["validity.no-expiry"],
        doc=replace(all_checks()["validity.no-expiry"].doc, id="x.y"),
        run=run,
        takes_clock=False,
    )
    findings = apply(
        Rule(check=check, severity=severity, required=True, parameters=parameters or {}),
        LEAF,
        "leaf",
        CLOCK,
        bound or {},
    )
    return findings, getattr(run, "parameters", None)


def test_saying_nothing_is_a_pass():
    assert outcome([])[0] == (Finding(rule="x.y", subject="leaf", outcome=Outcome.PASS, severity=Severity.ERROR),)


def test_each_problem_is_a_finding_of_its_own_with_key_and_evidence():
    problems = [Problem("a", key="1", evidence={"bits": "9"}), Problem("b", key="2")]
    assert outcome(problems)[0] == (
        Finding(
            rule="x.y",
            subject="leaf",
            outcome=Outcome.FAIL,
            severity=Severity.ERROR,
            message="a",
            key="1",
            evidence={"bits": "9"},
        ),
        Finding(rule="x.y", subject="leaf", outcome=Outcome.FAIL, severity=Severity.ERROR, message="b", key="2"),
    )


def test_a_problem_can_lower_the_severity_of_its_rule_and_never_raise_it():
    assert outcome([Problem("a", severity=Severity.INFO)])[0][0].severity is Severity.INFO
    assert outcome([Problem("a", severity=Severity.ERROR)], Severity.WARNING)[0][0].severity is Severity.WARNING


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(NotApplicable("why"), Outcome.NOT_APPLICABLE), (NotChecked("why"), Outcome.NOT_CHECKED)],
)
def test_not_applicable_and_not_checked_keep_their_reason(answer, expected):
    assert outcome([answer])[0] == (
        Finding(rule="x.y", subject="leaf", outcome=expected, severity=Severity.ERROR, message="why"),
    )


def test_a_fact_that_cannot_be_read_is_not_checked():
    def answers():
        raise Malformed("extension X cannot be read")

    ((finding,), _) = outcome(answers)
    assert (finding.outcome, finding.message) == (Outcome.NOT_CHECKED, "extension X cannot be read")


def test_a_crashing_check_is_never_a_pass_and_keeps_what_it_found():
    def answers():
        yield Problem("seen before the crash")
        raise KeyError("x")

    ((seen, crashed), _) = outcome(answers)
    assert (seen.outcome, seen.message) == (Outcome.FAIL, "seen before the crash")
    assert crashed.outcome is Outcome.CRASHED
    assert crashed.not_checked
    assert crashed.message == "the check crashed: KeyError; run again with --traceback to see where"


def test_endless_problems_are_cut_and_the_cut_is_said():
    def answers():
        while True:
            yield Problem("again")

    findings, _ = outcome(answers)
    assert len(findings) == MAX_PROBLEMS + 1
    assert findings[-1].message == "only the first 100 problems are listed"


def issued(day):
    return Dated(((date.fromisoformat(day), 398), (date(2029, 3, 15), 200)))


def test_a_dated_parameter_takes_the_row_of_the_certificates_own_date():
    not_before = LEAF.certificate.not_before.date()
    assert outcome([], parameters={"max_days": issued(str(not_before.replace(day=not_before.day + 1)))})[1] == {
        "max_days": 398
    }
    assert outcome([], parameters={"max_days": issued(str(not_before))})[1] == {"max_days": 200}


def test_a_certificate_that_no_row_covers_makes_the_rule_not_effective():
    table = Dated(((date(2020, 1, 1), 398),))
    ((finding,), _) = outcome([], parameters={"max_days": table})
    assert finding.outcome is Outcome.NOT_EFFECTIVE


def test_what_the_target_supplies_wins_over_the_policy():
    assert outcome([], parameters={"names": ("p",), "other": 1}, bound={"names": ("t",)})[1] == {
        "names": ("t",),
        "other": 1,
    }
